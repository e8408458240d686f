"""Aligned neighbours against every path that alignment allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as Folder

import numpy as np
import pytest
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.nn import neighbour_graph
from hashbench.nn.graph import alignment
from hashbench.nn.graph.alignment import aligned_nearest
from hashbench.nn.graph.nearest import nearest

Path = list[tuple[int, int]]


def paths(segments: int, band: int, at: tuple[int, int] = (0, 0)) -> Iterator[Path]:
    """Yield every monotone path from the first pair of segments to the last, inside the band."""
    a, b = at
    if at == (segments - 1, segments - 1):
        yield [at]
        return
    for step in ((a + 1, b), (a, b + 1), (a + 1, b + 1)):
        if max(step) < segments and abs(step[0] - step[1]) <= band:
            yield from ([at, *rest] for rest in paths(segments, band, step))


def distance(x: NDArray[np.float64], y: NDArray[np.float64], band: int) -> float:
    local = ((x[:, None] - y[None]) ** 2).sum(axis=2)
    return min(sum(local[pair] for pair in path) for path in paths(len(x), band))


def sequences(n: int, segments: int, dims: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, segments * dims)).astype(np.float32)


@pytest.mark.parametrize(("segments", "band"), [(2, 1), (4, 1), (4, 2), (5, 4), (3, 9)])
def test_agrees_with_the_best_of_all_paths(segments: int, band: int) -> None:
    means = sequences(14, segments, 3, seed=segments)
    unit = means / np.linalg.norm(means.astype(np.float64), axis=1, keepdims=True)
    videos = unit.reshape(14, segments, 3)
    found = aligned_nearest(means, 4, segments, band)
    for i in range(14):
        others = [j for j in range(14) if j != i]
        others.sort(key=lambda j: distance(videos[i], videos[j], band))
        assert found[i].tolist() == sorted(others[:4])


def test_without_a_band_it_is_the_order_of_cosines() -> None:
    means = sequences(60, 4, 3)
    np.testing.assert_array_equal(aligned_nearest(means, 5, 4, 0), nearest(means, 5))


def test_a_pattern_is_found_one_segment_later() -> None:
    """Videos 0 and 1 show the same at another time, 2 is closer segment by segment."""
    pulse = np.eye(5, dtype=np.float32)[:, :, None]
    videos = np.concatenate([pulse[1:3], 0.3 * pulse[1:2] + pulse[4:5]], axis=0)
    flat = videos.reshape(3, 5)
    assert nearest(flat, 1)[0].tolist() == [2]
    assert aligned_nearest(flat, 1, 5, 1)[0].tolist() == [1]


def test_equal_distances_go_to_the_lower_index() -> None:
    means = np.tile(sequences(1, 3, 2), (9, 1))
    found = aligned_nearest(means, 3, 3, 1)
    for i in range(9):
        assert found[i].tolist() == [j for j in range(9) if j != i][:3]


def test_only_candidates_are_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    means = sequences(40, 4, 3)
    monkeypatch.setattr(alignment, "POOL", 1)
    np.testing.assert_array_equal(aligned_nearest(means, 5, 4, 3), nearest(means, 5))
    monkeypatch.setattr(alignment, "POOL", 2)
    pool = nearest(means, 10)
    found = aligned_nearest(means, 5, 4, 3)
    assert all(set(mine) <= set(pool[i]) for i, mine in enumerate(found.tolist()))
    assert (found != nearest(means, 5)).any()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    means = sequences(30, 4, 3)
    whole = aligned_nearest(means, 5, 4, 1)
    monkeypatch.setattr(alignment, "_BLOCK", 7)
    np.testing.assert_array_equal(aligned_nearest(means, 5, 4, 1), whole)


def test_the_graph_joins_aligned_neighbours() -> None:
    """With K2 = 1 a video's neighbours are its own list, made symmetric."""
    means = sequences(30, 4, 3)
    graph = neighbour_graph(means, 4, 1, segments=4, band=2).toarray()
    wanted = np.eye(30, dtype=np.uint8)
    for i, mine in enumerate(aligned_nearest(means, 4, 4, 2)):
        wanted[i, mine] = 1
    np.testing.assert_array_equal(graph, wanted | wanted.T)
    assert (graph != neighbour_graph(means, 4, 1).toarray()).any()


def test_each_band_has_a_file_of_its_own(tmp_path: Folder) -> None:
    means = sequences(30, 4, 3)
    for segments, band in ((1, 0), (4, 0), (4, 1), (4, 2), (2, 1)):
        asked = {"segments": segments, "band": band}
        found = neighbour_graph(means, 4, 2, cache=tmp_path, **asked)
        assert (found != neighbour_graph(means, 4, 2, **asked)).nnz == 0
    assert len(list(tmp_path.glob("*.npz"))) == 4  # without a band the vectors say it all


def test_wrong_input() -> None:
    means = sequences(6, 4, 3)
    with pytest.raises(UsageError, match="12 numbers a video are not the means of 5 segments"):
        aligned_nearest(means, 2, 5, 1)
    with pytest.raises(UsageError, match="K1 = 6 neighbours among 6 videos"):
        aligned_nearest(means, 6, 4, 1)
    means[3, 2] = np.inf
    with pytest.raises(DataError, match="video 3 has NaN or infinite"):
        aligned_nearest(means, 2, 4, 1)
