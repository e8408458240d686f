"""Comparison of a block by table lookup: for AVX2, which cannot count the bits of a vector.

A code is taken as half bytes. The distance of an item is a sum over them of table entries: how
many bits of the item's half byte differ from the query's. One instruction looks up 32 entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types
from numpy.typing import NDArray

from hashbench.ranking.kernels import LONG, intrinsic, lanes, load, splat
from hashbench.ranking.layout import LANES, Bytes, Words, aligned, into_blocks

cgutils: Any = _cgutils

HALVES = 16
"""Half bytes of a word."""

BYTE, SHORT = ir.IntType(8), ir.IntType(16)
TABLE, ENTRIES = ir.VectorType(BYTE, 16), ir.VectorType(BYTE, 32)
BYTES, SHORTS = ir.VectorType(BYTE, LANES), ir.VectorType(SHORT, LANES)


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


@intrinsic
def compare(typingctx: Any, block: Any, query: Any, words: Any, limit: Any, near: Any) -> Any:
    """Return, for a block of 64 items, the mask of those at Hamming distance <= limit.

    From a limit of 255 on, that of all: up to 256 bits the distances are bytes, the greatest of
    which stands for 255 and 256.

    Parameters
    ----------
    block, query : int
        Addresses of a row of :func:`arrange` and one of :func:`prepare`.
    words, limit : int64
    near : int
        Address of 128 bytes, aligned to 64, which take the distances for :func:`distance`.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, limit, near = args
        rows = builder.inttoptr(block, ENTRIES.as_pointer())
        tables = builder.inttoptr(query, TABLE.as_pointer())
        mask = cgutils.alloca_once(builder, LONG)
        with builder.if_else(_fit_bytes(builder, words), likely=True) as (few, many):
            for branch, kind in ((few, BYTES), (many, SHORTS)):
                with branch:
                    found = _sum(builder, rows, tables, words, kind)
                    builder.store(_within(builder, found, limit, near), mask)
        return builder.load(mask)

    signature = types.uint64(types.intp, types.intp, types.int64, types.int64, types.intp)
    return signature, generate


def _fit_bytes(builder: Any, words: Any) -> Any:
    return builder.icmp_signed("<=", words, ir.Constant(LONG, 4))


def _sum(builder: Any, rows: Any, tables: Any, words: Any, kind: Any) -> Any:
    """Return the distances of 64 items as a vector of ``kind``, the greatest at most."""
    add = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(kind, [kind, kind]),
        f"llvm.uadd.sat.v{LANES}i{kind.element.width}",
    )
    total = cgutils.alloca_once(builder, kind)
    builder.store(_zeros(kind), total)
    with cgutils.for_range(builder, words) as loop:
        part = _word(builder, rows, tables, loop.index)
        part = part if kind == BYTES else builder.zext(part, kind)
        builder.store(builder.call(add, [builder.load(total), part]), total)
    return builder.load(total)


def _word(builder: Any, rows: Any, tables: Any, word: Any) -> Any:
    """Return how many bits of one word differ, as 64 bytes."""
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


def _within(builder: Any, distances: Any, limit: Any, near: Any) -> Any:
    """Store the distances; return the mask of those within the limit."""
    kind = distances.type
    builder.store(distances, builder.inttoptr(near, kind.as_pointer())).align = 64
    greatest = ir.Constant(LONG, 255 if kind == BYTES else 65535)
    limit = builder.select(builder.icmp_signed("<", limit, greatest), limit, greatest)
    bound = splat(builder, builder.trunc(limit, kind.element), kind)
    mask = builder.bitcast(builder.icmp_unsigned("<=", distances, bound), LONG)
    # No instruction, but LLVM cannot look through it. Where it can, it takes the vector of truth
    # values apart and carries 64 of them through the branches that follow.
    return builder.asm(ir.FunctionType(LONG, [LONG]), "", "=r,0", [mask], side_effect=False)


def _zeros(kind: Any) -> Any:
    return ir.Constant(kind, [0] * kind.count)


@intrinsic
def measure(typingctx: Any, block: Any, query: Any, words: Any, near: Any) -> Any:
    """Write the distances of a block's 64 items as uint16 to ``near``, aligned to 64 bytes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, near = args
        rows = builder.inttoptr(block, ENTRIES.as_pointer())
        tables = builder.inttoptr(query, TABLE.as_pointer())
        distances = _sum(builder, rows, tables, words, SHORTS)
        builder.store(distances, builder.inttoptr(near, SHORTS.as_pointer())).align = 64
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.int64, types.intp), generate


@intrinsic
def distance(typingctx: Any, block: Any, query: Any, words: Any, near: Any, lane: Any) -> Any:
    """Return the distance of one item of the block that :func:`compare` compared last, as int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, near, lane = args
        found = cgutils.alloca_once(builder, LONG)
        with builder.if_else(_fit_bytes(builder, words), likely=True) as (few, many):
            with few:
                stored = load(builder, builder.inttoptr(near, BYTE.as_pointer()), lane, 1)
                builder.store(builder.zext(stored, LONG), found)
                full = builder.icmp_unsigned("==", stored, ir.Constant(BYTE, 255))
                with builder.if_then(full, likely=False):
                    builder.store(_counted(builder, block, query, words, lane), found)
            with many:
                stored = load(builder, builder.inttoptr(near, SHORT.as_pointer()), lane, 2)
                builder.store(builder.zext(stored, LONG), found)
        return builder.load(found)

    signature = types.int64(types.intp, types.intp, types.int64, types.intp, types.int64)
    return signature, generate


def _counted(builder: Any, block: Any, query: Any, words: Any, lane: Any) -> Any:
    """Return the distance of one item, summed entry by entry."""
    items = builder.inttoptr(block, BYTE.as_pointer())
    tables = builder.inttoptr(query, BYTE.as_pointer())
    total = cgutils.alloca_once(builder, LONG)
    builder.store(ir.Constant(LONG, 0), total)
    with cgutils.for_range(builder, builder.mul(words, ir.Constant(LONG, HALVES))) as loop:
        place = builder.add(builder.mul(loop.index, ir.Constant(LONG, LANES)), lane)
        half = builder.zext(load(builder, items, place, 1), LONG)
        entry = builder.add(builder.mul(loop.index, ir.Constant(LONG, 16)), half)
        count = builder.zext(load(builder, tables, entry, 1), LONG)
        builder.store(builder.add(builder.load(total), count), total)
    return builder.load(total)
