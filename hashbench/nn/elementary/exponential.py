"""e^x in float32 in a form that LLVM turns into vector instructions.

The C library's function takes one number at a time. Ours is the usual one: x = k ln 2 + r with
|r| <= ln 2 / 2, the polynomial for e^r of the Cephes library (Moshier, ``expf``), and k put where
the exponent of a float lies. It errs by less than 1.5 units in the last place.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic as _intrinsic
from numba.extending import overload

from hashbench.compiling import jit

# numba types neither: an intrinsic is called without the typing context that it declares.
intrinsic: Any = _intrinsic

_LEAST, _MOST = np.float32(-87.33), np.float32(89.0)
"""Below lies what float32 has no full precision for, and above infinity."""
_PER_OCTAVE = np.float32(1 / math.log(2))
_ROUNDER = np.float32(3 << 22)
"""Adding it leaves k in the last bits of the sum."""
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
"""ln 2 in two parts: k times the first is exact."""
_C = tuple(
    np.float32(c)
    for c in (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1)
)
_HALF, _ONE = np.float32(5.0000001201e-1), np.float32(1)
_BIAS = np.int32(127 - 0x4B400000)
"""Of a float's exponent, less the bits of the rounder."""


@intrinsic
def bits_of(typingctx: Any, x: Any) -> Any:
    """Return the 32 bits of a float32 as an int32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), generate


@intrinsic
def float_of(typingctx: Any, x: Any) -> Any:
    """Return the float32 whose bits are those of an int32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), generate


# Sums may be taken in any order, and a division by zero is no error but infinity: only so do loops
# become vector instructions.
vectorised = partial(jit, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")


# Nothing may be reordered: (x + rounder) - rounder is not x. Nor are products fused with sums, so
# that every processor gives the same bits. Left unsaid, a function compiles as its caller does.
exact = partial(jit, fastmath=False, error_model="numpy")


@exact
def exp32(x: Any) -> Any:
    """Return e^x of a float32: 1e-38 from -87.33 down, infinity from 88.37 up."""
    x = _LEAST if x < _LEAST else x
    x = _MOST if x > _MOST else x
    sum_ = x * _PER_OCTAVE + _ROUNDER
    k = sum_ - _ROUNDER
    r = x - k * _LN2_HIGH
    r = r - k * _LN2_LOW
    p = (((_C[0] * r + _C[1]) * r + _C[2]) * r + _C[3]) * r + _C[4]
    p = (p * r + _HALF) * (r * r) + r + _ONE
    return p * float_of((bits_of(sum_) + _BIAS) << np.int32(23))


def exp(x: float) -> float:
    """Return e^x of a float32 by :func:`exp32`, of a float64 by the C library."""
    return math.exp(x)


@overload(exp, strict=False)  # lambdas have no annotations to compare
def _exp(x: Any) -> Any:
    if x == types.float32:
        return lambda x: exp32(x)
    return lambda x: math.exp(x)
