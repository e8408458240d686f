"""Features in HDF5 files that have a group for each video, as a source of one array."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hashbench.data.segments import middle_frames
from hashbench.errors import DataError
from hashbench.files.hdf5 import array_names, array_of, node_of, reading
from hashbench.names import few
from hashbench.workspace import Progress

_EVERY = 256
"""Groups between two reports of progress."""


class GroupSource:
    """Videos of a file with one group each, in the order of a list.

    A group holds one array (frames, dims), or several of which one is read. An array in the place
    of a group is taken as well. Values become float32.

    Parameters
    ----------
    path : Path
        The HDF5 file.
    ids : sequence of str
        Names of the groups.
    key : str
        Name of the array in each group; empty where the groups have only one.
    frames : int
        Frames to take of each video, the middle ones of so many equal spans; 0 where all videos
        have one number of frames and all are taken.

    Raises
    ------
    DataError
        If the file is missing or damaged, has no group of the first name, or that has no array of
        numbers (frames, dims) or several.
    """

    def __init__(self, path: Path, ids: Sequence[str], key: str = "", frames: int = 0) -> None:
        self.path = path
        self.key = key
        self._ids = tuple(ids)
        self._frames = frames
        with reading(path) as file:
            self.key = key or _only_array(file, path, self._ids[0])
            stored, self._dims = _extent(self._found(file, self._ids[0]))
        self._stored = stored

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self._ids), self._frames or self._stored, self._dims

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def ids(self) -> list[str]:
        """Return the names of the groups."""
        return list(self._ids)

    def check(self, progress: Progress, done: int = 0, total: int = 0) -> None:
        """Look at shape and type of every video, so that no long work ends in the middle.

        Parameters
        ----------
        progress : Progress
            Told the videos looked at.
        done, total : int
            Videos of other sources that were looked at before, and of all.

        Raises
        ------
        DataError
            If a group is missing, empty, or has another array than the first.
        """
        with reading(self.path) as file:
            for place, name in enumerate(self._ids, start=1):
                self._checked(file, name)
                if place % _EVERY == 0 or place == len(self._ids):
                    progress.update("look at groups", done + place, total or len(self._ids))

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return self.take(np.arange(start, stop))

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        out = np.empty((len(index), *self.shape[1:]), np.float32)
        with reading(self.path) as file:
            for place, row in enumerate(index.tolist()):
                name = self._ids[row]
                values = self._checked(file, name)[()].reshape(-1, self._dims)
                if self._frames:
                    values = values[middle_frames(len(values), self._frames)]
                with np.errstate(over="ignore"):
                    out[place] = values
                if not np.isfinite(out[place]).all():
                    raise DataError(
                        f"{self.path}: group {few([name])} has NaN, infinity or a value beyond "
                        "float32"
                    )
        return out

    def signature(self) -> str:
        status = self.path.stat()
        names = hashlib.sha256("\n".join(self._ids).encode("utf-8", "surrogateescape")).hexdigest()
        return (
            f"{self.path.name}:{status.st_size}:{status.st_mtime_ns}:{self.key}:{names}:"
            f"{self._frames}"
        )

    def _found(self, file: h5py.File, name: str) -> h5py.Dataset:
        """Return a video's array, whatever its shape."""
        try:
            return array_of(file, self.path, f"{name}/{self.key}")
        except DataError as error:
            node = node_of(file, self.path, name)
            if isinstance(node, h5py.Dataset):
                return array_of(file, self.path, name)
            if node is None:
                raise DataError(f"{self.path}: has no group {few([name])}") from None
            if node_of(file, self.path, f"{name}/{self.key}") is not None:
                raise error
            raise DataError(
                f"{self.path}: group {few([name])} has no array {self.key!r} (found: "
                f"{few(array_names(node))})"
            ) from None

    def _checked(self, file: h5py.File, name: str) -> h5py.Dataset:
        """Return a video's array where it has the shape of all."""
        array = self._found(file, name)
        stored, dims = _extent(array)
        if dims != self._dims:
            raise DataError(
                f"{self.path}: group {few([name])} has features of {dims} dimensions, "
                f"{few([self._ids[0]])} of {self._dims}; one extractor must have made all"
            )
        if stored != self._stored and not self._frames:
            raise DataError(
                f"{self.path}: group {few([name])} has {stored} frames, {few([self._ids[0]])} "
                f"{self._stored}; --frames N takes N of each, evenly spread"
            )
        return array


def _only_array(file: h5py.File, path: Path, name: str) -> str:
    """Return the name of the only array in a group; empty where an array has the group's place."""
    node = node_of(file, path, name)
    if node is None or isinstance(node, h5py.Dataset):
        return ""
    names = array_names(node)
    if len(names) == 1:
        return str(names[0])
    if not names:
        raise DataError(f"{path}: group {few([name])} holds no array")
    raise DataError(f"{path}: groups hold {few(names)}; name one with --key")


def _extent(array: h5py.Dataset) -> tuple[int, int]:
    """Return frames and dimensions of a video's array."""
    where = f"{array.file.filename}: {array.name.lstrip('/')!r}"
    shape = array.shape
    if len(shape) not in (1, 2) or 0 in shape:
        raise DataError(f"{where} has shape {shape}; (frames, dims) is needed")
    if array.dtype.kind not in "fiu":
        kind = "objects" if array.dtype.kind == "O" else str(array.dtype)
        raise DataError(f"{where} holds {kind}; numbers are needed")
    frames, dims = shape if len(shape) == 2 else (1, *shape)
    return int(frames), int(dims)
