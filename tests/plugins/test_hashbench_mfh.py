from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from hashbench import Videos, Workspace
from hashbench.errors import DataError, MethodError, UsageError
from hashbench_mfh import MFH, closed_form, neighbour_laplacian, sample_frames

ALPHA, BETA, GAMMA = 1.0, 0.5, 0.3


def problem(n: int = 24, dims: int = 5) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).standard_normal((n, dims)) + 2
    return X, neighbour_laplacian(X.astype(np.float32), 3).toarray()


def dense_d(X: np.ndarray, L: np.ndarray) -> np.ndarray:
    """Return D by its formula, X with frames as columns."""
    n = X.shape[1]
    Lc = np.eye(n) - np.ones((n, n)) / n
    ridge = np.linalg.inv(X @ Lc @ X.T + BETA * np.eye(len(X)))
    graph = GAMMA * np.eye(n) - GAMMA**2 * np.linalg.inv(L + GAMMA * np.eye(n))
    return graph + ALPHA * (Lc - Lc @ X.T @ ridge @ X @ Lc)


@pytest.mark.parametrize("bits", [2, 5, 12])
def test_eigenvalues_are_those_of_d_without_the_constant_vector(bits: int) -> None:
    X, L = problem()
    values, Y = np.linalg.eigh(dense_d(X.T, L))
    assert values[0] == pytest.approx(0, abs=1e-10)
    assert np.ptp(Y[:, 0]) < 1e-8
    W, b, ours = closed_form(
        X.T, neighbour_laplacian(X.astype(np.float32), 3), bits, ALPHA, BETA, GAMMA
    )
    np.testing.assert_allclose(ours, values[1 : bits + 1], atol=1e-10)
    np.testing.assert_allclose(b, -X.mean(axis=0) @ W, atol=1e-10)
    # The same subspace is predicted, each bit but for its sign.
    Y = Y[:, 1 : bits + 1]
    Lc = np.eye(24) - 1 / 24
    wanted = np.linalg.solve(X.T @ Lc @ X + BETA * np.eye(5), X.T @ Lc @ Y)
    np.testing.assert_allclose(np.abs(W), np.abs(wanted), atol=1e-7)


def test_closed_form_is_the_minimum_of_the_full_objective() -> None:
    """Minimise over Y, Y_g, W and b together, by a general optimiser, from several starts."""
    X, L = problem(14, 3)
    n, d, bits = 14, 3, 2

    def parts(z: np.ndarray) -> tuple[np.ndarray, ...]:
        cuts = np.cumsum([n * bits, n * bits, d * bits])
        Z, Yg, W, b = np.split(z, cuts)
        Z = Z.reshape(n, bits)
        Z = Z - Z.mean(axis=0)  # orthogonal to the constant vector, which says nothing
        left, _, right = np.linalg.svd(Z, full_matrices=False)
        return left @ right, Yg.reshape(n, bits), W.reshape(d, bits), b

    def objective(z: np.ndarray) -> float:
        Y, Yg, W, b = parts(z)
        fit = ((X @ W + b - Y) ** 2).sum() + BETA * (W**2).sum()
        return float(np.trace(Yg.T @ L @ Yg) + GAMMA * ((Y - Yg) ** 2).sum() + ALPHA * fit)

    rng = np.random.default_rng(0)
    found = [
        minimize(
            objective,
            rng.standard_normal(2 * n * bits + d * bits + bits),
            tol=1e-10,
            method="BFGS",
            options={"maxiter": 400},
        ).fun
        for _ in range(3)
    ]
    laplacian = neighbour_laplacian(X.astype(np.float32), 3)
    values = closed_form(X.T, laplacian, bits, ALPHA, BETA, GAMMA)[2]
    assert min(found) == pytest.approx(values.sum(), rel=1e-4)
    assert min(found) >= values.sum() - 1e-9


def test_laplacian_is_that_of_the_symmetrised_neighbour_graph() -> None:
    X = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    L = neighbour_laplacian(X, 5).toarray()
    distances = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    A = np.zeros((50, 50))
    for p, row in enumerate(distances):
        A[p, np.argsort(row)[:5]] = 1
    A = np.maximum(A, A.T)
    np.testing.assert_array_equal(L, np.diag(A.sum(axis=0)) - A)


def test_a_frame_is_no_neighbour_of_its_own_even_among_copies() -> None:
    L = neighbour_laplacian(np.ones((9, 3), np.float32), 2).toarray()
    assert np.all(L.sum(axis=0) == 0)
    assert np.all(np.diag(L) >= 2)


@pytest.mark.parametrize("n", [100, 101])
@pytest.mark.parametrize("bits", [16, 40])
def test_bits_are_balanced_on_train(n: int, bits: int, small: Videos) -> None:
    """Of N training videos, at most half a video more than half is on one side."""
    videos = Videos(small.take(slice(0, n)))
    share = MFH(bits=bits).fit(videos).encode(videos).unpack().mean(axis=0)
    assert np.abs(share - 0.5).max() <= 0.5 / n + 1e-12


def test_code_is_the_thresholded_mean_of_frame_projections(small: Videos, others: Videos) -> None:
    few = Videos(small.take(slice(0, 60)))
    method = MFH(bits=12, threshold="sign").fit(few)
    X = sample_frames(few, 5000, 0).astype(np.float64)
    W, b, _ = closed_form(X.T, neighbour_laplacian(X.astype(np.float32), 5), 12, 1.0, 1e-2, 1e-3)
    per_frame = others.take(slice(None)).astype(np.float64) @ W + b
    values = per_frame.mean(axis=1)
    bits = method.encode(others).unpack()
    clear = np.abs(values) > 1e-4 * values.std(axis=0)
    np.testing.assert_array_equal(bits[clear], (values >= 0)[clear])


def test_sample_is_even_sorted_and_without_repeats(small: Videos) -> None:
    everything = sample_frames(small, 10**6, 0)
    np.testing.assert_array_equal(everything, small.take(slice(None)).reshape(-1, 24))
    some = sample_frames(small, 200, 0)
    assert len(np.unique(some, axis=0)) == 200
    assert not np.array_equal(some, sample_frames(small, 200, 1))


def test_errors(small: Videos) -> None:
    few = Videos(small.take(slice(0, 4)), name="few")
    with pytest.raises(MethodError, match=r"few gave 16 for bits=16"):
        MFH(bits=16).fit(few)
    with pytest.raises(UsageError, match="'median' or 'sign'"):
        MFH(8, threshold="mean").fit(small)
    with pytest.raises(UsageError, match="from 2 to 10000"):
        MFH(8, frames=20_000).fit(small)
    hole = small.take(slice(None)).copy()
    hole[3] = np.nan
    with pytest.raises(DataError, match="NaN"):
        MFH(8).fit(Videos(hole))


def test_equally_near_frames_count_in_their_order() -> None:
    """Whole numbers, so that distances are often equal; the oracle has no rounding."""
    X = np.random.default_rng(4).integers(0, 4, (60, 3))
    shifted = X.astype(np.float32) + np.float32(16.5)
    A = np.zeros((60, 60))
    for p in range(60):
        nearest = sorted((int(((X[p] - X[q]) ** 2).sum()), q) for q in range(60) if q != p)
        A[p, [q for _, q in nearest[:5]]] = 1
    A = np.maximum(A, A.T)
    for frames in (X.astype(np.float32), shifted):
        wanted = np.diag(A.sum(axis=0)) - A
        np.testing.assert_array_equal(neighbour_laplacian(frames, 5).toarray(), wanted)


def test_a_bit_that_the_frames_cannot_tell_is_constant() -> None:
    """Three copies of each frame are its neighbours: what four dimensions predict is four bits."""
    X = np.random.default_rng(5).integers(-2, 3, (40, 1, 4)).astype(np.float32)
    videos = Videos(np.repeat(X, 3, axis=0))
    method = MFH(bits=100, k=2).fit(videos)
    silent = np.flatnonzero(~method.weights_.any(axis=0))
    assert silent.tolist() == list(range(4, 100))
    assert np.all(method.encode(videos).unpack()[:, silent] == 1)


def test_the_fit_says_how_far_it_is() -> None:
    told: list[tuple[str, float, float | None]] = []

    class Listener:
        def update(
            self, task: str, completed: float, total: float | None = None, **fields: float | str
        ) -> None:
            told.append((task, completed, total))

    videos = Videos(np.random.default_rng(0).random((300, 5, 6), np.float32))
    MFH(bits=4, frames=1500).attach(Workspace(progress=Listener())).fit(videos)
    names = list(dict.fromkeys(task for task, _, _ in told))
    steps = ["graph of frames", "regression", "graph term", "eigenvectors"]
    assert [name for name in names if name in steps] == steps
    assert [done for task, done, _ in told if task == "graph of frames"] == [1024, 1500]
