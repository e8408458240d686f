"""How many of a video's nearest neighbours share its class, and how many would by chance.

Neighbours come as positions, from whatever found them: mean frames, frames in order, codes or a
finished graph. Labels serve the report only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.ranking.clusters import class_clusters
from hashbench.ranking.intervals import Interval, mean_interval

Floats = NDArray[np.float64]

_PAIRS = 1 << 20  # pairs of label sets compared at a time


@dataclass(frozen=True, slots=True)
class NeighbourPrecision:
    """The share of right neighbours over all labelled videos.

    Attributes
    ----------
    share : Interval
        Mean over the videos that have a label and a neighbour. Videos of one class vary together,
        so that the interval generalises to other classes. It ends at 0 and 1.
    chance : float
        The mean, over the same videos, of the share that random neighbours would reach.
    left_out : int
        Videos without a label or without a neighbour.
    """

    share: Interval
    chance: float
    left_out: int


def neighbour_precision(neighbours: ArrayLike | Any, labels: Labels) -> NeighbourPrecision:
    """Return the share of neighbours that have a label in common with their video.

    Parameters
    ----------
    neighbours : array of int, shape (n, k), or scipy.sparse matrix, shape (n, n)
        Positions of each video's neighbours, itself left out; or a graph, whose stored entries
        outside the diagonal are the neighbours and may be more for one video than for another.
    labels : Labels
        Of the n videos.

    Raises
    ------
    UsageError
        If the shapes do not fit, a position is out of range or the video itself.
    DataError
        If fewer than two videos have both a label and a neighbour.

    Examples
    --------
    >>> labels = Labels.from_array([0, 0, 0, 1, 1, 1])
    >>> found = neighbour_precision([[1, 2], [0, 2], [0, 3], [4, 5], [3, 5], [0, 1]], labels)
    >>> found.share.mean, round(found.chance, 6)
    (0.75, 0.4)
    """
    shares = neighbour_shares(neighbours, labels)
    return precision_of(shares, labels)


def precision_of(shares: Floats, labels: Labels) -> NeighbourPrecision:
    """Return the mean, its interval and chance of shares that are known already.

    Parameters
    ----------
    shares : ndarray of float64, shape (n,)
        Of each video; NaN for one without a neighbour. One without a label is left out as well.
    labels : Labels
        Of the n videos.

    Raises
    ------
    DataError
        If fewer than two shares are left.
    """
    counted = labels.multi_hot.any(axis=1) & ~np.isnan(shares)
    if np.count_nonzero(counted) < 2:
        raise DataError(
            f"{np.count_nonzero(counted)} of {len(labels)} videos have a label and a neighbour; "
            "at least 2 are needed"
        )
    interval = mean_interval(shares[counted], class_clusters(labels[counted]), deterministic=True)
    return NeighbourPrecision(
        # The t interval knows no bounds; a share does.
        share=replace(interval, low=max(0.0, interval.low), high=min(1.0, interval.high)),
        chance=float(chance_shares(labels)[counted].mean()),
        left_out=int(np.count_nonzero(~counted)),
    )


def neighbour_shares(neighbours: ArrayLike | Any, labels: Labels) -> Floats:
    """Return of each video the share of its neighbours with a common label, shape (n,) float64.

    A video without neighbours has NaN. One without a label has 0.

    Parameters
    ----------
    neighbours, labels
        As in :func:`neighbour_precision`.

    Raises
    ------
    UsageError
        As :func:`neighbour_precision`.
    """
    starts, columns = _lists(neighbours, len(labels))
    words = labels.words()
    degree = np.diff(starts)
    rows = np.repeat(np.arange(len(labels)), degree)
    right = np.empty(len(columns), np.int64)
    step = max(1, _PAIRS // words.shape[1])
    for at in range(0, len(columns), step):
        pair = slice(at, at + step)
        right[pair] = (words[rows[pair]] & words[columns[pair]]).any(axis=1)
    hits = np.bincount(rows, weights=right, minlength=len(labels))
    shares = np.full(len(labels), np.nan)
    np.divide(hits, degree, out=shares, where=degree > 0)
    return shares


def chance_shares(labels: Labels) -> Floats:
    """Return the share of all other videos that have a label in common with each, shape (n,).

    It is what neighbours drawn at random reach on average. Videos with the same label set are
    counted once, so that no (n, n) array is formed.

    Raises
    ------
    DataError
        If there are fewer than two videos.

    Examples
    --------
    >>> chance_shares(Labels.from_array([[1, 0], [1, 1], [0, 1], [0, 0], [0, 1]])).tolist()
    [0.25, 0.75, 0.5, 0.0, 0.5]
    """
    n = len(labels)
    if n < 2:
        raise DataError(f"{n} video has no others to be compared with")
    kinds, kind, times = np.unique(labels.words(), axis=0, return_inverse=True, return_counts=True)
    related = np.empty(len(kinds), np.int64)
    step = max(1, _PAIRS // kinds.size)
    for at in range(0, len(kinds), step):
        shared = (kinds[at : at + step, None, :] & kinds[None]).any(axis=2)
        related[at : at + step] = shared @ times
    itself = kinds.any(axis=1)  # A video is no neighbour of its own.
    shares: Floats = ((related - itself) / (n - 1))[kind.reshape(-1)]
    return shares


def _lists(neighbours: ArrayLike | Any, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the neighbours of each video begin, (n + 1,), and all of them in a row."""
    from scipy.sparse import issparse

    if issparse(neighbours):
        return _edges(neighbours, n)
    array = np.asarray(neighbours)
    if array.ndim != 2 or len(array) != n or array.dtype.kind not in "iu":
        raise UsageError(
            f"neighbours are {array.dtype} of shape {array.shape}; positions ({n}, k) are needed"
        )
    if array.size and (array.min() < 0 or array.max() >= n):
        raise UsageError(f"a neighbour is outside the positions 0 to {n - 1}")
    alone = np.flatnonzero((array == np.arange(n)[:, None]).any(axis=1))
    if alone.size:
        raise UsageError(f"video {alone[0]} is listed as a neighbour of its own")
    starts = np.arange(0, array.size + 1, array.shape[1]) if array.size else np.zeros(n + 1)
    return starts.astype(np.int64), array.reshape(-1).astype(np.int64)


def _edges(graph: Any, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what :func:`_lists` does of a sparse matrix, its diagonal left out."""
    if graph.shape != (n, n):
        raise UsageError(f"a graph of shape {graph.shape} for {n} labels")
    pairs = graph.tocoo()
    apart = pairs.row != pairs.col
    rows, columns = pairs.row[apart], pairs.col[apart].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    return starts, columns[np.argsort(rows, kind="stable")]
