"""Comparison of a block by table lookup: for AVX2, which cannot count the bits of a vector.

A code is taken as half bytes. The distance of an item is a sum over them of table entries: how
many bits of the item's half byte differ from the query's. One instruction looks up 32 entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils as _cgutils
from numpy.typing import NDArray

from hashbench.ranking.block_bytes import BYTE, comparison
from hashbench.ranking.kernels import LONG, lanes, load
from hashbench.ranking.layout import LANES, Bytes, Words, aligned, into_blocks

cgutils: Any = _cgutils

HALVES = 16
"""Half bytes of a word."""

TABLE, ENTRIES = ir.VectorType(BYTE, 16), ir.VectorType(BYTE, 32)


def arrange(codes: Words) -> Bytes:
    """Lay codes (n, words) out in blocks of 64 items: rows of one half byte of all its items.

    Returns
    -------
    ndarray of uint8, shape (ceil(n / 64), words * 16 * 64), aligned to 64 bytes
        The last block is filled up with zeros.
    """
    n, width = codes.shape
    n_blocks = -(-n // LANES)
    out = aligned(n_blocks * width * HALVES * LANES).reshape(n_blocks, width * HALVES, LANES)
    for place in range(HALVES):
        into_blocks(_halves(codes, place), out[:, place::HALVES])
    return out.reshape(n_blocks, -1)


def prepare(codes: Words) -> Bytes:
    """Return the tables of queries (n, words), as uint8 (n, words * 16 * 16)."""
    n, width = codes.shape
    values = np.arange(16, dtype=np.uint8)
    differing = np.bitwise_count(values[:, None] ^ values)
    out = aligned(n * width * HALVES * 16).reshape(n, width * HALVES, 16)
    for place in range(HALVES):
        out[:, place::HALVES] = differing[_halves(codes, place)]
    return out.reshape(n, -1)


def _halves(codes: Words, place: int) -> NDArray[np.uint8]:
    return (codes >> np.uint64(4 * place)).astype(np.uint8) & np.uint8(15)


def _word(builder: Any, block: Any, query: Any, word: Any) -> Any:
    """Return how many bits of one word differ, as 64 bytes."""
    rows = builder.inttoptr(block, ENTRIES.as_pointer())
    tables = builder.inttoptr(query, TABLE.as_pointer())
    look_up = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ENTRIES, [ENTRIES, ENTRIES]), "llvm.x86.avx2.pshuf.b"
    )
    first = builder.mul(word, ir.Constant(LONG, HALVES))
    sums = [_zeros(ENTRIES)] * 2
    for place in range(HALVES):
        half = builder.add(first, ir.Constant(LONG, place))
        table = load(builder, tables, half, 16)
        table = lanes(builder, table, ir.Constant(TABLE, ir.Undefined), [*range(16)] * 2)
        for side in range(2):
            row = builder.add(builder.mul(half, ir.Constant(LONG, 2)), ir.Constant(LONG, side))
            entries = builder.call(look_up, [table, load(builder, rows, row, 32)])
            sums[side] = builder.add(sums[side], entries)
    return lanes(builder, sums[0], sums[1], [*range(LANES)])


def _zeros(kind: Any) -> Any:
    return ir.Constant(kind, [0] * kind.count)


def _half(builder: Any, block: Any, query: Any, place: Any, lane: Any) -> Any:
    """Return how many bits of one half byte of one item differ: an entry of the query's table."""
    items = builder.inttoptr(block, BYTE.as_pointer())
    tables = builder.inttoptr(query, BYTE.as_pointer())
    row = builder.add(builder.mul(place, ir.Constant(LONG, LANES)), lane)
    half = builder.zext(load(builder, items, row, 1), LONG)
    entry = builder.add(builder.mul(place, ir.Constant(LONG, 16)), half)
    return builder.zext(load(builder, tables, entry, 1), LONG)


compare, distance, measure = comparison(_word, _half, HALVES)
