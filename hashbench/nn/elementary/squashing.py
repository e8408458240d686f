"""tanh and the logistic function in float32 in a form that LLVM turns into vector instructions.

Near zero tanh is the polynomial of the Cephes library (Moshier, ``tanhf``), so that small values
keep their digits; elsewhere both are quotients of the exponential. They err by at most 2 units in
the last place, and every processor gives the same bits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload

from hashbench.nn.elementary.exponential import exact, exp32

_NEAR = np.float32(0.625)
"""Up to here the polynomial holds."""
_C = tuple(
    np.float32(c)
    for c in (
        -5.70498872745e-3,
        2.06390887954e-2,
        -5.37397155531e-2,
        1.33314422036e-1,
        -3.33332819422e-1,
    )
)
_ONE, _TWO = np.float32(1), np.float32(2)


@exact
def tanh32(x: Any) -> Any:
    """Return tanh(x) of a float32."""
    size = abs(x)
    far = _ONE - _TWO / (exp32(_TWO * size) + _ONE)
    z = x * x
    near = ((((_C[0] * z + _C[1]) * z + _C[2]) * z + _C[3]) * z + _C[4]) * z * x + x
    # Both are computed and one is chosen, since a branch would keep vectors away.
    signed = -far if x < 0 else far
    return near if size < _NEAR else signed


@exact
def sigmoid32(x: Any) -> Any:
    """Return 1 / (1 + e^-x) of a float32."""
    return _ONE / (_ONE + exp32(-x))


def tanh(x: float) -> float:
    """Return tanh(x): of a float32 by :func:`tanh32`, of a float64 by the C library."""
    return math.tanh(x)


def sigmoid(x: float) -> float:
    """Return 1 / (1 + e^-x): of a float32 by :func:`sigmoid32`, of a float64 by the C library."""
    return 1 / (1 + math.exp(-x))


@overload(tanh, strict=False)  # lambdas have no annotations to compare
def _tanh(x: Any) -> Any:
    if x == types.float32:
        return lambda x: tanh32(x)
    return lambda x: math.tanh(x)


@overload(sigmoid, strict=False)
def _sigmoid(x: Any) -> Any:
    if x == types.float32:
        return lambda x: sigmoid32(x)
    return lambda x: 1.0 / (1.0 + math.exp(-x))
