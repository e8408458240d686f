"""Machine words: the three instructions that plain numba cannot express.

Generic LLVM vector code, so that each processor gets the widest instructions it has: with
AVX-512 the mask of 64 items is eight ``vpxorq``, ``vpopcntq`` and ``vpaddq`` a word, elsewhere
LLVM writes the same with narrower registers.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types
from numba.extending import intrinsic as _intrinsic

from hashbench.ranking.layout import LANES

# numba types neither: an intrinsic is called without the typing context that it declares.
intrinsic: Any = _intrinsic
cgutils: Any = _cgutils


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


@intrinsic
def within(typingctx: Any, block: Any, query: Any, words: Any, limit: Any) -> Any:
    """Return, for a block of 64 items, the mask of those at Hamming distance <= limit.

    Parameters
    ----------
    block : int
        Address of uint64 (words, 64), aligned to 64 bytes.
    query : int
        Address of uint64 (words,).
    words : int64
    limit : int64
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        block, query, words, limit = args
        word = ir.IntType(64)
        vector = ir.VectorType(word, LANES)
        total = cgutils.alloca_once_value(builder, ir.Constant(vector, [0] * LANES))
        population = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector]), f"llvm.ctpop.v{LANES}i64"
        )
        items = builder.inttoptr(block, vector.as_pointer())
        wanted = builder.inttoptr(query, word.as_pointer())
        with cgutils.for_range(builder, words) as loop:
            row = builder.load(builder.gep(items, [loop.index]))
            row.align = 64
            value = _splat(builder, builder.load(builder.gep(wanted, [loop.index])), vector)
            ones = builder.call(population, [builder.xor(row, value)])
            builder.store(builder.add(builder.load(total), ones), total)
        mask = builder.icmp_unsigned("<=", builder.load(total), _splat(builder, limit, vector))
        return builder.bitcast(mask, word)

    return types.uint64(types.intp, types.intp, types.int64, types.int64), generate


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    lane = ir.Constant(ir.IntType(32), 0)
    start = builder.insert_element(ir.Constant(vector, ir.Undefined), value, lane)
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(start, ir.Constant(vector, ir.Undefined), zeros)
