"""Shape and type that an array of features must have: one rule for every way in."""

from __future__ import annotations

from typing import Any

import numpy as np


class WholeNumbersWarning(UserWarning):
    """Features of a data set are whole numbers, as quantised embeddings have."""


def whole_numbers(name: str, dtype: np.dtype[Any]) -> str:
    """Return the line on a data set ``name`` whose files hold whole numbers."""
    return (
        f"{name}: features are {dtype}, whole numbers as quantised embeddings have, and are taken "
        "as they are; undo the scale where they have one"
    )


def feature_fault(
    shape: tuple[int, ...], dtype: np.dtype[Any], *, whole: bool = False
) -> str | None:
    """Return why an array cannot be features, in words that follow its name; None if it can.

    Parameters
    ----------
    shape : tuple of int
        (n, frames, dims), or (n, dims) of single vectors.
    dtype : dtype
        Of floating point. Whole numbers are refused: they are what is left of embeddings once a
        scale was taken off them, and nobody but their owner knows that scale.
    whole : bool
        Take whole numbers all the same, as of files that a card describes:
        :class:`WholeNumbersWarning` tells of those.

    Examples
    --------
    >>> feature_fault((8,), np.dtype(np.float32))
    'have shape (8,); (n, frames, dims) or (n, dims) is needed'
    >>> feature_fault((8, 2), np.dtype(np.int8))[:45]
    'are int8, whole numbers as quantised embeddin'
    >>> feature_fault((8, 2), np.dtype(np.float16)) is None
    True
    """
    if dtype.kind not in "fiu":
        return f"are {dtype}; floating-point numbers are needed"
    if len(shape) not in (2, 3) or 0 in shape:
        return f"have shape {shape}; (n, frames, dims) or (n, dims) is needed"
    if dtype.kind != "f" and not whole:
        return (
            f"are {dtype}, whole numbers as quantised embeddings have; undo the scale and store "
            "them as float32"
        )
    return None
