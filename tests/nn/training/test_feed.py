"""The data feed: the same batches from wherever they come, and nothing left running."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashbench.data import Videos, streaming
from hashbench.data.hdf5 import H5Source
from hashbench.errors import DataError, UsageError
from hashbench.nn.training import residency
from hashbench.nn.training.feed import Feed


def features(n: int, frames: int = 3, dims: int = 2) -> NDArray[np.float32]:
    """Every value tells where it stands."""
    return np.arange(n * frames * dims, dtype=np.float32).reshape(n, frames, dims)


def stored(path: Path, array: NDArray[Any], **layout: Any) -> Videos:
    with h5py.File(path, "w") as file:
        file.create_dataset("feats", data=array, **layout)
    return Videos(H5Source([path]))


def collected(feed: Feed, epoch: int) -> list[tuple[list[int], NDArray[np.float32]]]:
    return [(b.rows.tolist(), b.features.float().numpy()) for b in feed.epoch(epoch)]


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 2 and windows of 12 videos of the size that ``features`` makes."""
    monkeypatch.setattr(streaming, "BLOCK_BYTES", 48)
    monkeypatch.setattr(streaming, "WINDOW_BYTES", 288)


@given(
    n=st.integers(1, 40),
    batch_size=st.integers(1, 20),
    world_size=st.integers(1, 4),
    epoch=st.integers(0, 5),
    resident=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_ranks_share_the_batches_of_one_process(
    n: int, batch_size: int, world_size: int, epoch: int, resident: bool
) -> None:
    videos = Videos(features(n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "BLOCK_BYTES", 48)
        patch.setattr(streaming, "WINDOW_BYTES", 288)
        common: dict[str, Any] = {"batch_size": batch_size, "seed": 7, "device": "cpu"}
        feed = Feed(videos, resident=True, **common)
        order, alone = feed.order(epoch), collected(feed, epoch)
        parts = [
            collected(
                Feed(videos, resident=resident, rank=rank, world_size=world_size, **common), epoch
            )
            for rank in range(world_size)
        ]
    for step, (rows, _) in enumerate(alone):
        shares = [part[step] for part in parts]
        assert [row for share, _ in shares for row in share] == rows
        assert max(len(r) for r, _ in shares) - min(len(r) for r, _ in shares) <= 1
        for share, values in shares:
            np.testing.assert_array_equal(values, features(n)[share].reshape(-1, 3, 2))
    assert {len(part) for part in parts} == {len(alone)} == {-(-n // batch_size)}
    assert sorted(row for rows, _ in alone for row in rows) == list(range(n))
    sizes = [len(rows) for rows, _ in alone]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert [rows for rows, _ in alone] == [p.tolist() for p in np.array_split(order, len(alone))]


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_layout_and_residency_change_nothing(tmp_path: Path, dtype: str) -> None:
    array = features(50)
    memory = Videos(array)
    layouts = [
        memory,
        stored(tmp_path / "rows.h5", array, chunks=(1, 3, 2)),
        stored(tmp_path / "chunks.h5", array, chunks=(16, 2, 2), compression="gzip"),
        stored(tmp_path / "plain.h5", array.astype(np.float64)),
    ]
    wanted: list[Any] = []
    for videos in layouts:
        for resident in (True, False):
            feed = Feed(
                videos, batch_size=8, seed=3, device="cpu", dtype=dtype, frames=2, resident=resident
            )
            found = [(b.rows.tolist(), b.features) for b in feed.epoch(1)]
            assert feed.resident is resident
            wanted = wanted or found
            for (rows, values), (rows0, values0) in zip(found, wanted, strict=True):
                assert rows == rows0
                assert values.dtype == getattr(torch, dtype)
                assert torch.equal(values, values0)
    for rows, values in wanted:
        exact = torch.from_numpy(array[rows][:, :2]).to(values.dtype)
        assert torch.equal(values, exact)


def test_order_comes_from_seed_and_epoch() -> None:
    videos = Videos(features(60))

    def order(seed: int, epoch: int) -> list[int]:
        return Feed(videos, batch_size=7, seed=seed, device="cpu").order(epoch).tolist()

    orders = [order(seed, epoch) for seed in range(3) for epoch in range(3)]
    assert len({tuple(o) for o in orders}) == 9
    assert order(1, 2) == orders[5]
    feed = Feed(videos, batch_size=7, seed=1, device="cpu", resident=False)
    list(feed.epoch(0))  # epochs may be run in any order: a restart begins in the middle
    assert [row for rows, _ in collected(feed, 2) for row in rows] == orders[5]


def test_batches_can_be_written_to() -> None:
    """A model that works in place must not change the features."""
    array = features(10)
    array.flags.writeable = False
    for resident in (True, False):
        feed = Feed(Videos(array), batch_size=4, seed=0, device="cpu", resident=resident)
        before = collected(feed, 0)
        for batch in feed.epoch(0):
            batch.features.zero_()
        for (_, a), (_, b) in zip(before, collected(feed, 0), strict=True):
            np.testing.assert_array_equal(a, b)


class Slow:
    """A source that takes its time, or breaks."""

    def __init__(self, n: int, delay: float = 0.0, broken: int | None = None) -> None:
        self.array, self.delay, self.broken = features(n), delay, broken
        self.reads = 0

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.take(np.arange(start, stop))

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        time.sleep(self.delay)
        self.reads += 1
        if self.broken is not None and self.broken in index:
            raise DataError(f"video {self.broken} cannot be read")
        return self.array[index]

    def signature(self) -> str:
        return "slow"


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("small_windows")
def test_an_error_of_the_reader_reaches_the_consumer() -> None:
    before = threads()
    feed = Feed(Videos(Slow(60, broken=33)), batch_size=4, seed=0, device="cpu", resident=False)
    position = feed.order(0).tolist().index(33)
    batches = feed.epoch(0)
    seen = [next(batches).rows.tolist() for _ in range(position // 12 * 3)]  # windows before it
    assert all(33 not in rows for rows in seen)
    with pytest.raises(DataError, match="video 33 cannot be read"):
        list(batches)
    assert threads() == before


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("how", ["break", "raise", "close"])
def test_leaving_early_stops_the_reader(how: str) -> None:
    before = threads()
    source = Slow(1200)
    batches = Feed(Videos(source), batch_size=4, seed=0, device="cpu", resident=False).epoch(0)
    next(batches)
    assert threads() != before
    if how == "raise":
        with pytest.raises(ZeroDivisionError):
            batches.throw(ZeroDivisionError())
    elif how == "close":
        batches.close()
    else:
        for _ in batches:
            break
        del batches
    assert threads() == before
    assert source.reads < 10  # of 100 windows


@pytest.mark.usefixtures("small_windows")
def test_waiting_is_counted() -> None:
    slow = Videos(Slow(48, delay=0.05))  # 4 windows
    feed = Feed(slow, batch_size=4, seed=0, device="cpu", resident=False)
    list(feed.epoch(0))
    assert feed.waited >= 0.2
    batches = feed.epoch(1)
    next(batches)
    before = feed.waited
    time.sleep(0.3)  # the consumer's own time is not waiting
    assert feed.waited == before
    batches.close()


@pytest.mark.usefixtures("small_windows")
def test_reads_ahead_while_the_consumer_works_but_not_far() -> None:
    source = Slow(1200)  # 100 windows of one batch each
    batches = Feed(Videos(source), batch_size=12, seed=0, device="cpu", resident=False).epoch(0)
    next(batches)
    deadline = time.monotonic() + 20
    while source.reads < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    assert 3 <= source.reads <= 5
    batches.close()


@pytest.mark.parametrize(
    ("wish", "needed", "free", "held"),
    [
        ("auto", 60, 100, True),
        ("auto", 70, 100, False),
        (True, 99, 100, True),
        (False, 1, 100, False),
    ],
)
def test_residency(
    wish: bool | str, needed: int, free: int, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(residency, "free_bytes", lambda device: free)
    assert residency.decide(wish, needed, torch.device("cpu")) is held


def test_residency_on_cuda_leaves_two_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residency, "free_bytes", lambda device: 3 << 30)
    assert residency.decide("auto", 1 << 30, torch.device("cuda"))
    assert not residency.decide("auto", (1 << 30) + 1, torch.device("cuda"))


def test_features_that_must_be_held_and_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residency, "free_bytes", lambda device: 1 << 28)
    with pytest.raises(UsageError, match=r"0\.5 GiB of features do not fit the 0\.2 GiB free"):
        residency.decide(True, 1 << 29, torch.device("cpu"))


def test_values_beyond_float16() -> None:
    videos = Videos(features(10) + 65460)  # up to 65519, which rounds to 65504
    for resident in (True, False):
        feed = Feed(videos, batch_size=4, seed=0, device="cpu", dtype="float16", resident=resident)
        assert collected(feed, 0)
        high = Videos(features(10) - 65579)  # down to -65579
        feed = Feed(high, batch_size=4, seed=0, device="cpu", dtype="float16", resident=resident)
        with pytest.raises(DataError, match="do not fit float16, which ends at 65504"):
            list(feed.epoch(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size must be from 1 on, not 0"),
        ({"seed": -1}, "seed must not be negative: -1"),
        ({"dtype": "int8"}, "features can be float32, bfloat16, float16, not 'int8'"),
        ({"rank": 2, "world_size": 2}, "rank 2 is not one of 2 processes"),
        ({"resident": "maybe"}, "resident must be auto, true or false, not 'maybe'"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Feed(Videos(features(3)), **{"batch_size": 1, "seed": 0, "device": "cpu", **settings})


def test_more_frames_than_are_stored() -> None:
    with pytest.raises(DataError, match="4 frames are asked for, 3 are stored"):
        Feed(Videos(features(3)), batch_size=1, seed=0, device="cpu", frames=4)


def test_cuda_asked_for_and_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="this machine has 0 CUDA devices; use device cpu"):
        Feed(Videos(features(3)), batch_size=1, seed=0, device="cuda")


@pytest.mark.cuda
@pytest.mark.parametrize("resident", [True, False])
def test_cuda_yields_the_same(resident: bool) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    videos = Videos(features(500))
    here = collected(Feed(videos, batch_size=16, seed=0, device="cpu"), 0)
    feed = Feed(videos, batch_size=16, seed=0, device="cuda", resident=resident)
    found = [(b.rows.tolist(), b.features.cpu().numpy()) for b in feed.epoch(0)]
    for (a, x), (b, y) in zip(here, found, strict=True):
        assert a == b
        np.testing.assert_array_equal(x, y)
