"""Comparison of a block by counting the bits that differ.

Generic LLVM vector code, so that each processor gets the widest instructions it has: with
AVX-512 the mask of 64 items is eight ``vpxorq``, ``vpopcntq`` and ``vpaddq`` a word, elsewhere
LLVM writes the same with narrower registers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types

from hashbench.ranking.kernels import LONG, intrinsic, load, splat
from hashbench.ranking.layout import LANES, Bytes, Words, aligned, into_blocks

cgutils: Any = _cgutils

WORDS, SHORTS = ir.VectorType(LONG, LANES), ir.VectorType(ir.IntType(16), LANES)


def arrange(codes: Words) -> Bytes:
    """Lay codes (n, words) out in blocks of 64 items: rows of one word of all its items.

    Returns
    -------
    ndarray of uint8, shape (ceil(n / 64), words * 64 * 8), aligned to 64 bytes
        The last block is filled up with zeros.
    """
    n, width = codes.shape
    n_blocks = -(-n // LANES)
    out = aligned(8 * n_blocks * width * LANES).view(np.uint64).reshape(n_blocks, width, LANES)
    into_blocks(codes, out)
    return out.reshape(n_blocks, -1).view(np.uint8)


def prepare(codes: Words) -> Bytes:
    """Return the words of queries (n, words), as uint8 (n, words * 8)."""
    return np.ascontiguousarray(codes).view(np.uint8)


@intrinsic
def compare(typingctx: Any, block: Any, query: Any, words: Any, limit: Any, near: Any) -> Any:
    """Return, for a block of 64 items, the mask of those at Hamming distance <= limit.

    Parameters
    ----------
    block, query : int
        Addresses of a row of :func:`arrange` and one of :func:`prepare`.
    words, limit : int64
    near : int
        Not used: the distances of the few items that are asked for are counted again.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, limit, _ = args
        distances = _sum(builder, block, query, words)
        mask = builder.icmp_unsigned("<=", distances, splat(builder, limit, WORDS))
        return builder.bitcast(mask, LONG)

    signature = types.uint64(types.intp, types.intp, types.int64, types.int64, types.intp)
    return signature, generate


@intrinsic
def measure(typingctx: Any, block: Any, query: Any, words: Any, near: Any) -> Any:
    """Write the distances of a block's 64 items as uint16 to ``near``, aligned to 64 bytes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, near = args
        distances = builder.trunc(_sum(builder, block, query, words), SHORTS)
        builder.store(distances, builder.inttoptr(near, SHORTS.as_pointer())).align = 64
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.int64, types.intp), generate


def _sum(builder: Any, block: Any, query: Any, words: Any) -> Any:
    """Return the distances of 64 items."""
    total = cgutils.alloca_once(builder, WORDS)
    builder.store(ir.Constant(WORDS, [0] * LANES), total)
    population = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(WORDS, [WORDS]), f"llvm.ctpop.v{LANES}i64"
    )
    items = builder.inttoptr(block, WORDS.as_pointer())
    wanted = builder.inttoptr(query, LONG.as_pointer())
    with cgutils.for_range(builder, words) as loop:
        row = load(builder, items, loop.index, 64)
        word = splat(builder, load(builder, wanted, loop.index, 8), WORDS)
        ones = builder.call(population, [builder.xor(row, word)])
        builder.store(builder.add(builder.load(total), ones), total)
    return builder.load(total)


@intrinsic
def distance(typingctx: Any, block: Any, query: Any, words: Any, near: Any, lane: Any) -> Any:
    """Return the distance of one item of a block that :func:`compare` has compared, as int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, _, lane = args
        total = cgutils.alloca_once(builder, LONG)
        builder.store(ir.Constant(LONG, 0), total)
        items = builder.inttoptr(block, LONG.as_pointer())
        wanted = builder.inttoptr(query, LONG.as_pointer())
        with cgutils.for_range(builder, words) as loop:
            place = builder.add(builder.mul(loop.index, ir.Constant(LONG, LANES)), lane)
            differing = builder.xor(
                load(builder, items, place, 8), load(builder, wanted, loop.index, 8)
            )
            builder.store(builder.add(builder.load(total), builder.ctpop(differing)), total)
        return builder.load(total)

    signature = types.int64(types.intp, types.intp, types.int64, types.intp, types.int64)
    return signature, generate
