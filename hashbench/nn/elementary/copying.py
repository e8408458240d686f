"""Copies of rows, which numba compiles in no time."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hashbench.nn.elementary.exponential import exact


@exact
def copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    """Copy an array (n,) to the beginning of another, of n values or more.

    With ``target[:n] = source`` numba compiles the text of an error, for shapes that differ. This
    takes two seconds, more than the kernel around it.
    """
    for k in range(len(source)):
        target[k] = source[k]
