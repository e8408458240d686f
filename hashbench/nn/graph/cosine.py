"""Cosine order of float32 vectors, settled in one fixed order of summation.

A matrix product gives cosines that move in the last bits with the shape of the tile, the number
of threads and the device, so it may only *nominate* neighbours. Which of two nearly equal ones is
nearer is decided here, on keys that depend on the two vectors alone.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError

_BLOCK = 1 << 21  # float64 products held at once (16 MiB)


def squares(mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the squared norm of each row, shape (n,) float64, in the fixed order.

    Raises
    ------
    DataError
        If a value is NaN or infinite.
    """
    n, dims = mean.shape
    norms = np.empty(n)
    rows = max(1, _BLOCK // dims)
    for start in range(0, n, rows):
        block = mean[start : start + rows].astype(np.float64)
        norms[start : start + rows] = _folded(block * block)
    broken = np.flatnonzero(~np.isfinite(norms))
    if broken.size:
        raise DataError(
            f"video {broken[0]} has NaN or infinite features ({broken.size} such videos): "
            "a neighbourhood needs finite ones"
        )
    return norms


def keys(
    mean: NDArray[np.float32],
    norms: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return numbers that order the ``columns`` of one row as their cosines do.

    The key of a pair (x, y) is ``d |d| / ||y||^2`` with ``d = x . y``: the cosine squared, with
    its sign, times ``||x||^2``, which a row has in common. Unlike the cosine it takes no root, so
    that vectors of whole numbers are compared without any rounding that could break a tie. A
    vector of zeros has cosine 0 with everything.

    Parameters
    ----------
    mean : ndarray of float32, shape (n, d)
        The vectors.
    norms : ndarray of float64, shape (n,)
        Their :func:`squares`.
    rows, columns : ndarray of int64, shape (p,)
        The pairs.

    Returns
    -------
    ndarray of float64, shape (p,)
        The keys; a pair's key depends on nothing but its two vectors.
    """
    found = np.zeros(len(rows))
    live = np.flatnonzero((norms[rows] > 0) & (norms[columns] > 0))
    step = max(1, _BLOCK // mean.shape[1])
    for start in range(0, len(live), step):
        at = live[start : start + step]
        # A product of two float32 is exact in float64: only the sums round.
        dots = _folded(mean[rows[at]].astype(np.float64) * mean[columns[at]])
        found[at] = dots * np.abs(dots) / norms[columns[at]]
    return found


def margin(dims: int, unit_roundoff: float) -> float:
    """Bound how far a matrix product of unit rows may be from the cosine, in any order of sums.

    ``gamma_d = d u / (1 - d u)`` for the product (Higham, Accuracy and Stability of Numerical
    Algorithms, Sec. 3.1), and a few roundings more for the rows brought to unit length.
    """
    return 1.02 * (dims + 8) * unit_roundoff


def duplicates(mean: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return for each row the number of its group of bitwise equal rows, shape (n,)."""
    numbers: dict[bytes, int] = {}
    group = np.empty(len(mean), np.int64)
    for i, row in enumerate(mean):
        digest = hashlib.blake2b(np.ascontiguousarray(row).data, digest_size=16).digest()
        group[i] = numbers.setdefault(digest, len(numbers))
    return group


def _folded(products: NDArray[Any]) -> NDArray[np.float64]:
    """Sum the rows by adding the upper half to the lower until one column is left.

    Elementwise additions only: unlike ``sum``, whose order follows memory layout and processor.
    """
    width = products.shape[1]
    while width > 1:
        half = (width + 1) // 2
        products[:, : width - half] += products[:, half:width]
        width = half
    return products[:, 0].astype(np.float64)
