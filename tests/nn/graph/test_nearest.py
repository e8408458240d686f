"""Exact neighbours by cosine: the same set whatever the tiles, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from neighbour_oracles import rational_sets
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.nn.graph import cosine
from hashbench.nn.graph import nearest as module
from hashbench.nn.graph.nearest import nearest

TINY = np.float32(1e-30)


def others(sets: list[list[int]]) -> NDArray[np.int64]:
    return np.array([sorted(members[1:]) for members in sets])


@st.composite
def vectors(draw: st.DrawFn) -> NDArray[np.float32]:
    """Small whole numbers: many equal cosines, duplicates and zeros, all exact."""
    shape = draw(st.tuples(st.integers(2, 14), st.integers(1, 4)))
    return draw(arrays(np.int8, shape, elements=st.integers(-2, 2))).astype(np.float32)


@given(mean=vectors(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_agrees_with_rational_arithmetic(mean: NDArray[np.float32], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(mean) - 1))
    tile = data.draw(st.integers(1, len(mean) + 1))
    np.testing.assert_array_equal(nearest(mean, k, tile=tile), others(rational_sets(mean, k)))


@given(mean=vectors(), data=st.data())
@settings(max_examples=80, deadline=None)
def test_crowds_are_settled_in_double_precision(
    mean: NDArray[np.float32], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(mean) - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SPARE", 1)
        patch.setattr(module, "_CELLS", 2 * len(mean))
        found = nearest(mean, k, tile=3)
    np.testing.assert_array_equal(found, others(rational_sets(mean, k)))


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e-6, 1e-7])
def test_tile_size_does_not_matter_for_near_ties(scale: float) -> None:
    """Cosines that differ by less than float32 can tell come out the same from every tile."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(4, 48))
    mean = centres[rng.integers(4, size=50)] + scale * rng.normal(size=(50, 48))
    mean = mean.astype(np.float32)
    wanted = others(rational_sets(mean, 7)) if scale == 1e-6 else nearest(mean, 7)
    for tile in (1, 7, 32, 49, 1000):
        np.testing.assert_array_equal(nearest(mean, 7, tile=tile), wanted)


def test_many_tiles_agree_with_float64() -> None:
    """Enough columns for the candidates to rise, and for few to pass them."""
    rng = np.random.default_rng(10)
    mean = rng.normal(size=(700, 24)).astype(np.float32)
    unit = mean / np.linalg.norm(mean.astype(np.float64), axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    wanted = np.sort(np.argsort(-cosines, axis=1)[:, :5], axis=1)
    for tile in (100, 233, 4096):
        np.testing.assert_array_equal(nearest(mean, 5, tile=tile), wanted)


def test_duplicates_beyond_what_is_kept() -> None:
    rng = np.random.default_rng(4)
    mean = rng.normal(size=(300, 33)).astype(np.float32)
    mean[rng.permutation(300)[:200]] = mean[5]
    found = nearest(mean, 9, tile=64)
    same = np.flatnonzero((mean == mean[5]).all(axis=1))
    for i in same:
        np.testing.assert_array_equal(found[i], same[same != i][:9])


def test_all_equal_and_all_zero() -> None:
    for value in (0.0, 3.7):
        found = nearest(np.full((50, 5), value, np.float32), 3)
        assert found[0].tolist() == [1, 2, 3]
        assert found[1].tolist() == [0, 2, 3]
        assert (found[4:] == [0, 1, 2]).all()


def test_powers_of_two_and_extreme_norms_change_nothing() -> None:
    mean = np.random.default_rng(5).normal(size=(40, 12)).astype(np.float32)
    wanted = nearest(mean, 6)
    lengths = np.float32(2.0) ** np.random.default_rng(6).integers(-90, 90, size=(40, 1))
    np.testing.assert_array_equal(nearest(mean * lengths, 6), wanted)
    assert np.isfinite(cosine.squares(mean * TINY)).all()


def test_reduced_precision_switched_on_elsewhere_does_not_leak_in() -> None:
    mean = np.random.default_rng(7).normal(size=(200, 256)).astype(np.float32)
    wanted = nearest(mean, 5)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        np.testing.assert_array_equal(nearest(mean, 5), wanted)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_the_margin_bounds_the_error_of_the_product() -> None:
    rng = np.random.default_rng(8)
    mean = np.abs(rng.normal(size=(64, 4096))).astype(np.float32)  # no cancellation: worst case
    norms = cosine.squares(mean)
    unit = module._unit(mean, norms, 0, 64)
    exact = (mean.astype(np.longdouble) @ mean.T.astype(np.longdouble)) / np.sqrt(
        np.outer(norms, norms)
    )
    error = np.abs((unit @ unit.T).numpy() - exact).max()
    assert 0 < error < cosine.margin(4096, 2.0**-24)


@pytest.mark.parametrize("k", [0, 4, 9])
def test_too_many_neighbours(k: int) -> None:
    with pytest.raises(UsageError, match=rf"K1 = {k} neighbours among 4 videos.* from 1 to 3"):
        nearest(np.ones((4, 2), np.float32), k)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite(value: float) -> None:
    mean = np.ones((4, 2), np.float32)
    mean[2, 1] = value
    with pytest.raises(DataError, match="video 2 has NaN or infinite features"):
        nearest(mean, 1)


def test_cuda_asked_for_and_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="this machine has 0 CUDA devices"):
        nearest(np.eye(3, dtype=np.float32), 1, device="cuda")


@pytest.mark.cuda
def test_cuda_finds_the_same() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    mean = np.random.default_rng(9).normal(size=(3000, 128)).astype(np.float32)
    mean[::3] = mean[0]
    np.testing.assert_array_equal(nearest(mean, 20, device="cuda"), nearest(mean, 20))
