"""The order of an epoch, and reading ahead of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making_data import features, write_feats, write_set

from hashbench.data import Videos, load_dataset, streaming
from hashbench.data.hdf5 import H5Source
from hashbench.data.streaming import ahead, batch_bounds, shuffled_windows


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 4 videos of 96 bytes, 8 blocks a window."""
    monkeypatch.setattr(streaming, "BLOCK_BYTES", 4 * 96)
    monkeypatch.setattr(streaming, "WINDOW_BYTES", 8 * 4 * 96)


@given(n=st.integers(1, 2_000), size=st.integers(1, 300))
@settings(deadline=None)
def test_batches_are_few_and_of_nearly_equal_size(n: int, size: int) -> None:
    bounds = batch_bounds(n, size)
    assert bounds.dtype == np.int64
    parts = np.array_split(np.arange(n), -(-n // size))  # numpy's own even cut
    assert bounds.tolist() == [0, *(int(part[-1]) + 1 for part in parts)]
    assert max(map(len, parts)) <= size


def test_no_video_is_alone_unless_batches_are_that_small() -> None:
    assert np.diff(batch_bounds(129, 128)).tolist() == [65, 64]
    assert np.diff(batch_bounds(128, 128)).tolist() == [128]
    assert np.diff(batch_bounds(5, 2)).tolist() == [2, 2, 1]


@pytest.mark.parametrize("n", [1, 3, 32, 33, 100, 129])
@pytest.mark.usefixtures("small_windows")
def test_an_epoch_holds_every_video_once(n: int) -> None:
    windows = list(shuffled_windows(n, 96, seed=3))
    assert sorted(np.concatenate(windows).tolist()) == list(range(n))
    again = np.concatenate(list(shuffled_windows(n, 96, seed=3)))
    np.testing.assert_array_equal(np.concatenate(windows), again)
    if n > 3:
        other = np.concatenate(list(shuffled_windows(n, 96, seed=4)))
        assert not np.array_equal(again, other)


@pytest.mark.usefixtures("small_windows")
def test_a_window_mixes_the_whole_set() -> None:
    first = next(shuffled_windows(1000, 96, seed=0))
    assert len(first) == 32
    blocks = first // 4
    assert len(np.unique(blocks)) == 8
    assert np.ptp(first) > 500
    # Neighbours of a block do not come out together.
    assert np.count_nonzero(np.diff(blocks) == 0) < 12


@pytest.mark.parametrize("size", [1, 7, 32, 50, 200])
@pytest.mark.usefixtures("small_windows")
def test_order_does_not_depend_on_the_file(tmp_path: Path, size: int) -> None:
    array = features(110)
    write_feats(tmp_path / "plain.h5", array)
    write_feats(tmp_path / "packed.h5", array, chunks=(9, 4, 6), compression="gzip")
    write_feats(tmp_path / "half.h5", array.astype(np.float16))
    sources = [H5Source([tmp_path / f"{name}.h5"]) for name in ["plain", "packed", "half"]]
    orders = []
    for videos in [Videos(array), *map(Videos, sources)]:
        batches = list(videos.batches(size, shuffle=True, seed=5))
        sizes = [len(batch.rows) for batch in batches]
        assert len(sizes) == -(-110 // size)
        assert max(sizes) <= size
        assert max(sizes) - min(sizes) <= 1
        rows = np.concatenate([batch.rows for batch in batches])
        seen = np.concatenate([batch.features for batch in batches])
        assert sorted(rows.tolist()) == list(range(110))
        tolerance = 1e-2 if videos.source.dtype == np.float16 else 0
        np.testing.assert_allclose(seen, array[rows], atol=tolerance)
        orders.append(rows)
    for rows in orders[1:]:
        np.testing.assert_array_equal(rows, orders[0])


def test_reads_ahead_of_the_caller() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(10):
            made.append(i)
            yield i

    stream = ahead(items(), depth=2)
    assert next(stream) == 0
    deadline = time.monotonic() + 10
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert made == [0, 1, 2, 3]  # one handed out, two waiting, one in hand
    assert list(stream) == list(range(1, 10))


def test_an_error_is_raised_where_it_was_due() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = ahead(items())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)


def test_stopping_early_stops_the_thread() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    before = threading.active_count()
    for _ in range(5):
        stream = ahead(endless())
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_mean_of_files_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = features(50)
    write_feats(tmp_path / "a.h5", array)
    first = Videos(H5Source([tmp_path / "a.h5"]), cache=tmp_path / "cache").mean_pooled()
    np.testing.assert_allclose(first, array.mean(axis=1), rtol=1e-5, atol=1e-6)
    with monkeypatch.context() as patch:
        patch.setattr(H5Source, "read", lambda *_: pytest.fail("read again"))
        videos = Videos(H5Source([tmp_path / "a.h5"]), cache=tmp_path / "cache")
        np.testing.assert_array_equal(videos.mean_pooled(), first)
        np.testing.assert_array_equal(videos.unlabelled().mean_pooled(), first)
    kept = next((tmp_path / "cache").rglob("*.npy"))
    kept.write_bytes(b"damaged")
    videos = Videos(H5Source([tmp_path / "a.h5"]), cache=tmp_path / "cache")
    np.testing.assert_array_equal(videos.mean_pooled(), first)
    cut = videos.with_frames(2).mean_pooled()
    np.testing.assert_allclose(cut, array[:, :2].mean(axis=1), rtol=1e-5, atol=1e-6)


def test_a_pass_over_the_files_reports_how_far_it_is(tmp_path: Path) -> None:
    seen: list[tuple[str, float, float | None]] = []

    class Sink:
        def update(
            self, task: str, completed: float, total: float | None = None, **_: float | str
        ) -> None:
            seen.append((task, completed, total))

    card = write_set(tmp_path, more="standardize = true")
    dataset = load_dataset(card, cache=tmp_path / "cache", progress=Sink())
    dataset.train.mean_pooled()
    assert seen == [
        ("moments of mine/train", 30, 30),
        ("mean frames of mine/train", 30, 30),
    ]
