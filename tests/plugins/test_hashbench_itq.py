from __future__ import annotations

import numpy as np
import pytest

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench.linear import principal_directions, random_rotation
from hashbench_itq import ITQ, rotate


def gaussian(n: int, d: int, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((n, d)) * np.linspace(2, 0.5, d)
    return (values - values.mean(axis=0)).astype(np.float32).astype(np.float64)


def start(d: int, bits: int, seed: int = 0) -> np.ndarray:
    return random_rotation(np.eye(d), bits, seed)


def signs(values: np.ndarray) -> np.ndarray:
    return np.where(values >= 0, 1.0, -1.0)


@pytest.mark.parametrize(("d", "bits"), [(16, 16), (16, 40), (1, 8)])
def test_loss_never_rises_and_is_what_it_says(d: int, bits: int) -> None:
    V = gaussian(5000, d)
    R, loss = rotate(V, start(d, bits, 3), 50)
    assert np.all(np.diff(loss) <= 1e-6)
    before, _ = rotate(V, start(d, bits, 3), len(loss) - 1)
    B = signs(V @ before)  # the B that the last R was made for
    assert loss[-1] == pytest.approx(((B - V @ R) ** 2).mean(), rel=1e-5)


def test_rotation_is_a_procrustes_fixed_point_once_signs_rest() -> None:
    V = gaussian(400, 8)
    R, loss = rotate(V, start(8, 8), 5000)
    assert len(loss) < 5000
    left, _, right = np.linalg.svd(V.T @ signs(V @ R))
    np.testing.assert_allclose(R, left @ right, atol=1e-5)


def test_no_other_rotation_serves_the_last_signs_better() -> None:
    V = gaussian(1000, 12)
    R, loss = rotate(V, start(12, 12), 10)
    B = signs(V @ rotate(V, start(12, 12), 9)[0])
    rng = np.random.default_rng(1)
    for _ in range(200):
        nudge = np.linalg.qr(np.eye(12) + 0.05 * rng.standard_normal((12, 12)))[0]
        nudge *= np.sign(np.diag(nudge))
        assert ((B - V @ R @ nudge) ** 2).mean() >= loss[-1] - 1e-6


@pytest.mark.parametrize("bits", [8, 24, 60])
def test_rows_of_the_rotation_are_orthonormal(bits: int) -> None:
    V = gaussian(300, min(bits, 24))
    R, _ = rotate(V, start(V.shape[1], bits), 20)
    np.testing.assert_allclose(R @ R.T, np.eye(len(R)), atol=1e-5)


def test_more_bits_than_dimensions_is_itq_of_zero_padded_data() -> None:
    V = gaussian(500, 6)
    padded = np.pad(V, ((0, 0), (0, 10)))
    first = np.linalg.qr(np.random.default_rng(5).standard_normal((16, 16)))[0]
    R, loss = rotate(V, first[:6], 15)
    whole, whole_loss = rotate(padded, first, 15)
    np.testing.assert_allclose(loss, whole_loss, rtol=1e-5)
    assert np.mean((V @ R >= 0) == (padded @ whole >= 0)) > 0.999


@pytest.mark.parametrize(("n", "d"), [(200, 30), (25, 60)])
def test_principal_directions_are_those_of_a_full_decomposition(n: int, d: int) -> None:
    X = (gaussian(n, d) + 3).astype(np.float32)
    mean = X.mean(axis=0, dtype=np.float64)
    W = principal_directions(X, mean, 5)
    wanted = np.linalg.svd((X - mean).astype(np.float64), full_matrices=False)[2][:5].T
    assert W.dtype == np.float64
    np.testing.assert_allclose(np.abs((W * wanted).sum(axis=0)), 1, atol=1e-4)
    np.testing.assert_allclose(W.T @ W, np.eye(5), atol=1e-5)


@pytest.mark.parametrize("count", [2, 4, 5, 20])
@pytest.mark.parametrize("n", [200, 12])
def test_directions_of_one_variance_do_not_depend_on_the_order_of_videos(
    n: int, count: int
) -> None:
    """Exact equals: every third variance is one, and the cut may fall between them."""
    rng = np.random.default_rng(3)
    frame = np.linalg.qr(rng.standard_normal((n, 9)))[0]
    frame = np.linalg.qr(frame - frame.mean(axis=0))[0]
    X = (frame * np.repeat([8.0, 4.0, 1.0], 3)) @ np.linalg.qr(rng.standard_normal((30, 9)))[0].T
    X -= X.mean(axis=0)
    order = rng.permutation(n)
    mean = np.zeros(30)
    # float64 in place of float32: its rounding would make unequal what is equal.
    here, there = (principal_directions(rows, mean, count) for rows in (X, X[order]))
    np.testing.assert_allclose(here, there, atol=1e-7)
    np.testing.assert_allclose(here.T @ here, np.eye(here.shape[1]), atol=1e-9)


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
    ours, _ = rotate(V, start(16, 16), 50)
    theirs = faiss.ITQMatrix(16)
    theirs.max_iter = 50
    theirs.train(V.astype(np.float32))
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
    with pytest.raises(UsageError, match=r"at least 1|whole number"):
        hashbench.method("itq", bits=8, iterations=iterations)
