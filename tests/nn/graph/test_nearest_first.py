"""Neighbours in order against exact rational arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from neighbour_oracles import rational_sets

from hashbench.errors import DataError, UsageError
from hashbench.nn.graph.nearest import nearest
from hashbench.nn.graph.nearest_first import nearest_first


@pytest.mark.parametrize("seed", range(4))
def test_order_against_rational_arithmetic(seed: int) -> None:
    # Small whole numbers: many equal cosines, duplicates, opposites and vectors of zeros.
    vectors = np.random.default_rng(seed).integers(-1, 2, (30, 3)).astype(np.float32)
    found = nearest_first(vectors, 29)
    expected = [members[1:] for members in rational_sets(vectors, 29)]
    assert found.tolist() == expected


def test_the_first_columns_are_the_nearest_of_every_k(tmp_path: Path) -> None:
    vectors = np.random.default_rng(9).normal(size=(300, 20)).astype(np.float32)
    vectors[100:150] = vectors[:50]
    found = nearest_first(vectors, 25)
    for k in (1, 2, 10, 25):
        np.testing.assert_array_equal(np.sort(found[:, :k], axis=1), nearest(vectors, k))
    mapped = np.memmap(tmp_path / "vectors", np.float32, "w+", shape=vectors.shape)
    mapped[:] = vectors
    np.testing.assert_array_equal(nearest_first(mapped, 25), found)


def test_wide_vectors_take_smaller_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(3).normal(size=(200, 40)).astype(np.float32)
    expected = nearest_first(vectors, 7)
    monkeypatch.setattr("hashbench.nn.graph.nearest_first.TILE_VALUES", 40)
    np.testing.assert_array_equal(nearest_first(vectors, 7), expected)


def test_bad_input() -> None:
    vectors = np.ones((3, 2), np.float32)
    with pytest.raises(UsageError, match="from 1 to 2"):
        nearest_first(vectors, 3)
    vectors[1, 1] = np.nan
    with pytest.raises(DataError, match="video 1 has NaN"):
        nearest_first(vectors, 1)
