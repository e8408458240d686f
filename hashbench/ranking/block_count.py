"""Comparison of a block by counting the bits that differ.

Generic LLVM vector code, so that each processor gets the widest instructions it has: with
AVX-512 a byte of 64 items is one ``vpxorq``, ``vpopcntb`` and ``vpaddb``, with NEON four of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils as _cgutils

from hashbench.ranking.block_bytes import BYTE, BYTES, comparison
from hashbench.ranking.kernels import LONG, load, splat
from hashbench.ranking.layout import LANES, Bytes, Words, aligned, into_blocks

cgutils: Any = _cgutils

WIDTH = 8
"""Bytes of a word."""


def arrange(codes: Words) -> Bytes:
    """Lay codes (n, words) out in blocks of 64 items: rows of one byte of all its items.

    Returns
    -------
    ndarray of uint8, shape (ceil(n / 64), words * 8 * 64), aligned to 64 bytes
        The last block is filled up with zeros.
    """
    n, width = codes.shape
    n_blocks = -(-n // LANES)
    out = aligned(n_blocks * width * WIDTH * LANES).reshape(n_blocks, width * WIDTH, LANES)
    into_blocks(np.ascontiguousarray(codes).view(np.uint8), out)
    return out.reshape(n_blocks, -1)


def prepare(codes: Words) -> Bytes:
    """Return each byte of queries (n, words) eight times, as uint8 (n, words * 64).

    A load spreads eight bytes over a vector at no cost, and a single one at some.
    """
    out = aligned(codes.size * WIDTH * 8).reshape(len(codes), -1)
    out[:] = np.repeat(np.ascontiguousarray(codes).view(np.uint8), 8, axis=1)
    return out


def _word(builder: Any, block: Any, query: Any, word: Any) -> Any:
    """Return how many bits of one word differ, as 64 bytes."""
    population = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(BYTES, [BYTES]), f"llvm.ctpop.v{LANES}i8"
    )
    rows = builder.inttoptr(block, BYTES.as_pointer())
    wanted = builder.inttoptr(query, LONG.as_pointer())
    spread = ir.VectorType(LONG, LANES // 8)
    first = builder.mul(word, ir.Constant(LONG, WIDTH))
    total = None
    for place in range(WIDTH):
        row = builder.add(first, ir.Constant(LONG, place))
        byte = builder.bitcast(splat(builder, load(builder, wanted, row, 8), spread), BYTES)
        ones = builder.call(population, [builder.xor(load(builder, rows, row, 64), byte)])
        total = ones if total is None else builder.add(total, ones)
    return total


def _byte(builder: Any, block: Any, query: Any, place: Any, lane: Any) -> Any:
    """Return how many bits of one byte of one item differ."""
    items = builder.inttoptr(block, BYTE.as_pointer())
    wanted = builder.inttoptr(query, BYTE.as_pointer())
    row = builder.add(builder.mul(place, ir.Constant(LONG, LANES)), lane)
    byte = builder.mul(place, ir.Constant(LONG, 8))
    differing = builder.xor(load(builder, items, row, 1), load(builder, wanted, byte, 1))
    return builder.zext(builder.ctpop(differing), LONG)


compare, distance, measure = comparison(_word, _byte, WIDTH)
