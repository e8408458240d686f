"""Digests of arrays that depend on values, shape and type, never on layout."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 24


def array_sha256(array: NDArray[Any]) -> str:
    """Return the SHA-256, in hex, of dtype, shape and little-endian C-order bytes.

    The array is read in blocks of rows, so a memory map will do.
    """
    little = array.dtype.newbyteorder("<")
    digest = hashlib.sha256(f"{little.str}{array.shape}".encode())
    rows = max(1, _BLOCK // max(1, array.nbytes // max(1, len(array)))) if array.ndim else 1
    for start in range(0, len(array), rows):
        digest.update(np.ascontiguousarray(array[start : start + rows], dtype=little).data)
    return digest.hexdigest()
