"""Iterative quantization (ITQ): Gong, Lazebnik, Gordo and Perronnin, TPAMI 2013."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from hashbench import BinaryCodes, Method, MethodSpec, Videos, hookimpl
from hashbench.codes import MARGIN
from hashbench.errors import DataError, UsageError
from hashbench.randomness import random_state

_Real = TypeVar("_Real", np.float32, np.float64)

_ROWS = 4096
"""Videos that are worked on at a time, so that temporary arrays stay in megabytes."""

_SPARE = 8
"""Directions beyond those wanted, to see whether the last ones wanted have equals."""

_EQUAL = 1e-9
"""Variances that differ by less, as a part of the largest, count as equal."""


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

    The codes are the same on every machine. All is in float64, B depends on its rounding only
    where a projection is 0, and R is made from B anew in each round, so that errors do not grow.
    The random start belongs to the space that W spans, not to W: directions of equal variance,
    which LAPACK may turn or mirror, yield the same codes.

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
    mean_ : ndarray of float64, shape (dims,)
        Mean of the training videos' mean frames.
    projection_ : ndarray of float64, shape (dims, L)
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
        R, self.loss_ = rotate(V, random_start(W, self.bits, self.seed), self.iterations)
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


def random_start(W: NDArray[np.float64], bits: int, seed: int) -> NDArray[np.float64]:
    """Return a random R, shape (d, bits), with orthonormal rows, such that W R depends on W's span.

    The orthonormal matrix nearest to W^T G, where G is Gaussian. It is as random as the orthogonal
    factor of a Gaussian matrix, and turns with W: for W O it is O^T R.

    Parameters
    ----------
    W : ndarray of float64, shape (dims, d)
        Orthonormal columns; d is at most ``bits``.
    bits : int
        Columns L.
    seed : int
        Seed of G.
    """
    G = random_state(seed).standard_normal((len(W), bits))
    return _nearest_orthonormal(W.T @ G)


def rotate(
    V: NDArray[np.float64], start: NDArray[np.float64], iterations: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minimise ||B - V R||^2 over B in {-1, +1} and R with orthonormal rows (Sec. 3.2).

    Parameters
    ----------
    V : ndarray of float64, shape (n, d)
        Centred, projected data.
    start : ndarray of float64, shape (d, L)
        The first R; d is at most L.
    iterations : int
        Rounds at most.

    Returns
    -------
    R : ndarray of float64, shape (d, L)
        R R^T = I.
    loss : ndarray of float64
        ||B - V R||^2 / (n L) after each round.
    """
    n, bits, R = len(V), start.shape[1], start
    energy = sum(float(np.vdot(rows, rows)) for rows in _blocks(V))
    # A video at the mean, whose projections are rounding alone, counts as on the plane: +1.
    least = -MARGIN * np.sqrt(energy / n)
    losses: list[float] = []
    before: NDArray[np.bool_] | None = None
    for _ in range(iterations):
        # Fix R and update B: B = sgn(V R), the sum B^T V gathered on the way.
        signs = np.empty((n, bits), bool)
        BV = np.zeros((bits, V.shape[1]))
        for start_row, rows in zip(range(0, n, _ROWS), _blocks(V), strict=True):
            positive = (rows @ R) >= least
            signs[start_row : start_row + len(rows)] = positive
            B = positive.astype(np.float64)
            B *= 2
            B -= 1
            BV += B.T @ rows
        if before is not None and np.array_equal(signs, before):
            break
        before = signs
        # Fix B and update R, the orthogonal Procrustes problem: B^T V = S Omega S'^T, R = S' S^T.
        S, omega, St = np.linalg.svd(BV, full_matrices=False)
        R = (S @ St).T
        losses.append((n * bits + energy - 2 * float(omega.sum())) / (n * bits))
    return R, np.array(losses)


def _nearest_orthonormal(A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthonormal factor of A's polar decomposition."""
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    nearest: NDArray[np.float64] = U @ Vt
    return nearest


def principal_directions(
    X: NDArray[np.float32], mean: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return the directions of largest variance of X as orthonormal columns, largest first.

    An exact solver of part of the spectrum. Of X^T X or X X^T, whichever is smaller, LAPACK's
    ``evr`` yields only the wanted eigenvectors; at 4096 dimensions that takes 4 s on two cores,
    where all of them take several times as long and Lanczos (ARPACK) 14 s for 256. A randomised
    solver would save nothing: its passes over X cost more than the product X^T X.

    Parameters
    ----------
    X : ndarray of float32, shape (n, dims)
        Data, not centred.
    mean : ndarray of float64, shape (dims,)
        Its mean.
    count : int
        Directions wanted.

    Returns
    -------
    ndarray of float64, shape (dims, min(count, rank))
        The choices that LAPACK makes otherwise on every machine are made here, by products with
        fixed random vectors: the sign of each, and which of the bases spans the directions of one
        variance.
    """
    n, dims = X.shape
    if n > dims:
        C = np.zeros((dims, dims))
        for rows in _blocks(X):
            centred = rows - mean
            C += centred.T @ centred
        values, W = _top_eigenvectors(C, count + _SPARE)
    else:
        centred = (X - mean).astype(np.float64)
        values, U = _top_eigenvectors(centred @ centred.T, count + _SPARE)
        W = (centred.T @ U) / np.sqrt(values)
    fixed = random_state(0).standard_normal((dims, W.shape[1]))
    for columns in equal_runs(values, _EQUAL * values[0]):
        W[:, columns] = settled_basis(W[:, columns], fixed[:, columns])
    return np.ascontiguousarray(W[:, :count])


def equal_runs(values: NDArray[np.float64], tolerance: float) -> list[slice]:
    """Cut sorted values where two neighbours differ by more than ``tolerance``."""
    cuts = np.flatnonzero(np.abs(np.diff(values)) > tolerance) + 1
    edges = [0, *cuts.tolist(), len(values)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def settled_basis(W: NDArray[np.float64], fixed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthonormal basis of W's span whose columns lie nearest to those of ``fixed``.

    Of a single column this settles the sign. Not by its largest entry, for two may be equal.
    """
    return W @ _nearest_orthonormal(W.T @ fixed)


def train_mean(X: NDArray[np.float32], name: str) -> NDArray[np.float64]:
    """Return the mean row of X; DataError where it is not finite."""
    mean: NDArray[np.float64] = X.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        raise DataError(f"{name}: features hold NaN or infinite values")
    return mean


def _top_eigenvectors(
    C: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest eigenvalues of C that are not 0, and their vectors, in that order."""
    from scipy.linalg import eigh

    n = len(C)
    values, vectors = eigh(C, subset_by_index=[max(0, n - count), n - 1], driver="evr")
    # float32 features bear six digits: what is smaller is rounding, not variance.
    least = 1e-12 * max(values[-1], 0.0) * n
    last = values[min(_SPARE, len(values) - 1)]
    if len(values) < n and last > least and values[0] >= last - _EQUAL * values[-1]:
        # The last one wanted may have more equals than were asked for.
        values, vectors = eigh(C, driver="evr")
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = max(1, int(np.count_nonzero(values > least)))
    return np.maximum(values[:kept], np.finfo(float).tiny), vectors[:, :kept]


def _blocks(X: NDArray[_Real]) -> Iterator[NDArray[_Real]]:
    for start in range(0, len(X), _ROWS):
        yield X[start : start + _ROWS]
