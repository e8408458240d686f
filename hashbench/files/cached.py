"""Results that took long to compute, kept in the cache folder and computed by one process only."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, StoreError
from hashbench.files.arrays import mapped_npy, new_npy, read_npy
from hashbench.files.atomic import check_room, replacing
from hashbench.files.locks import lock

_T = TypeVar("_T")

LARGE = 1 << 30
"""Bytes from which an array may stay in its file."""


def cached(
    path: Path,
    read: Callable[[Path], _T | None],
    compute: Callable[[], _T],
    write: Callable[[Path, _T], None],
) -> _T:
    """Return what ``path`` holds, computed and written first where it is missing.

    Several processes that want one result wait for the first of them.

    Parameters
    ----------
    path : Path
        Where it lies.
    read : callable
        Returns it, or None where it is missing or damaged.
    compute : callable
        Makes it.
    write : callable
        Writes it to a path with the same suffix, which then takes the place of ``path``.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    found = read(path)
    if found is not None:
        return found
    try:
        with lock(path.with_suffix(".lock")):
            found = read(path)  # another process may have been faster
            if found is None:
                found = compute()
                with replacing(path) as temporary:
                    write(temporary, found)
    except StoreError as error:
        raise StoreError(f"{error}; HASHBENCH_CACHE can name another cache folder") from error
    return found


def cached_array(
    cache: Path,
    kind: str,
    signature: str,
    shape: tuple[int, ...],
    compute: Callable[[], NDArray[np.float32]],
    fill: Callable[[NDArray[np.float32]], object] | None = None,
) -> NDArray[np.float32]:
    """Return the array that ``kind`` and ``signature`` name, computed unless it is there.

    Parameters
    ----------
    cache : Path
        The cache folder.
    kind : str
        Such as ``"mean"``; the name of a folder in it.
    signature : str
        All that the array depends on.
    shape : tuple of int
        Its shape; a file of another shape or a damaged one is made anew.
    compute : callable
        Makes it, as float32.
    fill : callable, optional
        Writes it to an array of its shape. One of :data:`LARGE` bytes or more is then made where
        it lies in its file, and returned as a memory map.
    """
    large = fill is not None and 4 * math.prod(shape) >= LARGE

    def read(path: Path) -> NDArray[np.float32] | None:
        try:
            found = mapped_npy(path) if large else read_npy(path)
        except DataError:
            return None  # not there yet, or damaged
        return found if found.shape == shape and found.dtype == np.float32 else None

    path = cache / kind / f"{hashlib.sha256(signature.encode()).hexdigest()}.npy"
    if fill is None or not large:
        return cached(path, read, compute, np.save)
    nothing = np.zeros(0, np.float32)
    cached(path, read, lambda: nothing, lambda temporary, _: _filled(temporary, shape, fill))
    return mapped_npy(path)


def _filled(
    path: Path, shape: tuple[int, ...], fill: Callable[[NDArray[np.float32]], object]
) -> None:
    check_room(path, 4 * math.prod(shape))
    out = new_npy(path, shape)
    fill(out)
    out.flush()
