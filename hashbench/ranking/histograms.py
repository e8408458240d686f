"""Whole lists, duplicates and label sets: what the scan is no good at.

Where a list is wanted to its end every pair must be counted, and where few codes are distinct
(short codes, a method that collapsed) each pair of distinct codes need be compared only once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hashbench.compiling import jit
from hashbench.ranking.comparing import measure
from hashbench.ranking.kernels import popcount
from hashbench.ranking.layout import LANES
from hashbench.ranking.relevance import relevant_to, set_bits


@jit
def whole_lists(
    blocks: Any,
    words: int,
    size: int,
    labels: Any,
    queries: Any,
    query_labels: Any,
    multi: bool,
    items: Any,
    hits: Any,
    near: Any,
    key: Any,
    turns: Any,
    relevant: Any,
) -> None:
    """Fill complete tables of n_d and r_d.

    Parameters
    ----------
    blocks, words, size, queries, query_labels, multi, near
        As in :func:`hashbench.ranking.scan.scan`.
    labels : ndarray of uint64
        Class ids, shape (size, 1), or with ``multi`` the items that carry each class, shape
        (C, ceil(size / 64)).
    items, hits : ndarray of int32, shape (n_query, L + 1)
    key : ndarray of uint32, shape (64,)
    turns : ndarray of int32, shape (4, 2 * (L + 1))
        Histograms in turn: equal distances in a row would wait for each other's store.
    relevant : ndarray of uint64, shape (n_blocks,)
        Room, like ``near``: code that makes arrays takes 1.4 times as long to compile.
    """
    n_blocks, step = blocks.shape
    base, first, width = blocks.ctypes.data, queries.ctypes.data, queries.shape[1]
    bins = items.shape[1]
    for q in range(len(queries)):
        turns[:] = 0
        if multi:
            relevant_to(labels, query_labels[q], relevant)
        for b in range(n_blocks):
            measure(base + b * step, first + q * width, words, near.ctypes.data)
            n = min(LANES, size - b * LANES)
            if multi:
                word = relevant[b]
                for i in range(LANES):
                    key[i] = 2 * near[i] + (word >> np.uint64(i) & np.uint64(1))
            else:
                wanted, first_item = query_labels[q, 0], b * LANES
                for i in range(n):
                    key[i] = 2 * near[i] + (labels[first_item + i, 0] == wanted)
            for i in range(0, n - 3, 4):
                turns[0, key[i]] += 1
                turns[1, key[i + 1]] += 1
                turns[2, key[i + 2]] += 1
                turns[3, key[i + 3]] += 1
            for i in range(n - n % 4, n):
                turns[0, key[i]] += 1
        for d in range(bins):
            for turn in range(4):
                hits[q, d] += turns[turn, 2 * d + 1]
                items[q, d] += turns[turn, 2 * d] + turns[turn, 2 * d + 1]


@jit
def distinct_codes(
    codes: Any,
    starts: Any,
    labels: Any,
    query: Any,
    query_labels: Any,
    multi: bool,
    depth: int,
    radius: int,
    items: Any,
    hits: Any,
    near: Any,
    relevant: Any,
) -> None:
    """Fill the tables of queries that all have one code.

    Parameters
    ----------
    codes : ndarray of uint64, shape (n_codes, words)
        The distinct codes of the database.
    starts : ndarray of int64, shape (n_codes + 1,)
        Code ``c`` is that of items ``starts[c]:starts[c + 1]`` of ``labels``.
    labels : ndarray of uint64
        Class ids, shape (size, 1), or with ``multi`` the items that carry each class, shape
        (C, ceil(size / 64)).
    query : ndarray of uint64, shape (words,)
    query_labels : ndarray of uint64, shape (n_query, label words)
    depth, radius : int
    items, hits : ndarray of int32, shape (n_query, L + 1)
        Zeros; n_d is complete, r_d to the group of item ``depth`` and to ``radius``.
    near : ndarray of int64, shape (n_codes,)
    relevant : ndarray of uint64, shape (words of ``labels``,)
        Room for the distances of the codes, and for the items that share a label.
    """
    for c in range(len(codes)):
        d = 0
        for w in range(codes.shape[1]):
            d += popcount(codes[c, w] ^ query[w])
        near[c] = d
        items[0, d] += starts[c + 1] - starts[c]
    # Of whole rows, numba would compile the text of an error, for shapes that differ. This takes
    # two seconds, more than all else here.
    for q in range(1, len(items)):
        for d in range(items.shape[1]):
            items[q, d] = items[0, d]
    last = 0
    count = items[0, 0]
    while last < items.shape[1] - 1 and (count < depth or last < radius):
        last += 1
        count += items[0, last]
    for q in range(len(query_labels)):
        if multi:
            relevant_to(labels, query_labels[q], relevant)
        wanted = query_labels[q, 0]
        for c in range(len(codes)):
            if near[c] > last:
                continue
            total = 0
            if multi:
                total = set_bits(relevant, starts[c], starts[c + 1])
            else:
                for i in range(starts[c], starts[c + 1]):
                    total += labels[i, 0] == wanted
            hits[q, near[c]] += total


@jit
def compress(
    items: Any, hits: Any, depth: int, radius: int, offsets: Any, out: Any, write: bool
) -> None:
    """Count the groups that depth and radius need, or write them.

    Parameters
    ----------
    items, hits : ndarray of int32, shape (n_query, L + 1)
    offsets : ndarray of int64, shape (n_query + 1,)
        Filled on the first call (``write`` false), read on the second.
    out : ndarray of int64, shape (3, n_groups)
        Distance, items and hits of each group.
    """
    for q in range(len(items)):
        before = 0
        group = offsets[q]
        for d in range(items.shape[1]):
            if before >= depth and d > radius:
                break
            n = items[q, d]
            if n == 0:
                continue
            if write:
                out[0, group] = d
                out[1, group] = n
                out[2, group] = hits[q, d]
            group += 1
            before += n
        if not write:
            offsets[q + 1] = group
