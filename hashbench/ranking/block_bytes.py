"""What both ways of comparing a block share: distances of 64 items, as bytes where they fit.

A way says how many bits of one word differ, for 64 items at a time and for one of them. Up to 256
bits the distances are bytes, so that 64 of them are one vector where AVX-512 is, and two with AVX2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types

from hashbench.ranking.kernels import LONG, intrinsic, load, splat
from hashbench.ranking.layout import LANES

cgutils: Any = _cgutils

BYTE, SHORT = ir.IntType(8), ir.IntType(16)
BYTES, SHORTS = ir.VectorType(BYTE, LANES), ir.VectorType(SHORT, LANES)

Generate = Callable[..., Any]


class Comparison(NamedTuple):
    """What compiled loops call. Addresses are of type intp, all numbers int64.

    Parameters
    ----------
    compare : intrinsic (block, query, words, limit, near) -> uint64
        The mask of a block's items at Hamming distance <= ``limit``, the first in the lowest bit.
        With at most four words, from a limit of 255 on, that of all: 255 stands for 256 too.
        The distances go to ``near``, 128 bytes aligned to 64, for ``distance``.
    distance : intrinsic (block, query, words, near, lane) -> int64
        The distance of one item of a block that ``compare`` has compared.
    measure : intrinsic (block, query, words, near) -> void
        Writes all 64 distances as uint16 to ``near``, aligned to 64 bytes.
    """

    compare: Any
    distance: Any
    measure: Any


def comparison(word: Generate, part: Generate, parts: int) -> Comparison:
    """Return the intrinsics of a way to compare.

    Parameters
    ----------
    word : callable (builder, block, query, w) -> vector of 64 bytes
        How many bits of word ``w`` differ, for each item of a block. ``block`` and ``query`` are
        addresses.
    part : callable (builder, block, query, place, lane) -> int64
        How many bits of one part of the codes differ, for one item.
    parts : int
        Parts of a word.
    """

    def total(builder: Any, block: Any, query: Any, words: Any, kind: Any) -> Any:
        """Return the distances of 64 items as a vector of ``kind``, the greatest at most."""
        add = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(kind, [kind, kind]),
            f"llvm.uadd.sat.v{LANES}i{kind.element.width}",
        )
        sums = cgutils.alloca_once(builder, kind)
        builder.store(ir.Constant(kind, [0] * LANES), sums)
        with cgutils.for_range(builder, words) as loop:
            bits = word(builder, block, query, loop.index)
            bits = bits if kind == BYTES else builder.zext(bits, kind)
            builder.store(builder.call(add, [builder.load(sums), bits]), sums)
        return builder.load(sums)

    def one(builder: Any, block: Any, query: Any, words: Any, lane: Any) -> Any:
        """Return the distance of one item, added up part by part."""
        sums = cgutils.alloca_once(builder, LONG)
        builder.store(ir.Constant(LONG, 0), sums)
        with cgutils.for_range(builder, builder.mul(words, ir.Constant(LONG, parts))) as loop:
            bits = part(builder, block, query, loop.index, lane)
            builder.store(builder.add(builder.load(sums), bits), sums)
        return builder.load(sums)

    @intrinsic
    def compare(typingctx: Any, block: Any, query: Any, words: Any, limit: Any, near: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            block, query, words, limit, near = args
            mask = cgutils.alloca_once(builder, LONG)
            with builder.if_else(_fit_bytes(builder, words), likely=True) as (few, many):
                for branch, kind in ((few, BYTES), (many, SHORTS)):
                    with branch:
                        found = total(builder, block, query, words, kind)
                        builder.store(_within(builder, found, limit, near), mask)
            return builder.load(mask)

        signature = types.uint64(types.intp, types.intp, types.int64, types.int64, types.intp)
        return signature, generate

    @intrinsic
    def distance(typingctx: Any, block: Any, query: Any, words: Any, near: Any, lane: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            block, query, words, near, lane = args
            found = cgutils.alloca_once(builder, LONG)
            with builder.if_else(_fit_bytes(builder, words), likely=True) as (few, many):
                with few:
                    stored = load(builder, builder.inttoptr(near, BYTE.as_pointer()), lane, 1)
                    builder.store(builder.zext(stored, LONG), found)
                    full = builder.icmp_unsigned("==", stored, ir.Constant(BYTE, 255))
                    with builder.if_then(full, likely=False):
                        builder.store(one(builder, block, query, words, lane), found)
                with many:
                    stored = load(builder, builder.inttoptr(near, SHORT.as_pointer()), lane, 2)
                    builder.store(builder.zext(stored, LONG), found)
            return builder.load(found)

        signature = types.int64(types.intp, types.intp, types.int64, types.intp, types.int64)
        return signature, generate

    @intrinsic
    def measure(typingctx: Any, block: Any, query: Any, words: Any, near: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            block, query, words, near = args
            distances = total(builder, block, query, words, SHORTS)
            builder.store(distances, builder.inttoptr(near, SHORTS.as_pointer())).align = 64
            return context.get_dummy_value()

        return types.void(types.intp, types.intp, types.int64, types.intp), generate

    return Comparison(compare, distance, measure)


def _fit_bytes(builder: Any, words: Any) -> Any:
    return builder.icmp_signed("<=", words, ir.Constant(LONG, 4))


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
