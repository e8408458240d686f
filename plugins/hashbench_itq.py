"""Iterative quantization (ITQ): Gong, Lazebnik, Gordo and Perronnin, TPAMI 2013."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.errors import UsageError

_ROWS = 4096
"""Videos that are worked on at a time, so that temporary arrays stay in megabytes."""


@hookimpl
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Register ITQ."""
    return [
        MethodSpec(
            name="itq",
            summary="PCA of the mean frame, rotated so that rounding to signs loses least",
            target="hashbench_itq:ITQ",
            reference="Gong et al., Iterative quantization, TPAMI 2013",
        )
    ]


class ITQ(Method):
    """Iterative quantization of mean-pooled videos.

    With x a mean frame, W the first principal directions and V = (X - mean) W, ITQ seeks binary B
    and a rotation R that minimise the quantisation loss Q(B, R) = ||B - V R||^2 (Eq. 2), each
    with the other held fixed. A video's code is sgn((x - mean) W R), where sgn(0) = +1.

    Where L exceeds the number of directions (the feature width, or videos less one), V is taken
    to have L - d further columns of zeros. Nothing of the algorithm changes, and only the first d
    rows of the L x L rotation matter; these, orthonormal, are the R kept here.

    Parameters
    ----------
    bits : int
        Code length L.
    seed : int
        Seed of the random orthogonal start.
    iterations : int
        Rounds of alternating minimisation (50 in the paper).

    Attributes
    ----------
    mean_ : ndarray of float32, shape (dims,)
        Mean of the training videos' mean frames.
    projection_ : ndarray of float32, shape (dims, L)
        W R.
    loss_ : ndarray of float64, shape (rounds,)
        Q(B, R) / (N L) at the end of each round; it never rises. Fewer than ``iterations`` where
        B no longer changed: then R is a fixed point and further rounds would repeat it.
    """

    def __init__(self, bits: int = 64, seed: int = 0, iterations: int = 50) -> None:
        super().__init__(bits, seed)
        self.iterations = iterations

    def check_params(self) -> None:
        """Raise UsageError unless ``iterations`` is a positive whole number."""
        if not isinstance(self.iterations, int) or self.iterations < 1:
            raise UsageError(f"itq: iterations is {self.iterations!r}; at least 1 is needed")

    def fit(self, train: Videos) -> Self:
        """Learn mean, principal directions and rotation."""
        self.check_bits()
        self.check_params()
        X = train.mean_pooled()
        mean = train_mean(X, train.name)
        W = principal_directions(X, mean, self.bits)
        V = np.concatenate([(rows - mean) @ W for rows in _blocks(X)])
        R, self.loss_ = rotate(V, self.bits, self.iterations, self.seed)
        self.mean_ = mean
        self.projection_ = W @ R
        return self

    def encode(self, videos: Videos) -> BinaryCodes:
        """Return sgn((x - mean) W R) of each video's mean frame x."""
        self.check_fitted()
        return BinaryCodes.from_hyperplanes(
            videos.mean_pooled(), self.projection_, centre=self.mean_
        )

    def diagnostics(self) -> dict[str, Any]:
        """Return the quantisation loss by round."""
        return {"quantisation_loss": self.loss_.tolist()}


def rotate(
    V: NDArray[np.float32], bits: int, iterations: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Minimise ||B - V R||^2 over B in {-1, +1} and R with orthonormal rows (Sec. 3.2).

    Parameters
    ----------
    V : ndarray of shape (n, d)
        Centred, projected data; d is at most ``bits``.
    bits : int
        Columns L of B and R.
    iterations : int
        Rounds at most.
    seed : int
        Seed of the start.

    Returns
    -------
    R : ndarray of float32, shape (d, L)
        R R^T = I.
    loss : ndarray of float64
        ||B - V R||^2 / (n L) after each round.
    """
    n, d = V.shape
    start = np.random.default_rng(seed).standard_normal((bits, bits))
    R: NDArray[np.float32] = np.linalg.qr(start)[0][:d].astype(np.float32)
    energy = sum(float(np.vdot(rows, rows)) for rows in _blocks(V))
    losses: list[float] = []
    before: NDArray[np.bool_] | None = None
    for _ in range(iterations):
        # Fix R and update B: B = sgn(V R), the sum B^T V gathered on the way.
        signs = np.empty((n, bits), bool)
        BV = np.zeros((bits, d))
        for start_row, rows in zip(range(0, n, _ROWS), _blocks(V), strict=True):
            positive = (rows @ R) >= 0
            signs[start_row : start_row + len(rows)] = positive
            B = positive.astype(np.float32)
            B *= 2
            B -= 1
            BV += B.T @ rows
        if before is not None and np.array_equal(signs, before):
            break
        before = signs
        # Fix B and update R, the orthogonal Procrustes problem: B^T V = S Omega S'^T, R = S' S^T.
        S, omega, St = np.linalg.svd(BV, full_matrices=False)
        R = (S @ St).T.astype(np.float32)
        losses.append((n * bits + energy - 2 * float(omega.sum())) / (n * bits))
    return R, np.array(losses)


def principal_directions(
    X: NDArray[np.float32], mean: NDArray[np.float32], count: int
) -> NDArray[np.float32]:
    """Return the directions of largest variance of X as orthonormal columns, largest first.

    An exact solver of part of the spectrum. Of X^T X or X X^T, whichever is smaller, LAPACK's
    ``evr`` yields only the wanted eigenvectors; at 4096 dimensions that takes 4 s on two cores,
    where all of them take several times as long and Lanczos (ARPACK) 14 s for 256. A randomised
    solver would save nothing: its passes over X cost more than the product X^T X.

    Parameters
    ----------
    X : ndarray of float32, shape (n, dims)
        Data, not centred.
    mean : ndarray of float32, shape (dims,)
        Its mean.
    count : int
        Directions wanted.

    Returns
    -------
    ndarray of float32, shape (dims, min(count, rank))
        The sign of each is such that its entry of largest size is positive, for LAPACK's choice
        differs between machines.
    """
    n, dims = X.shape
    if n > dims:
        C = np.zeros((dims, dims))
        for rows in _blocks(X):
            centred = rows - mean
            C += centred.T @ centred
        W = _top_eigenvectors(C, count)[1]
    else:
        centred = (X - mean).astype(np.float64)
        values, U = _top_eigenvectors(centred @ centred.T, count)
        W = (centred.T @ U) / np.sqrt(values)
    W *= np.sign(W[np.abs(W).argmax(axis=0), np.arange(W.shape[1])])
    return W.astype(np.float32)


def train_mean(X: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    """Return the mean row of X; DataError where it is not finite."""
    from hashbench.errors import DataError

    mean: NDArray[np.float32] = X.mean(axis=0, dtype=np.float64).astype(np.float32)
    if not np.isfinite(mean).all():
        raise DataError(f"{name}: features hold NaN or infinite values")
    return mean


def _top_eigenvectors(
    C: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest eigenvalues of C that are not 0, and their vectors, in that order."""
    from scipy.linalg import eigh

    n = len(C)
    values, vectors = eigh(
        C, subset_by_index=[max(0, n - count), n - 1], driver="evr", overwrite_a=True
    )
    values, vectors = values[::-1], vectors[:, ::-1]
    # float32 features bear six digits: what is smaller is rounding, not variance.
    kept = max(1, int(np.count_nonzero(values > 1e-12 * max(values[0], 0.0) * n)))
    return np.maximum(values[:kept], np.finfo(float).tiny), vectors[:, :kept]


def _blocks(X: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(X), _ROWS):
        yield X[start : start + _ROWS]
