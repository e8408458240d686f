"""Shared linear algebra, against numpy's full decompositions."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.errors import DataError
from hashbench.linear import (
    finite_mean,
    halving,
    hyperplanes,
    nearest_orthonormal,
    principal_directions,
    random_rotation,
    row_blocks,
)


@pytest.mark.parametrize(("n", "dims"), [(60, 9), (9, 60)])
def test_directions_are_the_first_right_singular_vectors(n: int, dims: int) -> None:
    X = np.random.default_rng(0).standard_normal((n, dims)).astype(np.float32)
    mean = finite_mean(X, "random")
    W = principal_directions(X, mean, 4)
    wanted = np.linalg.svd(X - mean)[2][:4].T
    np.testing.assert_allclose(np.abs((W * wanted).sum(axis=0)), 1, atol=1e-8)
    np.testing.assert_allclose(W.T @ W, np.eye(4), atol=1e-8)


def test_directions_do_not_depend_on_the_basis_that_lapack_picks() -> None:
    """Four directions of one variance: any rotation of the data among them gives the same span,
    and the basis of the span is settled by the span alone."""
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T
    X = np.concatenate([signs, np.zeros((16, 1))], axis=1).astype(np.float32)
    W = principal_directions(X, np.zeros(5), 4)
    shuffled = principal_directions(X[::-1], np.zeros(5), 4)
    np.testing.assert_allclose(W, shuffled, atol=1e-10)
    assert np.abs(W[4]).max() < 1e-10


def test_no_more_directions_than_there_is_variance() -> None:
    X = np.outer(np.arange(5), [1, 2, 3]).astype(np.float32)
    assert principal_directions(X, finite_mean(X, "line"), 3).shape == (3, 1)


def test_the_first_hyperplanes_are_those_of_a_smaller_pool() -> None:
    np.testing.assert_array_equal(hyperplanes(7, 30, 3)[:12], hyperplanes(7, 12, 3))
    assert not np.array_equal(hyperplanes(7, 12, 3), hyperplanes(7, 12, 4))


def test_nearest_orthonormal_beats_any_other() -> None:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((3, 6))
    Q = nearest_orthonormal(A)
    np.testing.assert_allclose(Q @ Q.T, np.eye(3), atol=1e-12)
    for _ in range(50):
        other = np.linalg.qr(rng.standard_normal((6, 3)))[0].T
        assert np.linalg.norm(A - Q) <= np.linalg.norm(A - other)


def test_blocks_make_up_the_whole() -> None:
    X = np.arange(9000.0).reshape(-1, 1)
    blocks = list(row_blocks(X))
    assert [len(block) for block in blocks] == [4096, 4096, 808]
    np.testing.assert_array_equal(np.concatenate(blocks), X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_mean_that_is_not_finite_names_the_data(bad: float) -> None:
    X = np.zeros((3, 2), np.float32)
    X[1, 1] = bad
    with pytest.raises(DataError, match="fcvid train: features hold NaN or infinite values"):
        finite_mean(X, "fcvid train")


def test_a_random_rotation_turns_with_the_directions_and_is_orthonormal() -> None:
    rng = np.random.default_rng(0)
    W = np.linalg.qr(rng.standard_normal((30, 6)))[0]
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    for bits in (6, 9):
        R = random_rotation(W, bits, seed=2)
        np.testing.assert_allclose(R @ R.T, np.eye(6), atol=1e-12)
        np.testing.assert_allclose(W @ turn @ random_rotation(W @ turn, bits, 2), W @ R, atol=1e-12)
        assert not np.allclose(R, random_rotation(W, bits, seed=3))


@pytest.mark.parametrize("n", [9, 10])
def test_threshold_is_the_middle_of_the_gap_at_the_median(n: int) -> None:
    values = np.random.default_rng(2).standard_normal(n)
    cut = halving(values, 1e-9)
    ordered = np.sort(values)
    assert cut == (ordered[n // 2 - 1] + ordered[n // 2]) / 2
    assert (values > cut).sum() - (values < cut).sum() == n % 2


@pytest.mark.parametrize(
    ("values", "above"),
    [([1, 1, 1, 1, 4], 1), ([0, 2, 2, 2, 2], 4), ([3, 3, 3], 3), ([1, 1 + 1e-12, 2, 2], 2)],
)
def test_equal_values_are_never_parted(values: list[float], above: int) -> None:
    array = np.array(values)
    assert (array > halving(array, 1e-9)).sum() == above
    assert (array + 1e-11 > halving(array, 1e-9)).sum() == above
