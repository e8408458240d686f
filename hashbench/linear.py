"""Linear algebra that methods share: means, projections, hyperplanes, principal directions.

All in float64, with every choice that a library would make otherwise on another machine made here.
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import MARGIN, projections
from hashbench.errors import DataError
from hashbench.randomness import random_state
from hashbench.workspace import default_cache

__all__ = [
    "MARGIN",
    "equal_runs",
    "finite_mean",
    "hyperplanes",
    "nearest_orthonormal",
    "principal_directions",
    "projections",
    "random_state",
    "room_for",
    "row_blocks",
    "settled_basis",
]

_Real = TypeVar("_Real", np.float32, np.float64)

_ROWS = 4096
"""Rows that are worked on at a time, so that temporary arrays stay in megabytes."""

_LARGE = 1 << 30
"""Bytes from which an array lies in a file."""

_SPARE = 8
"""Directions beyond those wanted, to see whether the last ones wanted have equals."""

_EQUAL = 1e-9
"""Variances that differ by less, as a part of the largest, count as equal."""


def finite_mean(X: NDArray[np.float32], name: str) -> NDArray[np.float64]:
    """Return the mean row of X, shape (dims,).

    Parameters
    ----------
    X : ndarray of float32, shape (n, dims)
    name : str
        What the message calls the data.

    Raises
    ------
    DataError
        If the features hold NaN or infinite values.

    Examples
    --------
    >>> finite_mean(np.array([[0, 1], [2, 3]], np.float32), "two videos").tolist()
    [1.0, 2.0]
    """
    mean: NDArray[np.float64] = X.mean(axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        raise DataError(f"{name}: features hold NaN or infinite values")
    return mean


def hyperplanes(dims: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return Gaussian normals, shape (count, dims); the first rows do not depend on ``count``."""
    normals: NDArray[np.float64] = random_state(seed).standard_normal((count, dims))
    return normals


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
        from scipy.linalg.blas import dsyrk

        # Half of it, as the eigensolver reads no more, and added up where it lies.
        C = np.zeros((dims, dims), order="F")
        for rows in row_blocks(X):
            C = dsyrk(1.0, (rows - mean).T, beta=1.0, c=C, lower=True, overwrite_c=True)
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
    """Cut sorted values where two neighbours differ by more than ``tolerance``.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Such as eigenvalues, in order.
    tolerance : float
        In units of the values.

    Returns
    -------
    list of slice
        Runs of values that count as equal.

    Examples
    --------
    >>> equal_runs(np.array([3.0, 2.0, 2.0, 1.0]), 1e-9)
    [slice(0, 1, None), slice(1, 3, None), slice(3, 4, None)]
    """
    cuts = np.flatnonzero(np.abs(np.diff(values)) > tolerance) + 1
    edges = [0, *cuts.tolist(), len(values)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def settled_basis(W: NDArray[np.float64], fixed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthonormal basis of W's span whose columns lie nearest to those of ``fixed``.

    An eigensolver may return any basis of the span of equal eigenvalues, and either sign of a
    single vector. This settles both. The sign does not go by the largest entry, because two
    entries may be equally large.

    Parameters
    ----------
    W : ndarray of float64, shape (n, k)
        Orthonormal columns.
    fixed : ndarray of float64, shape (n, k)
        Any fixed vectors, such as random ones of one seed.
    """
    return W @ nearest_orthonormal(W.T @ fixed)


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


def nearest_orthonormal(A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthonormal factor of A's polar decomposition: of its shape, nearest to A."""
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    nearest: NDArray[np.float64] = U @ Vt
    return nearest


def room_for(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return an array to be filled, in a file that is gone with it where it is large.

    From 1 GiB on it takes room on the disk in the cache folder, and of memory only what the system
    can spare.

    Parameters
    ----------
    shape : tuple of int

    Examples
    --------
    >>> room_for((2, 3)).shape
    (2, 3)
    """
    if 8 * math.prod(shape) < _LARGE:
        return np.empty(shape)
    folder = default_cache()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:  # the map outlives the open file
        return np.memmap(file, np.float64, "w+", shape=shape)


def row_blocks(X: NDArray[_Real]) -> Iterator[NDArray[_Real]]:
    """Yield X in blocks of 4,096 rows."""
    for start in range(0, len(X), _ROWS):
        yield X[start : start + _ROWS]
