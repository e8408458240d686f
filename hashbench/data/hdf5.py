"""Features in HDF5 files, several of which may follow each other as one array."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError


class H5Source:
    """Frame features in one HDF5 file, or in several parts that follow each other.

    Every value is looked at once: NaN and infinity are errors that name file and video.

    Parameters
    ----------
    paths : list of Path
        The parts, in order.
    key : str
        Name of the array (n, frames, dims) in each.

    Raises
    ------
    DataError
        If a file is missing, truncated or no HDF5, lacks the array, or holds one of another
        rank, type, or number of frames or dimensions than the first.
    """

    def __init__(self, paths: list[Path], key: str = "feats") -> None:
        if not paths:
            raise DataError("no feature files are named")
        self.parts = [H5Part(path, key) for path in paths]
        first = self.parts[0]
        for part in self.parts[1:]:
            if part.shape[1:] != first.shape[1:] or part.dtype != first.dtype:
                raise DataError(
                    f"{part.path}: holds {part.dtype} of (n, {part.shape[1]}, {part.shape[2]}), "
                    f"{first.path.name} {first.dtype} of (n, {first.shape[1]}, {first.shape[2]})"
                )
        self._ends = np.cumsum([part.shape[0] for part in self.parts])
        self._seen = np.zeros(int(self._ends[-1]), dtype=bool)

    @property
    def shape(self) -> tuple[int, int, int]:
        return int(self._ends[-1]), self.parts[0].shape[1], self.parts[0].shape[2]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.parts[0].dtype

    @property
    def chunk(self) -> int:
        return self.parts[0].chunk

    @property
    def nbytes(self) -> int:
        """Size of all values as stored, in bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def read(self, start: int, stop: int) -> NDArray[Any]:
        out = np.empty((max(0, stop - start), *self.shape[1:]), self.dtype)
        for part, at, low, high in self._spans(start, stop):
            part.read_into(low, high, out[at : at + high - low])
        self._check(np.arange(start, stop), out)
        return out

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        out = np.empty((len(index), *self.shape[1:]), self.dtype)
        # Runs of neighbours are read in one go, in the order of the file.
        order = np.argsort(index, kind="stable")
        for run in np.split(order, np.flatnonzero(np.diff(index[order]) != 1) + 1):
            if len(run):
                low, high = int(index[run[0]]), int(index[run[-1]]) + 1
                if np.array_equal(run, np.arange(run[0], run[0] + len(run))):
                    self._read_run(low, high, out[run[0] : run[0] + len(run)])
                else:
                    out[run] = self.read(low, high)
        self._check(index, out)
        return out

    def signature(self) -> str:
        parts = [part.signature() for part in self.parts]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _read_run(self, start: int, stop: int, out: NDArray[Any]) -> None:
        for part, at, low, high in self._spans(start, stop):
            part.read_into(low, high, out[at : at + high - low])

    def _spans(self, start: int, stop: int) -> Iterator[tuple[H5Part, int, int, int]]:
        """Yield part, offset in the result, and first and last row in the part."""
        for part, end in zip(self.parts, self._ends, strict=True):
            begin = int(end) - part.shape[0]
            low, high = max(start, begin), min(stop, int(end))
            if low < high:
                yield part, low - start, low - begin, high - begin

    def _check(self, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        if self._seen[rows].all() or self.dtype.kind != "f":
            return
        # A sum is finite only if its terms are; most blocks need nothing more than this.
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(
                values.sum(dtype=np.float64 if values.itemsize > 2 else np.float32)
            )
        if not finite:
            bad = np.flatnonzero(~np.isfinite(values).all(axis=(1, 2)))
            if len(bad):
                raise DataError(self._complaint(int(rows[bad].min())))
        self._seen[rows] = True

    def _complaint(self, row: int) -> str:
        part = int(np.searchsorted(self._ends, row, side="right"))
        begin = int(self._ends[part]) - self.parts[part].shape[0]
        where = self.parts[part]
        return f"{where.path}: {where.key!r} has NaN or infinity in video {row - begin}"


class H5Part:
    """One array of one file, opened once a process.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        Name of the array.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self._pid = -1
        self._file: h5py.File | None = None
        self._dataset: h5py.Dataset | None = None
        dataset = self._open()
        self.shape: tuple[int, int, int] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype
        self.chunk = int(dataset.chunks[0]) if dataset.chunks else 1
        # The values of an array without chunks lie in one piece, unless nothing was ever written.
        offset = dataset.id.get_offset() if dataset.chunks is None else None
        self._offset: int | None = offset if self.dtype.isnative else None
        self._check_size()

    def read_into(self, low: int, high: int, out: NDArray[Any]) -> None:
        """Read rows ``low`` to ``high`` into ``out``, contiguous and of the stored type."""
        try:
            if self._offset is None:
                self._open().read_direct(out, np.s_[low:high], np.s_[0 : high - low])
                return
            file = self._open().file.id.get_vfd_handle()
            row = self.dtype.itemsize * self.shape[1] * self.shape[2]
            _read_fully(file, out, self._offset + low * row)
        except (OSError, RuntimeError, EOFError) as error:
            raise DataError(
                f"{self.path}: videos {low} to {high} cannot be read ({error})"
            ) from error

    def signature(self) -> str:
        """Identify the array: name, size and time of change of its file, and its key."""
        status = self.path.stat()
        return f"{self.path.name}:{status.st_size}:{status.st_mtime_ns}:{self.key}:{self.shape}"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_pid": -1, "_file": None, "_dataset": None}

    def _open(self) -> h5py.Dataset:
        # A handle from before a fork shares its file position and caches with the parent's.
        if self._dataset is None or self._pid != os.getpid():
            self._file, self._dataset = _opened(self.path, self.key)
            self._pid = os.getpid()
        return self._dataset

    def _check_size(self) -> None:
        if self._offset is not None:
            needed = self._offset + int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
            found = self.path.stat().st_size
            if found < needed:
                raise DataError(
                    f"{self.path}: truncated: {found} bytes, {needed} are needed for {self.key!r}"
                )


def _opened(path: Path, key: str) -> tuple[h5py.File, h5py.Dataset]:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DataError(f"{path}: not a whole HDF5 file ({error})") from error
    try:
        dataset = file.get(key)
    except (KeyError, OSError, RuntimeError) as error:
        raise DataError(f"{path}: {key!r} cannot be read ({error})") from error
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"{path}: no array {key!r} (found: {', '.join(file) or 'nothing'})")
    if dataset.file.filename != file.filename or dataset.external or dataset.is_virtual:
        raise DataError(f"{path}: {key!r} points to another file; name that file itself")
    if dataset.ndim != 3 or 0 in dataset.shape:
        raise DataError(f"{path}: {key!r} has shape {dataset.shape}; (n, frames, dims) is needed")
    if dataset.dtype.kind not in "fiu":
        raise DataError(f"{path}: {key!r} holds {dataset.dtype}; numbers are needed")
    return file, dataset


def _read_fully(file: int, out: NDArray[Any], offset: int) -> None:
    """Fill ``out`` from an open file without holding the interpreter's lock."""
    view = out.reshape(-1).view(np.uint8).data
    while view:
        read = os.preadv(file, [view], offset)
        if read == 0:
            raise EOFError("the file ends too early")
        view = view[read:]
        offset += read
