"""Shares of right neighbours against loops over pairs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.ranking import neighbour_precision as module
from hashbench.ranking.neighbour_precision import (
    chance_shares,
    neighbour_precision,
    neighbour_shares,
)


def label_sets(random: np.random.Generator, n: int, classes: int) -> NDArray[np.bool_]:
    """Return labels of which about one video in ten has none and others have several."""
    drawn = random.random((n, classes)) < 1.5 / classes
    drawn[random.random(n) < 0.1] = False
    return drawn


def others(random: np.random.Generator, n: int, k: int) -> NDArray[np.int64]:
    """Return k positions for each video, its own left out."""
    return np.array([random.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)])


def shared(multi_hot: NDArray[np.bool_], i: int, j: int) -> bool:
    return bool(set(np.flatnonzero(multi_hot[i])) & set(np.flatnonzero(multi_hot[j])))


@pytest.mark.parametrize("classes", [3, 70])
def test_shares_against_sets(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAIRS", 7)
    random = np.random.default_rng(classes)
    multi_hot = label_sets(random, 40, classes)
    labels = Labels(multi_hot)
    neighbours = others(random, 40, 6)
    expected = [np.mean([shared(multi_hot, i, j) for j in neighbours[i]]) for i in range(40)]
    np.testing.assert_allclose(neighbour_shares(neighbours, labels), expected, rtol=1e-15)
    by_chance = [np.mean([shared(multi_hot, i, j) for j in range(40) if j != i]) for i in range(40)]
    np.testing.assert_allclose(chance_shares(labels), by_chance, rtol=1e-15)
    labelled = multi_hot.any(axis=1)
    found = neighbour_precision(neighbours, labels)
    assert found.share.mean == pytest.approx(np.array(expected)[labelled].mean())
    assert found.chance == pytest.approx(np.array(by_chance)[labelled].mean())
    assert found.left_out == np.count_nonzero(~labelled) > 0


def test_chance_is_what_random_neighbours_reach() -> None:
    random = np.random.default_rng(5)
    labels = Labels(label_sets(random, 30, 4))
    drawn = [neighbour_shares(others(random, 30, 5), labels).mean() for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(chance_shares(labels).mean(), abs=0.01)


def test_a_graph_of_uneven_rows() -> None:
    labels = Labels.from_array([0, 0, 1, 1, -1])
    graph = sp.csr_matrix(
        np.array(
            [[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 1, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 1]],
            np.uint8,
        )
    )
    shares = neighbour_shares(graph, labels)
    np.testing.assert_array_equal(shares, [1 / 2, 1, 1 / 3, np.nan, 0])
    found = neighbour_precision(graph, labels)
    assert found.share.mean == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)
    assert found.chance == 1 / 4
    assert found.left_out == 2


def test_videos_of_a_class_count_as_one_draw() -> None:
    labels = Labels.from_array(np.repeat([0, 1, 2], 50))
    same, other = np.arange(150) // 50 * 50, (np.arange(150) // 50 + 1) % 3 * 50
    # All of class 0 are right, all of class 1 wrong: three draws, however many videos.
    right = np.where(np.arange(150) < 50, same, other)[:, None]
    right[0] = 1
    found = neighbour_precision(right, labels)
    assert found.share.n_clusters == 3
    assert (found.share.low, found.share.high) == (0, 1)
    assert found.share.mean == pytest.approx(1 / 3)


def test_bad_input() -> None:
    labels = Labels.from_array([0, 0, 1])
    with pytest.raises(UsageError, match=r"shape \(2, 1\); positions \(3, k\) are needed"):
        neighbour_shares([[1], [0]], labels)
    with pytest.raises(UsageError, match=r"float64 of shape \(3, 1\)"):
        neighbour_shares([[1.0], [0.0], [0.0]], labels)
    with pytest.raises(UsageError, match="outside the positions 0 to 2"):
        neighbour_shares([[1], [0], [3]], labels)
    with pytest.raises(UsageError, match="outside the positions 0 to 2"):
        neighbour_shares([[1], [-1], [0]], labels)
    with pytest.raises(UsageError, match="video 2 is listed as a neighbour of its own"):
        neighbour_shares([[1], [0], [2]], labels)
    with pytest.raises(UsageError, match=r"graph of shape \(2, 2\) for 3 labels"):
        neighbour_shares(sp.eye(2, format="csr"), labels)
    with pytest.raises(DataError, match="1 of 3 videos have a label and a neighbour"):
        neighbour_precision([[1], [0], [0]], Labels.from_array([0, -1, -1]))
    with pytest.raises(DataError, match="1 video has no others"):
        chance_shares(Labels.from_array([0]))
