"""The choice of the number of segments against its definition, spelt out in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hashbench import Videos
from hashbench.errors import DataError, UsageError
from hashbench.nn import choose_segments
from hashbench.nn.graph import segments as chosen


def ordered(classes: int, frames: int = 12, noise: float = 0.4, seed: int = 0) -> Videos:
    """Eleven videos a class; classes differ in the order of three things, four frames each."""
    random = np.random.default_rng(seed)
    things = random.standard_normal((3, 16))
    orders = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    shown = np.repeat(orders[:classes], frames // 3, axis=1).repeat(11, axis=0)
    values = things[shown] + noise * random.standard_normal((len(shown), frames, 16))
    return Videos(values.astype(np.float32))


def nearest_by_cosine(vectors: NDArray[np.float64], k: int) -> list[set[int]]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    return [set(np.argsort(-row, kind="stable")[:k].tolist()) for row in cosines]


def agreement(array: NDArray[np.float32], segments: int, k: int) -> list[float]:
    """Return the share of each video's nearest that even and odd frames agree on."""
    halves = []
    for half in (0, 1):
        means = []
        for frames in np.array_split(np.arange(array.shape[1]), segments):
            mine = [frame for frame in frames if frame % 2 == half]
            means.append(array[:, mine].astype(np.float64).mean(axis=1))
        halves.append(nearest_by_cosine(np.concatenate(means, axis=1), k))
    return [len(a & b) / k for a, b in zip(*halves, strict=True)]


@pytest.mark.parametrize(("classes", "noise"), [(6, 0.4), (6, 1.5), (1, 1.0)])
def test_agrees_with_the_definition(classes: int, noise: float) -> None:
    videos = ordered(classes, noise=noise)
    array = videos.take(slice(None))
    shares = {s: np.array(agreement(array, s, 5)) for s in (1, 2, 3, 4, 6)}
    best = max(shares, key=lambda s: shares[s].mean())
    within = []
    for s, mine in shares.items():
        behind = shares[best] - mine
        if behind.mean() <= behind.std(ddof=1) / np.sqrt(len(behind)):
            within.append(s)
    found = choose_segments(videos, 5)
    assert found.segments == min(within)
    assert found.agreement == pytest.approx({s: v.mean() for s, v in shares.items()}, abs=1e-6)


def test_order_is_seen_and_no_more_segments_than_it_takes() -> None:
    found = choose_segments(ordered(6), 10)
    assert found.segments == 3
    assert found.agreement[3] > 0.95 > found.agreement[1]


def test_where_order_says_nothing_one_segment_is_enough() -> None:
    """Each class shows one thing throughout, under noise that only long means take away."""
    random = np.random.default_rng(0)
    kind = np.repeat(np.arange(6), 11)
    things = random.standard_normal((6, 1, 16))
    values = things[kind] + 2.5 * random.standard_normal((66, 12, 16))
    assert choose_segments(Videos(values.astype(np.float32)), 10).segments == 1


@pytest.mark.parametrize(
    ("frames", "candidates"),
    [
        (1, [1]),
        (3, [1]),
        (4, [1, 2]),
        (7, [1, 2, 3]),
        (24, [1, 2, 3, 4, 6, 8, 12]),
        (50, [1, 2, 3, 4, 6, 8, 12, 16, 24]),
    ],
)
def test_each_segment_has_frames_of_both_halves(frames: int, candidates: list[int]) -> None:
    assert chosen._candidates(frames) == candidates


def test_too_few_frames_leave_nothing_to_choose() -> None:
    found = choose_segments(Videos(np.ones((20, 3, 2), np.float32)), 3)
    assert (found.segments, found.agreement) == (1, {})


def test_a_large_set_is_sampled_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "SAMPLE", 22)
    videos = ordered(6)
    rows = np.linspace(0, 65, 22).astype(np.int64)
    assert choose_segments(videos, 3) == choose_segments(Videos(videos.take(rows)), 3)


def test_the_choice_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    videos = ordered(6)
    first = choose_segments(videos, 5, cache=tmp_path)
    assert first == choose_segments(videos, 5)
    choose_segments(videos, 4, cache=tmp_path)
    choose_segments(videos, 5, band=1, cache=tmp_path)
    assert len(list((tmp_path / "agreement").glob("*.npy"))) == 3
    monkeypatch.setattr(chosen, "_agreement", None)  # what is kept is not computed again
    assert choose_segments(videos, 5, cache=tmp_path) == first


def test_wrong_input() -> None:
    videos = ordered(1)
    with pytest.raises(UsageError, match="K1 = 11 neighbours among 11 videos"):
        choose_segments(videos, 11)
    broken = videos.take(slice(None)).copy()
    broken[4, 2, 1] = np.nan
    with pytest.raises(DataError, match="video 4 has NaN or infinite features"):
        choose_segments(Videos(broken), 3)
