"""Relevance of all items to a query at once, a bit an item.

Which items carry a class is a row of bits. Those that share a label with a query are the rows of
its classes together, so that 64 items cost one instruction a label of the query.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.compiling import jit
from hashbench.ranking.kernels import lowest_bit, popcount

Words = NDArray[np.uint64]


def carriers(labels: NDArray[np.bool_]) -> Words:
    """Return which items carry each class.

    Parameters
    ----------
    labels : ndarray of bool, shape (n, C)

    Returns
    -------
    ndarray of uint64, shape (C, ceil(n / 64))
        Bit i of a class's words: item i carries it.
    """
    packed = np.packbits(labels.T, axis=1, bitorder="little")
    rows = np.zeros((len(packed), 8 * -(-len(labels) // 64)), dtype=np.uint8)
    rows[:, : packed.shape[1]] = packed
    return rows.view(np.uint64)


@jit
def relevant_to(carriers: Any, wanted: Any, out: Any) -> None:
    """Write the bits of the items that share a label with ``wanted``.

    Parameters
    ----------
    carriers : ndarray of uint64, shape (C, ceil(n / 64))
    wanted : ndarray of uint64, shape (label words,)
    out : ndarray of uint64, shape (ceil(n / 64),)
    """
    out[:] = 0
    for w in range(len(wanted)):
        left = wanted[w]
        while left:
            row = carriers[64 * w + lowest_bit(left)]
            left &= left - np.uint64(1)
            for i in range(len(out)):
                out[i] |= row[i]


@jit
def set_bits(words: Any, start: int, stop: int) -> int:
    """Return how many of the bits from ``start`` to before ``stop`` are set."""
    if start >= stop:
        return 0
    first, last = start >> 6, (stop - 1) >> 6
    head = ~np.uint64(0) << np.uint64(start & 63)
    tail = ~np.uint64(0) >> np.uint64(63 - ((stop - 1) & 63))
    if first == last:
        return int(popcount(words[first] & head & tail))
    total = popcount(words[first] & head) + popcount(words[last] & tail)
    for i in range(first + 1, last):
        total += popcount(words[i])
    return int(total)


@jit
def relevant_totals(carriers: Any, wanted: Any, totals: Any) -> None:
    """Count, for each label set ``wanted``, the items that share a label with it.

    Parameters
    ----------
    carriers : ndarray of uint64, shape (C, ceil(n / 64))
    wanted : ndarray of uint64, shape (n_wanted, label words)
    totals : ndarray of int64, shape (n_wanted,)
    """
    relevant = np.empty(carriers.shape[1], dtype=np.uint64)
    for q in range(len(wanted)):
        relevant_to(carriers, wanted[q], relevant)
        totals[q] = set_bits(relevant, 0, 64 * len(relevant))
