"""Stages of a search beside Hamming ranking: asymmetric distance, and rescoring by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.ranking.asymmetric import asymmetric_distances
from hashbench.ranking.engine import Progress
from hashbench.ranking.rescoring import DIGITS, unit
from hashbench.ranking.shards import Shard
from hashbench.retrieval.nearest import Hits

_QUERIES, _ROWS = 64, 1 << 14  # a block of queries and of codes, some megabytes in float64


def search_asymmetric(
    shards: Sequence[Shard],
    query: tuple[BinaryCodes, NDArray[Any]],
    *,
    top: int,
    own: NDArray[np.int64] | None = None,
    progress: Progress | None = None,
) -> Hits:
    """Find the nearest items of each query by asymmetric distance, block by block.

    Parameters
    ----------
    shards : sequence of Shard
        In database order.
    query : (BinaryCodes, ndarray of shape (n_query, L))
        Codes of the queries, and what they are the signs of.
    top : int
        Items to find; the whole database where it is smaller.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query, to be left out of its own list.
    progress : callable, optional
        Called with (queries done, queries in all).

    Raises
    ------
    UsageError
        If the database has codes of another width.
    """
    codes, values = query
    found = []
    for first in range(0, len(codes), _QUERIES):
        rows = slice(first, first + _QUERIES)
        mine = None if own is None else own[rows]
        found.append(_nearest(shards, codes[rows], values[rows], top, mine))
        if progress is not None:
            progress(min(first + _QUERIES, len(codes)), len(codes))
    distances, items, hamming = (np.concatenate(parts) for parts in zip(*found, strict=True))
    starts = np.array([shard.start for shard in shards])
    where: NDArray[Any] = np.searchsorted(starts, items, side="right") - 1
    return Hits(hamming, items, where, asymmetric=distances)


def _nearest(
    shards: Sequence[Shard],
    codes: BinaryCodes,
    values: NDArray[Any],
    top: int,
    own: NDArray[np.int64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint16]]:
    """Return asymmetric distances, items and Hamming distances of a few queries, (n, top) each."""
    depth = min(top, sum(map(len, shards)) - (own is not None))
    best = np.zeros((len(codes), 0))
    items = np.zeros((len(codes), 0), np.int64)
    hamming = np.zeros((len(codes), 0), np.uint16)
    signs = codes.signs().astype(np.float32)
    for shard in shards:
        for start in range(0, len(shard), _ROWS):
            part = shard.read_codes(start, min(start + _ROWS, len(shard)))
            distances = asymmetric_distances(values, part)
            rows = shard.start + start + np.arange(len(part))
            if own is not None:
                distances[own[:, None] == rows] = np.inf
            # Products of -1 and +1 are whole numbers, exact in float32.
            differing = (codes.n_bits - signs @ part.signs().astype(np.float32).T) / 2
            best = np.concatenate([best, distances], axis=1)
            items = np.concatenate([items, np.broadcast_to(rows, distances.shape)], axis=1)
            hamming = np.concatenate([hamming, differing.astype(np.uint16)], axis=1)
            # Stable: equal distances stay in database order.
            near = np.argsort(best, axis=1, kind="stable")[:, :depth]
            best, items = np.take_along_axis(best, near, 1), np.take_along_axis(items, near, 1)
            hamming = np.take_along_axis(hamming, near, 1)
    return best, items, hamming


def rescored(hits: Hits, query: NDArray[Any], database: NDArray[Any], *, top: int) -> Hits:
    """Put hits in the order of the cosine of their features with the query's.

    Parameters
    ----------
    hits : Hits
        The candidates of each query.
    query, database : ndarray, shapes (n_query, dims) and (n, dims)
        Mean frames.
    top : int
        How many to return. Equal cosines stay in the order that they have.

    Raises
    ------
    UsageError
        If the features are of different widths.
    """
    if query.shape[1] != database.shape[1]:
        raise UsageError(
            f"--rescore: features of the query have {query.shape[1]} dimensions, those of the "
            f"database {database.shape[1]}"
        )
    pairs = zip(query, hits.items, strict=True)
    cosine = np.stack([unit(database[rows]) @ unit(row[None])[0] for row, rows in pairs])
    cosine = np.round(cosine, DIGITS)
    first = np.argsort(-cosine, axis=1, kind="stable")[:, :top]
    arrays = (hits.distances, hits.items, hits.shards, hits.asymmetric, cosine)
    taken = (None if a is None else np.take_along_axis(a, first, 1) for a in arrays)
    return Hits(*taken, scale=hits.scale)  # type: ignore[arg-type, misc]
