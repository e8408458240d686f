"""Asymmetric distance: a real-valued query against binary codes.

The distance of a query with values v to a code b is the sum of |v_j| over the bits where b differs
from the query's own code sgn(v). It is the Hamming distance where all |v_j| are 1, and orders codes
as the Euclidean distance from v does (Dong, Charikar and Li, SIGIR 2008; Gordo et al., TPAMI 2014).
It is another measure than Hamming distance, and its numbers are never mixed with those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts, trimmed

_QUERIES = 256
"""Queries that are worked on at a time: some 100 bytes an item each."""

_EQUAL = 1e-9
"""Distances that differ by less, as a part of the sum of all |v_j|, count as equal."""


def asymmetric_distances(values: NDArray[Any], codes: BinaryCodes) -> NDArray[np.float64]:
    """Return the distance of each query to each code, shape (n_query, n), float64.

    Rounding is taken off: distances that are equal but for it are equal, and 0 is 0.

    Parameters
    ----------
    values : ndarray, shape (n_query, L)
        What the codes of the queries are the signs of.
    codes : BinaryCodes
        n codes of L bits.

    Raises
    ------
    UsageError
        If the widths differ, or a value is not finite.

    Examples
    --------
    >>> codes = BinaryCodes.from_bits([[1, 0], [0, 0], [0, 1]])
    >>> asymmetric_distances(np.array([[0.5, -2.0]]), codes)
    array([[0. , 0.5, 2.5]])
    """
    v = np.asarray(values, np.float64)
    if v.ndim != 2 or v.shape[1] != codes.n_bits:
        raise UsageError(f"values have shape {v.shape}; (queries, {codes.n_bits}) is needed")
    if not np.isfinite(v).all():
        raise UsageError("values are not finite: they give no distance")
    bits = codes.unpack().astype(np.float64)
    # Terms that are 0 or more: nothing cancels, and a query is at distance 0 of its own code.
    distances = np.maximum(v, 0) @ (1 - bits).T + np.maximum(-v, 0) @ bits.T
    steps = _EQUAL * np.abs(v).sum(axis=1, keepdims=True)
    steps[steps == 0] = 1
    found: NDArray[np.float64] = np.round(distances / steps) * steps
    return found


def asymmetric_counts(
    values: NDArray[Any], labels: Labels, codes: BinaryCodes, code_labels: Labels
) -> Counts:
    """Return counts by asymmetric distance, whose groups are numbered from the nearest on.

    Parameters
    ----------
    values, labels
        Of the queries.
    codes, code_labels
        Of the database.
    """
    packed, where, members = np.unique(
        codes.packed, axis=0, return_inverse=True, return_counts=True
    )
    order, starts = np.argsort(where.ravel(), kind="stable"), np.cumsum(members) - members
    distinct_codes = BinaryCodes(packed, codes.n_bits)
    rows, groups, items, hits, relevant = [], [], [], [], []
    for start in range(0, len(values), _QUERIES):
        some = slice(start, start + _QUERIES)
        shared = labels[some].relevance(code_labels)
        relevant.append(shared.sum(axis=1))
        hits_of = np.add.reduceat(shared[:, order].astype(np.int64), starts, axis=1)
        distances = asymmetric_distances(values[some], distinct_codes)
        for query, found in enumerate(distances):
            distinct, group = np.unique(found, return_inverse=True)
            rows.append(np.full(len(distinct), start + query))
            groups.append(np.arange(len(distinct)))
            items.append(np.bincount(group, members, len(distinct)))
            hits.append(np.bincount(group, hits_of[query], len(distinct)))
    r, g, n, h = (np.concatenate(parts).astype(np.int64) for parts in (rows, groups, items, hits))
    return trimmed(
        r,
        g,
        n,
        h,
        np.concatenate(relevant).astype(np.int64),
        n_bits=len(packed),
        size=len(codes),
        depth=len(codes),
        radius=-1,
    )
