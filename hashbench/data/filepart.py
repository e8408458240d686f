"""One array of one file whose values mostly lie there as they are, and are read from there."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.featuretypes import feature_fault
from hashbench.errors import DataError

_BUFFERS = 500
"""Videos that one call of the system scatters: it takes 1,024 places, two a video at most."""

_Extent = tuple[int, int]
"""Where a piece of the array lies in its file: offset and length in bytes."""


class FilePart(ABC):
    """One array (n, frames, dims) of one file; one of single vectors (n, dims) has one frame.

    Values that lie in the file as they are get read with ``pread``: the disk's full speed, and no
    lock that would stop other threads.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        Name of the array.
    stored : tuple of int
        Its shape in the file.
    dtype : dtype
        Its type in the file.
    """

    def __init__(self, path: Path, key: str, stored: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.path, self.key = path, key
        n, frames, dims = stored if len(stored) == 3 else (stored[0], 1, stored[1])
        self.shape: tuple[int, int, int] = n, frames, dims
        self.dtype = dtype
        self._row = dtype.itemsize * self.shape[1] * self.shape[2]
        self._offsets: NDArray[np.int64] | None = None  # of each piece; None: nothing lies as it is
        self._rows_a_piece = n

    @abstractmethod
    def ids(self) -> list[str]:
        """Return what the videos are called; none where the file does not say."""

    @abstractmethod
    def _handle(self) -> int:
        """Return the file's descriptor, as the system knows it."""

    @abstractmethod
    def _read_otherwise(self, low: int, high: int, out: NDArray[Any]) -> None:
        """Read rows whose values do not lie in the file as they are."""

    def read_into(self, low: int, high: int, out: NDArray[Any]) -> None:
        """Read rows ``low`` to ``high`` into ``out``, contiguous and of the stored type."""
        try:
            if self._offsets is None:
                self._read_otherwise(low, high, out)
                return
            view = _bytes(out)
            for offset, size in self._extents(low, high):
                _readv_fully(self._handle(), [view[:size]], offset)
                view = view[size:]
        except (OSError, RuntimeError, EOFError) as error:
            raise DataError(
                f"{self.path}: videos {low} to {high} cannot be read ({error})"
            ) from error

    @property
    def direct(self) -> bool:
        """Whether values lie in the file as they are."""
        return self._offsets is not None

    def scatter(self, low: int, high: int, rows: list[NDArray[Any]]) -> None:
        """Read rows ``low`` to ``high`` each to its own place; only where :attr:`direct` is true.

        Parameters
        ----------
        low, high : int
            Which rows.
        rows : list of ndarray, shape (frames, dims)
            Where they go, contiguous and of the stored type; further stored frames are dropped.
        """
        spare = self._row - rows[0].nbytes
        dropped = [memoryview(bytearray(spare))] if spare else []
        file = self._handle()
        try:
            for offset, size in self._extents(low, high):
                here, rows = rows[: size // self._row], rows[size // self._row :]
                for start in range(0, len(here), _BUFFERS):
                    some = here[start : start + _BUFFERS]
                    places = [v for row in some for v in (_bytes(row), *dropped)]
                    _readv_fully(file, places, offset + start * self._row)
        except (OSError, EOFError) as error:
            raise DataError(
                f"{self.path}: videos {low} to {high} cannot be read ({error})"
            ) from error

    def will_read(self, low: int, high: int) -> None:
        """Tell the system that rows ``low`` to ``high`` are wanted soon."""
        if self._offsets is not None and hasattr(os, "posix_fadvise"):
            file = self._handle()
            for offset, size in self._extents(low, high):
                os.posix_fadvise(file, offset, size, os.POSIX_FADV_WILLNEED)

    def signature(self) -> str:
        """Identify the array: name, size and time of change of its file, and its key."""
        status = self.path.stat()
        return f"{self.path.name}:{status.st_size}:{status.st_mtime_ns}:{self.key}:{self.shape}"

    def _extents(self, low: int, high: int) -> Iterator[_Extent]:
        """Yield where rows ``low`` to ``high`` lie, neighbouring pieces joined."""
        assert self._offsets is not None
        begin = size = 0
        while low < high:
            piece, within = divmod(low, self._rows_a_piece)
            rows = min(high - low, self._rows_a_piece - within)
            offset = int(self._offsets[piece]) + within * self._row
            if size and offset == begin + size:
                size += rows * self._row
            else:
                if size:
                    yield begin, size
                begin, size = offset, rows * self._row
            low += rows
        if size:
            yield begin, size

    def _check_size(self) -> None:
        if self._offsets is None:
            return
        last = min(self._rows_a_piece, self.shape[0])
        needed = int(self._offsets.max()) + last * self._row
        found = self.path.stat().st_size
        if found < needed:
            raise DataError(
                f"{self.path}: truncated: {found} bytes, {needed} are needed for {self.key!r}"
            )


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _readv_fully(file: int, views: list[memoryview], offset: int) -> None:
    """Fill ``views`` one after the other from an open file, without the interpreter's lock."""
    while views:
        read = os.preadv(file, views, offset)
        if read == 0:
            raise EOFError("the file ends too early")
        offset += read
        while views and read >= len(views[0]):
            read -= len(views.pop(0))
        if read:
            views[0] = views[0][read:]


def check_stored(path: Path, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise DataError unless an array can be features.

    See :func:`hashbench.data.featuretypes.feature_fault`.
    """
    if fault := feature_fault(shape, dtype, whole=True):
        raise DataError(f"{path}: features {key!r} {fault}")
