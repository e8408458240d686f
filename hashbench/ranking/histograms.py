"""Whole lists, duplicates and label sets: what the scan is no good at.

Where a list is wanted to its end every pair must be counted, and where few codes are distinct
(short codes, a method that collapsed) each pair of distinct codes need be compared only once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hashbench.compiling import jit
from hashbench.ranking.kernels import popcount
from hashbench.ranking.scan import meet

CHUNK = 1024


@jit
def whole_lists(
    columns: Any,
    labels: Any,
    queries: Any,
    query_labels: Any,
    multi: bool,
    items: Any,
    hits: Any,
) -> None:
    """Fill complete tables of n_d and r_d.

    Parameters
    ----------
    columns : ndarray of uint64, shape (words, size)
        The database, one word of all items after the other.
    labels : ndarray of uint64, shape (label words, size)
    queries : ndarray of uint64, shape (n_query, words)
    query_labels : ndarray of uint64, shape (n_query, label words)
    items, hits : ndarray of int32, shape (n_query, L + 1)
    """
    words, size = columns.shape
    bins = items.shape[1]
    key = np.empty(CHUNK, dtype=np.int64)
    # Two histograms in turn: equal distances in a row would wait for each other's store.
    even = np.empty(2 * bins, dtype=np.int64)
    odd = np.empty(2 * bins, dtype=np.int64)
    for q in range(len(queries)):
        even[:] = 0
        odd[:] = 0
        for start in range(0, size, CHUNK):
            n = min(CHUNK, size - start)
            relevance_bits(labels, start, n, query_labels[q], multi, key)
            for w in range(words):
                word = queries[q, w]
                for i in range(n):
                    key[i] += 2 * popcount(columns[w, start + i] ^ word)
            for i in range(0, n - 1, 2):
                even[key[i]] += 1
                odd[key[i + 1]] += 1
            if n % 2:
                even[key[n - 1]] += 1
        for d in range(bins):
            hits[q, d] = even[2 * d + 1] + odd[2 * d + 1]
            items[q, d] = even[2 * d] + odd[2 * d] + hits[q, d]


@jit
def relevance_bits(labels: Any, start: int, n: int, wanted: Any, multi: bool, out: Any) -> None:
    """Write 1 for each of ``n`` items that shares a label with ``wanted``, else 0."""
    if not multi:
        for i in range(n):
            out[i] = labels[0, start + i] == wanted[0]
        return
    for i in range(n):
        out[i] = 0
    for w in range(labels.shape[0]):
        for i in range(n):
            out[i] |= (labels[w, start + i] & wanted[w]) != 0


@jit
def relevant_totals(labels: Any, weights: Any, wanted: Any, totals: Any) -> None:
    """Count, for each label set ``wanted``, the items that share a label with it.

    Parameters
    ----------
    labels : ndarray of uint64, shape (label words, n_sets)
    weights : ndarray of int64, shape (n_sets,)
        Items that carry each set.
    wanted : ndarray of uint64, shape (n_wanted, label words)
    totals : ndarray of int64, shape (n_wanted,)
    """
    shared = np.empty(CHUNK, dtype=np.int64)
    for q in range(len(wanted)):
        total = 0
        for start in range(0, labels.shape[1], CHUNK):
            n = min(CHUNK, labels.shape[1] - start)
            relevance_bits(labels, start, n, wanted[q], True, shared)
            for i in range(n):
                total += shared[i] * weights[start + i]
        totals[q] = total


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
) -> None:
    """Fill the tables of queries that all have one code.

    Parameters
    ----------
    codes : ndarray of uint64, shape (n_codes, words)
        The distinct codes of the database.
    starts : ndarray of int64, shape (n_codes + 1,)
        Code ``c`` is that of items ``starts[c]:starts[c + 1]`` of ``labels``.
    labels : ndarray of uint64, shape (size, label words)
    query : ndarray of uint64, shape (words,)
    query_labels : ndarray of uint64, shape (n_query, label words)
    depth, radius : int
    items, hits : ndarray of int32, shape (n_query, L + 1)
        Zeros; n_d is complete, r_d to the group of item ``depth`` and to ``radius``.
    """
    near = np.empty(len(codes), dtype=np.int64)
    for c in range(len(codes)):
        d = 0
        for w in range(codes.shape[1]):
            d += popcount(codes[c, w] ^ query[w])
        near[c] = d
        items[0, d] += starts[c + 1] - starts[c]
    for q in range(1, len(items)):
        items[q] = items[0]
    last = 0
    count = items[0, 0]
    while last < items.shape[1] - 1 and (count < depth or last < radius):
        last += 1
        count += items[0, last]
    for c in range(len(codes)):
        if near[c] > last:
            continue
        for q in range(len(query_labels)):
            total = 0
            if multi:
                for i in range(starts[c], starts[c + 1]):
                    total += meet(True, query_labels, q, labels, i)
            else:
                wanted = query_labels[q, 0]
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
