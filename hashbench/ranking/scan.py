"""Blockwise scan of a database: every item is compared, but only near ones are looked at.

A block of 64 items costs one mask. Masks are gathered for a run of blocks, and what is set in them
is looked at together. The threshold of a query falls as soon as the items below its last group are
enough for the share of the database that was seen, so that few bits of later masks are set. Where
they were not enough for the whole, the query is scanned again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hashbench.compiling import jit
from hashbench.ranking.comparing import compare, distance
from hashbench.ranking.kernels import lowest_bit
from hashbench.ranking.layout import LANES, ROOM

TILE_BYTES = 16384
"""A tile of the database that stays in the first-level cache while 64 queries pass over it."""

QUERIES = 64

RUN = 32
"""Blocks that are compared, at most, before what is near in them is looked at."""


@jit
def meet(multi: bool, a: Any, i: int, b: Any, j: int) -> bool:
    """Say whether label set ``i`` of ``a`` shares a label with set ``j`` of ``b``."""
    if not multi:
        return bool(a[i, 0] == b[j, 0])
    for w in range(a.shape[1]):  # noqa: SIM110 - numba compiles no generator
        if a[i, w] & b[j, w]:
            return True
    return False


@jit
def scan(
    blocks: Any,
    words: int,
    size: int,
    labels: Any,
    queries: Any,
    query_labels: Any,
    multi: bool,
    depth: int,
    radius: int,
    limit: Any,
    items: Any,
    hits: Any,
    near: Any,
) -> None:
    """Fill the tables of n_d and r_d for some queries, complete to ``depth`` and ``radius``.

    Parameters
    ----------
    blocks : ndarray of uint8, shape (n_blocks, bytes of a block)
        Of :func:`hashbench.ranking.comparing.arrange`.
    words : int
        Words of a code.
    size : int
        Items in the database; the last block may be filled up.
    labels, query_labels : ndarray of uint64, shape (n, label words)
        Label sets, or class ids where ``multi`` is false.
    queries : ndarray of uint8, shape (n_query, bytes of a query)
        Of :func:`hashbench.ranking.comparing.prepare`.
    limit : ndarray of int64, shape (n_query,)
        Distance up to which each query looks, at least ``radius``; falls to the final threshold.
    items, hits : ndarray of int32, shape (n_query, L + 1)
        Zeros; what lies beyond the final threshold is left incomplete.
    near : ndarray of uint16, shape (RUN * 64,), aligned to 64 bytes
        Room for the distances of a run of blocks. It comes from outside: compiled code frees an
        array of its own once nothing but its address is used.
    """
    n_blocks, step = blocks.shape
    tile = max(1, TILE_BYTES // step)
    seen = np.zeros(len(queries), dtype=np.int64)
    given = limit.copy()
    masks, places = np.empty(RUN, dtype=np.uint64), np.empty(RUN, dtype=np.int64)
    for q0 in range(0, len(queries), QUERIES):
        last = min(q0 + QUERIES, len(queries))
        for t0 in range(0, n_blocks, tile):
            t1 = min(t0 + tile, n_blocks)
            enough = expected(depth, min(t1 * LANES, size), size)
            pass_over(
                blocks, words, size, labels, queries, query_labels, multi, enough, radius,
                limit, items, hits, near, seen, masks, places, q0, last, t0, t1,
            )  # fmt: skip
        for q in range(q0, last):
            if seen[q] < min(depth, size) and limit[q] < given[q]:
                # The first items were nearer than the others, and too many were left out.
                items[q], hits[q], seen[q], limit[q] = 0, 0, 0, given[q]
                pass_over(
                    blocks, words, size, labels, queries, query_labels, multi, depth, radius,
                    limit, items, hits, near, seen, masks, places, q, q + 1, 0, n_blocks,
                )  # fmt: skip


@jit
def expected(depth: int, seen: int, size: int) -> int:
    """Return how many of the nearest ``depth`` to expect among the first ``seen`` items, at most.

    In random order their number is hypergeometric, and exceeds this once in some thousand times.
    """
    mean = depth * seen / size
    return min(depth, math.ceil(mean + 3 * math.sqrt(mean) + 3))


@jit
def pass_over(
    blocks: Any,
    words: int,
    size: int,
    labels: Any,
    queries: Any,
    query_labels: Any,
    multi: bool,
    enough: int,
    radius: int,
    limit: Any,
    items: Any,
    hits: Any,
    near: Any,
    seen: Any,
    masks: Any,
    places: Any,
    q0: int,
    q1: int,
    t0: int,
    t1: int,
) -> None:
    """Let queries ``q0`` to ``q1`` see blocks ``t0`` to ``t1``: a part of :func:`scan`.

    Parameters
    ----------
    enough : int
        Items that are to be left when a group is dropped.
    seen : ndarray of int64, shape (n_query,)
        Items within the threshold so far.
    masks : ndarray of uint64, shape (RUN,)
    places : ndarray of int64, shape (RUN,)
        Room for the blocks of a run that hold something near.
    """
    step = blocks.shape[1]
    base, distances = blocks.ctypes.data, near.ctypes.data
    for q in range(q0, q1):
        query = queries.ctypes.data + q * queries.shape[1]
        threshold, count = limit[q], seen[q]
        first = t0
        while first < t1:
            # At the start the threshold falls from block to block, later seldom.
            last = min(t1, first + min(RUN, max(1, first // 4)))
            found = 0
            for b in range(first, last):
                mask = compare(base + b * step, query, words, threshold, distances + found * ROOM)
                # The next block writes over it where nothing is near. A branch would be guessed
                # wrong in every fourth block, which takes longer than the comparison.
                masks[found], places[found] = mask, b
                found += int(mask != 0)
            first = last
            for f in range(found):
                mask, b = masks[f], places[f]
                while mask:
                    # The lanes within the threshold, lowest first: the step clears one bit.
                    lane = lowest_bit(mask)
                    mask &= mask - np.uint64(1)
                    item = b * LANES + lane
                    if item >= size:
                        break  # the padding of the last block, which lies behind all items
                    d = distance(base + b * step, query, words, distances + f * ROOM, lane)
                    if d > threshold:
                        continue
                    items[q, d] += 1
                    count += 1
                    hits[q, d] += meet(multi, query_labels, q, labels, item)
            # Where the groups nearer than the last hold enough items, the last one can no
            # longer matter. It is dropped, and later blocks are held against less.
            while threshold > radius and count - items[q, threshold] >= enough:
                count -= items[q, threshold]
                threshold -= 1
        limit[q], seen[q] = threshold, count
