"""Two-stage search: what is among the first K' by code can be ranked by the cosine of features.

Rescoring puts the candidates in their exact order. It finds those of the k nearest by cosine that
are among the candidates, and no others. So recall@k of the exact cosine ranking, after rescoring
the first K', is the share of the k nearest by cosine that the first K' by Hamming distance hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.ranking.counts import Counts

DIGITS = 12
"""Digits of a cosine that count: those beyond are rounding, which differs between machines."""

_BLOCK = 256


def nearest_by_cosine(
    query: NDArray[Any],
    database: NDArray[Any],
    find: int,
    own: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Return the items whose features have the largest cosine with each query's.

    Parameters
    ----------
    query, database : ndarray, shapes (n_query, dims) and (n, dims)
        Such as mean frames.
    find : int
        k, how many.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query, which is left out of its own list.

    Returns
    -------
    ndarray of int64, shape (n_query, find)
        Nearest first. Equal cosines stand in database order.

    Raises
    ------
    UsageError
        If the database has fewer items, or features of another width.
    """
    available = len(database) - (own is not None)
    if not 1 <= find <= available:
        raise UsageError(f"{find} nearest are asked for, and the database has {available} others")
    if query.shape[1:] != database.shape[1:]:
        raise UsageError(
            f"features of queries have shape {query.shape}, the database's {database.shape}"
        )
    items = unit(database)
    found = np.empty((len(query), find), np.int64)
    for start in range(0, len(query), _BLOCK):
        cosine = np.round(unit(query[start : start + _BLOCK]) @ items.T, DIGITS)
        if own is not None:
            cosine[np.arange(len(cosine)), own[start : start + _BLOCK]] = -np.inf
        found[start : start + _BLOCK] = highest(cosine, find)
    return found


def highest(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the places of the ``k`` highest of each row, equal ones in their order.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_query, n)
    k : int
        At least 1, at most n.

    Returns
    -------
    ndarray of int64, shape (n_query, k)
        Highest first.
    """
    # Whole rows are not sorted, which takes seven times as long. All that reach the k-th highest
    # are k or more, so that those equal to it are told apart by their order.
    least = np.partition(scores, -k, axis=1)[:, -k]
    rows, places = np.nonzero(scores >= least[:, None])
    order = np.lexsort((places, -scores[rows, places], rows))
    starts = np.searchsorted(rows, np.arange(len(scores)))
    found: NDArray[np.int64] = places[order][starts[:, None] + np.arange(k)]
    return found


def unit(points: NDArray[Any]) -> NDArray[np.float64]:
    """Return points at length 1, in float64; a point of zeros stays one."""
    v = np.asarray(points, np.float64)
    norms = np.linalg.norm(v, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = v / np.where(norms > 0, norms, 1)
    return scaled


def counts_of_items(
    counts: Counts, query: BinaryCodes, database: BinaryCodes, wanted: NDArray[np.int64]
) -> Counts:
    """Return counts whose hits are the items that are wanted, not those that share a label.

    Parameters
    ----------
    counts : Counts
        Of the Hamming ranking of the queries.
    query, database : BinaryCodes
    wanted : ndarray of int64, shape (n_query, k)
        Items of the database.
    """
    keys = counts.rows * (counts.n_bits + 1) + counts.distances  # ascending
    hits = np.zeros(len(keys), np.int64)
    for row, items in enumerate(wanted):
        differing = np.unpackbits(database.packed[items] ^ query.packed[row], axis=1).sum(axis=1)
        wished = row * (counts.n_bits + 1) + differing.astype(np.int64)
        places = np.searchsorted(keys, wished)
        # Beyond the depth that was counted there are no groups, and no rank that is asked for.
        inside = places < len(keys)
        inside[inside] = keys[places[inside]] == wished[inside]
        np.add.at(hits, places[inside], 1)
    return replace(counts, hits=hits, relevant=np.full(len(counts), wanted.shape[1], np.int64))
