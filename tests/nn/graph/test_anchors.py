"""Anchors: k-means centres, the nearest of each video, and their cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashbench.errors import MethodError
from hashbench.nn import anchor_graph
from hashbench.nn.graph.anchors import nearest_anchors


def groups(n: int = 60) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal((n, 4))
    centres = 10 * np.random.default_rng(1).standard_normal((6, 4))
    values: np.ndarray = (centres[np.arange(n) % 6] + 0.1 * noise).astype(np.float32)
    return values


def test_nearest_are_those_of_all_distances() -> None:
    random = np.random.default_rng(0)
    x, centres = random.standard_normal((50, 3)), random.standard_normal((9, 3))
    distance = np.linalg.norm(x[:, None] - centres[None], axis=2)
    found = nearest_anchors(x.astype(np.float32), centres.astype(np.float32), 4)
    np.testing.assert_array_equal(found, np.argsort(distance, axis=1)[:, :4])


def test_every_centre_is_the_mean_of_its_videos_when_k_means_has_settled() -> None:
    x = groups()
    found = anchor_graph(x, 6, near=2, seed=3)
    first = found.nearest[:, 0]
    for anchor in np.unique(first):
        mean = x[first == anchor].mean(0)
        np.testing.assert_allclose(found.centres[anchor], mean, atol=1e-5)


def test_draws_with_replacement_give_fewer_anchors() -> None:
    x = groups()
    assert len(anchor_graph(x, 40).centres) == 40
    fewer = anchor_graph(x, 40, replace=True)
    assert 5 <= len(fewer.centres) < 40
    assert fewer.nearest.max() < len(fewer.centres)


def test_a_finished_graph_is_read_and_a_damaged_one_made_anew(tmp_path: Path) -> None:
    x = groups()
    first = anchor_graph(x, 8, cache=tmp_path)
    (path,) = tmp_path.glob("anchors-*.npz")
    stamp = path.stat().st_mtime_ns
    again = anchor_graph(x, 8, cache=tmp_path)
    assert path.stat().st_mtime_ns == stamp
    path.write_bytes(b"damaged")
    anew = anchor_graph(x, 8, cache=tmp_path)
    for other in (again, anew):
        np.testing.assert_array_equal(other.centres, first.centres)
        np.testing.assert_array_equal(other.nearest, first.nearest)
    anchor_graph(x, 8, seed=1, cache=tmp_path)
    anchor_graph(x + 1, 8, cache=tmp_path)
    assert len(list(tmp_path.glob("anchors-*.npz"))) == 3


def test_vectors_that_all_coincide() -> None:
    found = anchor_graph(np.ones((20, 3), np.float32), 6)
    assert np.isfinite(found.centres).all()
    assert found.nearest.shape == (20, 5)


def test_too_few_videos_or_anchors() -> None:
    with pytest.raises(MethodError, match="70 anchors need as many videos, not 60"):
        anchor_graph(groups(), 70)
    with pytest.raises(MethodError, match="each video has 5 anchors: 4 are too few"):
        anchor_graph(groups(), 4)
