"""Spherical Hamming distance (Heo et al., CVPR 2012): bits that differ over bits that are both 1.

It is no Hamming distance. Only measures that carry its name see it, and their counts are made
here, in one pass over the codes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.ranked import Ranked
from hashbench.ranking.shards import Shard

_QUERIES, _ITEMS = 64, 8192  # pairs that are looked at together


def spherical_ranks(n_bits: int) -> NDArray[np.int64]:
    """Return the place of every distance among all that codes of ``n_bits`` bits can have.

    Parameters
    ----------
    n_bits : int
        Code length L.

    Returns
    -------
    ndarray of int64, shape (L + 1, L + 1)
        At [x, a] the place of x / a, for x bits that differ and a that are both 1, x + a <= L.
        Equal fractions share a place. 0 / 0, two codes without a 1, is 0, and x / 0 is infinite.

    Examples
    --------
    >>> spherical_ranks(2).tolist()
    [[0, 0, 0], [2, 1, 0], [2, 0, 0]]
    """
    x, a = np.indices((n_bits + 1, n_bits + 1))
    divisor = np.maximum(np.gcd(x, a), 1)
    # Exact: two fractions of such small numbers that differ do so by 1e-8 at least.
    fractions = np.where(a > 0, (x // divisor) / np.maximum(a // divisor, 1), np.inf)
    fractions[0] = 0
    possible = x + a <= n_bits
    ranks = np.zeros(x.shape, np.int64)
    ranks[possible] = np.unique(fractions[possible], return_inverse=True)[1]
    return ranks


def spherical_ranked(
    shards: Sequence[Shard],
    query: BinaryCodes,
    labels: Labels,
    *,
    own: Ints | None = None,
    labelled: NDArray[np.bool_] | None = None,
) -> Ranked:
    """Return the rankings of queries by spherical Hamming distance, over the whole list.

    Parameters
    ----------
    shards : sequence of Shard
        The database.
    query : BinaryCodes
    labels : Labels
        Of the queries.
    own, labelled
        As of :class:`hashbench.ranking.Ranked`.

    Returns
    -------
    Ranked
        Its counts hold places of :func:`spherical_ranks` in place of distances.
    """
    ranks = spherical_ranks(query.n_bits)
    parts = []
    for start in range(0, len(query), _QUERIES):
        rows = slice(start, min(start + _QUERIES, len(query)))
        parts.append(_counted(shards, query[rows], labels[rows], ranks))
    return Ranked(Counts.stack(parts), own, labelled)


def _counted(
    shards: Sequence[Shard], query: BinaryCodes, labels: Labels, ranks: NDArray[np.int64]
) -> Counts:
    groups, size = int(ranks.max()) + 1, 0
    items, hits = (np.zeros(len(query) * groups, np.int64) for _ in range(2))
    relevant = np.zeros(len(query), np.int64)
    first = groups * np.arange(len(query))[:, None]
    mine, wanted = _bits(query), labels.multi_hot.astype(np.float32)
    for shard in shards:
        for start in range(0, len(shard), _ITEMS):
            codes, shown = shard.read(start, min(start + _ITEMS, len(shard)))
            theirs = _bits(codes)
            both = mine @ theirs.T
            differ = mine.sum(axis=1)[:, None] + theirs.sum(axis=1) - 2 * both
            places = first + ranks[differ.astype(np.intp), both.astype(np.intp)]
            alike = wanted @ shown.multi_hot.astype(np.float32).T > 0
            items += np.bincount(places.ravel(), minlength=len(items))
            hits += np.bincount(places[alike], minlength=len(hits))
            relevant += alike.sum(axis=1)
            size += len(codes)
    shape = (len(query), groups)
    return Counts.from_dense(
        items.reshape(shape), hits.reshape(shape), relevant, size=size, depth=size, radius=-1
    )


def _bits(codes: BinaryCodes) -> NDArray[np.float32]:
    """Return the bits as 0 and 1; sums of up to 4,096 of them are exact in float32."""
    return codes.unpack().astype(np.float32)
