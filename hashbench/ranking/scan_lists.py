"""Blockwise scan for lists: the nearest items themselves, equal distances in database order."""

from __future__ import annotations

from typing import Any

import numpy as np

from hashbench.compiling import jit
from hashbench.ranking.comparing import compare, distance
from hashbench.ranking.kernels import lowest_bit
from hashbench.ranking.layout import LANES
from hashbench.ranking.scan import TILE_BYTES, meet

QUERIES = 64


@jit
def scan_lists(
    blocks: Any,
    words: int,
    size: int,
    labels: Any,
    queries: Any,
    query_labels: Any,
    multi: bool,
    depth: int,
    n_bits: int,
    bound: Any,
    near: Any,
    found: Any,
    relevant: Any,
    room: Any,
) -> None:
    """Fill the nearest ``depth`` items of some queries, equal distances in database order.

    Items come in database order, so one as far as the last of a full list stays out: the
    threshold falls further than where whole groups are counted.

    Parameters
    ----------
    blocks, words, size, labels, queries, query_labels, multi
        As in :func:`hashbench.ranking.scan.scan`.
    bound : ndarray of int64, shape (n_query,)
        Distance up to which each query looks; below 0, at nothing.
    near : ndarray of uint16, shape (n_query, depth)
    found : ndarray of int64, shape (n_query, depth)
        Full of -1.
    relevant : ndarray of bool, shape (n_query, depth)
        The lists; ``depth`` is at most ``size``. Places that stay empty are left as they are.
    room : ndarray of uint16, shape (64,) at least, aligned to 64 bytes
        For the distances of a block, as in :func:`hashbench.ranking.scan.scan`.
    """
    n_blocks, step = blocks.shape
    tile = max(1, TILE_BYTES // step)
    base, first, width = blocks.ctypes.data, queries.ctypes.data, queries.shape[1]
    distances = room.ctypes.data
    # Items that fell behind are not removed one by one. Room for as many again makes compacting
    # rare, and each of its passes then frees at least half.
    room = 2 * depth + 1024
    kept_d = np.empty((QUERIES, room), dtype=np.uint16)
    kept_i = np.empty((QUERIES, room), dtype=np.int64)
    histogram = np.empty((QUERIES, n_bits + 1), dtype=np.int64)
    for q0 in range(0, len(queries), QUERIES):
        histogram[:] = 0
        last = np.full(QUERIES, n_bits)  # distance of the last item of the list, once it is full
        length = np.zeros(QUERIES, dtype=np.int64)
        seen = np.zeros(QUERIES, dtype=np.int64)  # items at most as far as the last
        for t0 in range(0, n_blocks, tile):
            for q in range(q0, min(q0 + QUERIES, len(queries))):
                s = q - q0
                for b in range(t0, min(t0 + tile, n_blocks)):
                    # Once a list is full, an item as far as its last comes too late: it stands
                    # behind all of that distance that are there.
                    limit = last[s] - 1 if seen[s] >= depth else bound[q]
                    if limit < 0:
                        break
                    block, query = base + b * step, first + q * width
                    mask = compare(block, query, words, limit, distances)
                    while mask:
                        lane = lowest_bit(mask)
                        mask &= mask - np.uint64(1)
                        item = b * LANES + lane
                        if item >= size:
                            break
                        d = distance(block, query, words, distances, lane)
                        if d > limit or (seen[s] >= depth and d >= last[s]):
                            continue  # the mask is as old as the block; the list filled since
                        if length[s] == room:
                            length[s] = compact(kept_d[s], kept_i[s], last[s], depth)
                        kept_d[s, length[s]] = d
                        kept_i[s, length[s]] = item
                        length[s] += 1
                        histogram[s, d] += 1
                        seen[s] += 1
                        while seen[s] - histogram[s, last[s]] >= depth:
                            seen[s] -= histogram[s, last[s]]
                            last[s] -= 1
        for q in range(q0, min(q0 + QUERIES, len(queries))):
            s = q - q0
            emit(kept_d[s, : length[s]], kept_i[s, : length[s]], n_bits, near[q], found[q])
            for place in range(min(depth, length[s])):
                relevant[q, place] = meet(multi, query_labels, q, labels, found[q, place])


@jit
def compact(distances: Any, items: Any, last: int, depth: int) -> int:
    """Keep, in order, what can still be among the first ``depth``; return how many they are."""
    nearer = 0
    for i in range(len(distances)):
        nearer += distances[i] < last
    spare = depth - nearer
    kept = 0
    for i in range(len(distances)):
        if distances[i] > last or (distances[i] == last and spare <= 0):
            continue
        spare -= distances[i] == last
        distances[kept] = distances[i]
        items[kept] = items[i]
        kept += 1
    return kept


@jit
def emit(distances: Any, items: Any, n_bits: int, near: Any, found: Any) -> None:
    """Write the first ``len(near)`` items by distance, equal ones as they stand."""
    starts = np.zeros(n_bits + 2, dtype=np.int64)
    for d in distances:
        starts[d + 1] += 1
    for d in range(n_bits + 1):
        starts[d + 1] += starts[d]
    for i in range(len(distances)):
        place = starts[distances[i]]
        starts[distances[i]] += 1
        if place < len(near):
            near[place] = distances[i]
            found[place] = items[i]
