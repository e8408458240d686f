"""Features in files, several of which may follow each other as one array."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.filepart import FilePart
from hashbench.data.h5part import H5Part
from hashbench.data.npypart import NpyPart
from hashbench.data.parquetpart import ParquetPart, vectors_key
from hashbench.errors import DataError
from hashbench.files.arrays import mapped_npy
from hashbench.files.hdf5 import array_names, is_group, reading
from hashbench.files.parquet import SUFFIXES

_PIECE_BYTES = 1 << 25
"""Bytes looked at at a time where values are converted on the way, or lie in a map."""

_MOST = float(np.finfo(np.float32).max)

_RUNS_AHEAD = 32
"""Runs of neighbours that the system is told of before they are read."""

_RUN_ROWS = 16
"""Videos that one call of the system reads, so that the check finds them in the cache."""


def features_key(path: Path, key: str | None) -> str:
    """Return the name of the features in a file: ``key``, else the one that fits.

    That is ``feats``, or ``SPLIT/feats`` where one split is in the file. Of a Parquet file it is
    the only column of lists, or ``"*"``. An ``.npy`` needs none.

    Raises
    ------
    DataError
        If several splits are, or the file cannot be read.
    """
    if key is not None:
        return key
    if path.suffix in SUFFIXES:
        return vectors_key(path)
    if path.suffix == ".npy":
        return "array"
    try:
        with reading(path) as file:
            if "feats" in array_names(file):
                return "feats"
            groups = [name for name in map(str, file) if is_group(file, name)]
            inside = [f"{name}/feats" for name in groups if "feats" in file[name]]
    except DataError:
        return "feats"  # whatever is wrong is said where the file is opened
    if len(inside) > 1:
        raise DataError(f"{path}: holds several splits; name one: --key {' or '.join(inside)}")
    return inside[0] if inside else "feats"


def open_part(path: Path, key: str) -> FilePart:
    """Open the features in one file: ``.npy``, Parquet, or HDF5 whatever it is called.

    Raises
    ------
    DataError
        If it is missing or damaged, or holds no such array.
    UsageError
        If reading Parquet needs a package that is not installed.
    """
    if path.suffix == ".npy":
        return NpyPart(path, key)
    return ParquetPart(path, key) if path.suffix in SUFFIXES else H5Part(path, key)


class H5Source:
    """Features in one file, or in several parts that follow each other: HDF5, .npy or Parquet.

    Single vectors (n, dims) are videos of one frame.

    Every value is looked at once: NaN and infinity are errors that name file and video.

    Parameters
    ----------
    paths : list of Path
        The parts, in order.
    key : str
        Name of the array (n, frames, dims) or (n, dims) in each.

    Raises
    ------
    DataError
        If a file is missing, truncated or damaged, lacks the array, or holds one of another
        rank, type, or number of frames or dimensions than the first.
    """

    def __init__(self, paths: list[Path], key: str = "feats") -> None:
        if not paths:
            raise DataError("no feature files are named")
        self.parts = [open_part(path, key) for path in paths]
        first = self.parts[0]
        for part in self.parts[1:]:
            if part.shape[1:] != first.shape[1:] or part.dtype != first.dtype:
                raise DataError(
                    f"{part.path}: holds {part.dtype} of (n, {part.shape[1]}, {part.shape[2]}), "
                    f"{first.path.name} {first.dtype} of (n, {first.shape[1]}, {first.shape[2]})"
                )
        self._ends = np.cumsum([part.shape[0] for part in self.parts])
        # How many frames of each video are known to be finite.
        self._seen = np.zeros(int(self._ends[-1]), dtype=np.int32)

    @property
    def shape(self) -> tuple[int, int, int]:
        return int(self._ends[-1]), self.parts[0].shape[1], self.parts[0].shape[2]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.parts[0].dtype

    @property
    def nbytes(self) -> int:
        """Size of all values as stored, in bytes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def _videos_a_piece(self) -> int:
        return max(1, _PIECE_BYTES * self.shape[0] // max(1, self.nbytes))

    def ids(self) -> list[str]:
        """Return what the videos are called, such as their files; none where a part says none."""
        parts = [part.ids() for part in self.parts]
        return [name for part in parts for name in part] if all(parts) else []

    def read(self, start: int, stop: int) -> NDArray[Any]:
        out = self.unchecked(start, stop)
        self._check(np.arange(start, stop), out)
        return out

    def unchecked(self, start: int, stop: int) -> NDArray[Any]:
        """Return videos ``start`` to ``stop`` as :meth:`read` does, NaN and infinity included."""
        out = np.empty((max(0, stop - start), *self.shape[1:]), self.dtype)
        self._read_into(start, stop, out)
        return out

    def mapped(self, frames: int) -> NDArray[Any] | None:
        """Return the array as a memory map, where it is one ``.npy``.

        The first ``frames`` of each video that were not looked at before are looked at now, some
        videos at a time.
        """
        if len(self.parts) > 1 or not isinstance(self.parts[0], NpyPart):
            return None
        array = mapped_npy(self.parts[0].path)
        step = self._videos_a_piece
        for start in range(0, len(array), step):
            piece = array[start : start + step].reshape(-1, *self.shape[1:])
            self._check(np.arange(start, start + len(piece)), piece[:, :frames])
        return array

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        out = np.empty((len(index), *self.shape[1:]), self.dtype)
        if len(index):
            order = np.argsort(index, kind="stable")
            runs = np.split(order, np.flatnonzero(np.diff(index[order]) != 1) + 1)
            self._announce(index, runs)
            for run in runs:
                self._take_run(index, run, out)
        self._check(index, out)
        return out

    def fill(self, index: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Read the first frames of the videos at ``index`` straight to their places in ``out``.

        Parameters
        ----------
        index : ndarray of int64, shape (m,)
            Which videos, in any order; they are read in that of the file.
        out : ndarray of float32, shape (m, frames, dims)
            Contiguous; ``frames`` is at most that stored.
        """
        order = np.argsort(index, kind="stable")
        if self.dtype != np.float32 or not all(part.direct for part in self.parts):
            step = self._videos_a_piece
            for start in range(0, len(order), step):
                piece = order[start : start + step]
                out[piece] = self.take(index[piece])[:, : out.shape[1]]
            return
        runs = np.split(order, np.flatnonzero(np.diff(index[order]) != 1) + 1)
        for at, run in enumerate(runs):
            if at % _RUNS_AHEAD == 0:
                self._announce(index, runs[at : at + 2 * _RUNS_AHEAD])
            for start in range(0, len(run), _RUN_ROWS):
                rows = run[start : start + _RUN_ROWS]
                self._fill_run(int(index[rows[0]]), [out[row] for row in rows])
                for row in rows:  # while it is in the processor's cache
                    self._check(index[row : row + 1], out[row : row + 1])

    def _announce(self, index: NDArray[np.int64], runs: list[NDArray[np.int64]]) -> None:
        for run in runs:
            if len(run):
                first, last = int(index[run[0]]), int(index[run[-1]])
                for part, _, low, high in self._spans(first, last + 1):
                    part.will_read(low, high)

    def signature(self) -> str:
        parts = [part.signature() for part in self.parts]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _take_run(self, index: NDArray[np.int64], run: NDArray[np.int64], out: Any) -> None:
        """Read the neighbours ``index[run]`` in one go, straight into ``out`` where they fit."""
        low, high = int(index[run[0]]), int(index[run[-1]]) + 1
        first = int(run[0])
        if np.array_equal(run, np.arange(first, first + len(run))):
            self._read_into(low, high, out[first : first + len(run)])
        else:
            out[run] = self.unchecked(low, high)

    def _read_into(self, start: int, stop: int, out: NDArray[Any]) -> None:
        for part, at, low, high in self._spans(start, stop):
            part.read_into(low, high, out[at : at + high - low])

    def _spans(self, start: int, stop: int) -> Iterator[tuple[FilePart, int, int, int]]:
        """Yield part, offset in the result, and first and last row in the part."""
        for part, end in zip(self.parts, self._ends, strict=True):
            begin = int(end) - part.shape[0]
            low, high = max(start, begin), min(stop, int(end))
            if low < high:
                yield part, low - start, low - begin, high - begin

    def _fill_run(self, first: int, rows: list[NDArray[Any]]) -> None:
        for part, at, low, high in self._spans(first, first + len(rows)):
            part.scatter(low, high, rows[at : at + high - low])

    def _check(self, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Look once at each value: ``values`` (m, frames, dims) of the videos ``rows``."""
        if self.dtype.kind != "f" or not len(rows) or (self._seen[rows] >= values.shape[1]).all():
            return
        # A sum is finite only if its terms are; most blocks need nothing more than this.
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(values.sum(dtype=np.float32 if values.itemsize == 2 else None))
        if not finite:
            bad = np.flatnonzero(~np.isfinite(values).all(axis=(1, 2)))
            if len(bad):
                raise DataError(self._complaint(int(rows[bad].min()), "NaN or infinity"))
        if values.itemsize > 4 and max(values.max(), -values.min()) > _MOST:
            bad = np.flatnonzero((np.abs(values) > _MOST).any(axis=(1, 2)))
            raise DataError(self._complaint(int(rows[bad].min()), "a value beyond float32"))
        self._seen[rows] = np.maximum(self._seen[rows], values.shape[1])

    def _complaint(self, row: int, what: str) -> str:
        part = int(np.searchsorted(self._ends, row, side="right"))
        begin = int(self._ends[part]) - self.parts[part].shape[0]
        where = self.parts[part]
        return f"{where.path}: {where.key!r} has {what} in video {row - begin}"
