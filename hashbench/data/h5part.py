"""Array of an HDF5 file, opened once a process, read past the HDF5 library where it can be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.hdf5 import array_of, open_hdf5

_BUFFERS = 500
"""Videos that one call of the system scatters: it takes 1,024 places, two a video at most."""

_Extent = tuple[int, int]
"""Where a piece of the array lies in its file: offset and length in bytes."""


class H5Part:
    """One array (n, frames, dims) of one file.

    Values that lie in the file as they are (no compression, and every chunk holds whole videos)
    are read with ``pread``: the disk's full speed, and no lock that would stop other threads.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        Name of the array.

    Raises
    ------
    DataError
        If the file is missing, truncated or no HDF5, or has no such array.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self._pid = -1
        self._dataset: h5py.Dataset | None = None
        self._descriptor = -1
        dataset = self._open()
        self.shape: tuple[int, int, int] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype
        self.chunk = int(dataset.chunks[0]) if dataset.chunks else 1
        self._row = self.dtype.itemsize * self.shape[1] * self.shape[2]
        self._offsets = _offsets(dataset)
        # Without chunks the whole array is one piece; with them, one piece a chunk.
        self._rows_a_piece = self.chunk if dataset.chunks else self.shape[0]
        self._check_size()

    def read_into(self, low: int, high: int, out: NDArray[Any]) -> None:
        """Read rows ``low`` to ``high`` into ``out``, contiguous and of the stored type."""
        try:
            if self._offsets is None:
                self._open().read_direct(out, np.s_[low:high], np.s_[0 : high - low])
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
        """Whether values are read past the HDF5 library."""
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

    def ids(self) -> list[str]:
        """Return what the videos are called: ``paths`` beside the array; none where it has none."""
        dataset = self._open()
        found = dataset.parent.get("paths", getlink=True)
        if not isinstance(found, h5py.HardLink):
            return []
        paths = dataset.parent["paths"]
        inside = isinstance(paths, h5py.Dataset) and not (paths.external or paths.is_virtual)
        if not inside or paths.shape != self.shape[:1] or paths.dtype.kind not in "OS":
            return []
        try:
            values = paths[()].tolist()
        except (OSError, RuntimeError) as error:
            raise DataError(f"{self.path}: 'paths' cannot be read ({error})") from error
        return [
            v.decode("utf-8", "backslashreplace") if isinstance(v, bytes) else str(v)
            for v in values
        ]

    def signature(self) -> str:
        """Identify the array: name, size and time of change of its file, and its key."""
        status = self.path.stat()
        return f"{self.path.name}:{status.st_size}:{status.st_mtime_ns}:{self.key}:{self.shape}"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_pid": -1, "_dataset": None, "_descriptor": -1}

    def _open(self) -> h5py.Dataset:
        # A handle from before a fork shares its file position and caches with the parent's.
        if self._dataset is None or self._pid != os.getpid():
            self._dataset = _opened(self.path, self.key)
            self._pid = os.getpid()
            self._descriptor = self._dataset.file.id.get_vfd_handle()
        return self._dataset

    def _handle(self) -> int:
        """Return the file's descriptor, as the system knows it."""
        self._open()
        return self._descriptor

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


def _offsets(dataset: h5py.Dataset) -> NDArray[np.int64] | None:
    """Return where each piece lies in the file, or None where HDF5 itself must read it."""
    if dataset.chunks is None:
        offset = dataset.id.get_offset()  # None where nothing was ever written
        return None if offset is None else np.array([offset], np.int64)
    if dataset.id.get_create_plist().get_nfilters() or dataset.chunks[1:] != dataset.shape[1:]:
        return None
    pieces = -(-dataset.shape[0] // dataset.chunks[0])
    offsets = np.full(pieces, -1, np.int64)

    def note(chunk: Any) -> None:
        offsets[chunk.chunk_offset[0] // dataset.chunks[0]] = chunk.byte_offset

    dataset.id.chunk_iter(note)
    return None if (offsets < 0).any() else offsets


def _opened(path: Path, key: str) -> h5py.Dataset:
    dataset = array_of(open_hdf5(path), path, key)
    if dataset.ndim != 3 or 0 in dataset.shape:
        raise DataError(f"{path}: {key!r} has shape {dataset.shape}; (n, frames, dims) is needed")
    if dataset.dtype.kind not in "fiu":
        raise DataError(f"{path}: {key!r} holds {dataset.dtype}; numbers are needed")
    return dataset


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
