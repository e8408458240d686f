"""Machine words: instructions that plain numba cannot express, and helpers to write them."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic as _intrinsic

# numba types none of these: an intrinsic is called without the typing context that it declares.
intrinsic: Any = _intrinsic

INT = ir.IntType(32)
LONG = ir.IntType(64)


@intrinsic
def popcount(typingctx: Any, word: Any) -> Any:
    """Return the number of set bits of a uint64, as int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


@intrinsic
def lowest_bit(typingctx: Any, word: Any) -> Any:
    """Return the position of the lowest set bit of a uint64 that is not 0, as int64."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


def splat(builder: Any, value: Any, vector: Any) -> Any:
    """Return ``vector`` with ``value`` in each of its lanes."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(INT, 0))
    return lanes(builder, first, undefined, [0] * vector.count)


def lanes(builder: Any, first: Any, second: Any, places: list[int]) -> Any:
    """Return the lanes of two vectors at ``places``, counted through both."""
    return builder.shuffle_vector(
        first, second, ir.Constant(ir.VectorType(INT, len(places)), places)
    )


def load(builder: Any, start: Any, place: Any, align: int) -> Any:
    """Return what lies at ``place`` behind the pointer ``start``, aligned to ``align`` bytes."""
    value = builder.load(builder.gep(start, [place]))
    value.align = align
    return value
