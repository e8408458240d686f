from __future__ import annotations

import numpy as np
import pytest

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench_itq import ITQ, principal_directions, rotate


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((n, d)) * np.linspace(2, 0.5, d)
    return (values - values.mean(axis=0)).astype(np.float32)


def signs(values: np.ndarray) -> np.ndarray:
    return np.where(values >= 0, 1.0, -1.0)


@pytest.mark.parametrize(("d", "bits"), [(16, 16), (16, 40), (1, 8)])
def test_loss_never_rises_and_is_what_it_says(d: int, bits: int) -> None:
    V = gaussian(5000, d)
    R, loss = rotate(V, bits, 50, seed=3)
    assert np.all(np.diff(loss) <= 1e-6)
    before, _ = rotate(V, bits, len(loss) - 1, seed=3)
    B = signs(V @ before)  # the B that the last R was made for
    assert loss[-1] == pytest.approx(((B - V @ R) ** 2).mean(), rel=1e-5)


def test_rotation_is_a_procrustes_fixed_point_once_signs_rest() -> None:
    V = gaussian(400, 8)
    R, loss = rotate(V, 8, 5000, seed=0)
    assert len(loss) < 5000
    left, _, right = np.linalg.svd(V.T.astype(np.float64) @ signs(V @ R))
    np.testing.assert_allclose(R, left @ right, atol=1e-5)


def test_no_other_rotation_serves_the_last_signs_better() -> None:
    V = gaussian(1000, 12)
    R, loss = rotate(V, 12, 10, seed=0)
    B = signs(V @ rotate(V, 12, 9, seed=0)[0])
    rng = np.random.default_rng(1)
    for _ in range(200):
        nudge = np.linalg.qr(np.eye(12) + 0.05 * rng.standard_normal((12, 12)))[0]
        nudge *= np.sign(np.diag(nudge))
        assert ((B - V @ R @ nudge) ** 2).mean() >= loss[-1] - 1e-6


@pytest.mark.parametrize("bits", [8, 24, 60])
def test_rows_of_the_rotation_are_orthonormal(bits: int) -> None:
    V = gaussian(300, min(bits, 24))
    R, _ = rotate(V, bits, 20, seed=0)
    np.testing.assert_allclose(R @ R.T, np.eye(len(R)), atol=1e-5)


def test_more_bits_than_dimensions_is_itq_of_zero_padded_data() -> None:
    V = gaussian(500, 6)
    padded = np.pad(V, ((0, 0), (0, 10)))
    R, loss = rotate(V, 16, 15, seed=5)
    whole, whole_loss = rotate(padded, 16, 15, seed=5)
    np.testing.assert_allclose(loss, whole_loss, rtol=1e-5)
    assert np.mean((V @ R >= 0) == (padded @ whole >= 0)) > 0.999


@pytest.mark.parametrize(("n", "d"), [(200, 30), (25, 60)])
def test_principal_directions_are_those_of_a_full_decomposition(n: int, d: int) -> None:
    X = gaussian(n, d) + np.float32(3)
    mean = X.mean(axis=0)
    W = principal_directions(X, mean, 5)
    wanted = np.linalg.svd((X - mean).astype(np.float64), full_matrices=False)[2][:5].T
    np.testing.assert_allclose(np.abs((W * wanted).sum(axis=0)), 1, atol=1e-4)
    np.testing.assert_allclose(W.T @ W, np.eye(5), atol=1e-5)


def test_fewer_videos_than_bits_and_constant_features(small: Videos) -> None:
    few = Videos(small.take(slice(0, 10)))
    assert ITQ(bits=20).fit(few).encode(small).n_bits == 20
    flat = Videos(np.ones((10, 2, 5), np.float32))
    assert np.all(
        ITQ(bits=8).fit(flat).encode(flat).unpack() == ITQ(8).fit(flat).encode(flat).unpack()[0]
    )


def test_codes_do_not_move_with_the_origin(small: Videos, others: Videos) -> None:
    shift = np.float32(16)
    moved = Videos(small.take(slice(None)) + shift), Videos(others.take(slice(None)) + shift)
    here = ITQ(bits=16).fit(small).encode(others).unpack()
    there = ITQ(bits=16).fit(moved[0]).encode(moved[1]).unpack()
    assert np.mean(here != there) < 0.01


def test_loss_is_near_that_of_faiss() -> None:
    """A loose check: FAISS normalises each vector, and stops elsewhere."""
    faiss = pytest.importorskip("faiss", reason="faiss-cpu is in the dev extra")
    V = gaussian(3000, 16)
    ours, _ = rotate(V, 16, 50, seed=0)
    theirs = faiss.ITQMatrix(16)
    theirs.max_iter = 50
    theirs.train(V)
    A = faiss.vector_to_array(theirs.A).reshape(16, 16)
    losses = [((signs(V @ R) - V @ R) ** 2).mean() for R in (ours, A.T)]
    assert losses[0] == pytest.approx(losses[1], rel=0.1)


def test_errors(small: Videos) -> None:
    with pytest.raises(MethodError, match="not fitted"):
        ITQ(8).encode(small)
    hole = small.take(slice(None)).copy()
    hole[3, 1, 2] = np.nan
    with pytest.raises(DataError, match="NaN"):
        ITQ(8).fit(Videos(hole))
    with pytest.raises(DataError, match=r"\(n, 24\) is needed"):
        ITQ(8).fit(small).encode(Videos(np.ones((3, 2, 7), np.float32)))


@pytest.mark.parametrize("iterations", [0, -3, 2.5, "many"])
def test_iterations_that_cannot_be_are_refused_before_any_work(iterations: object) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        hashbench.method("itq", bits=8, iterations=iterations)
