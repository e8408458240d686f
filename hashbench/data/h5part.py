"""Array of an HDF5 file, opened once a process, read past the HDF5 library where it can be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hashbench.data.filepart import FilePart, check_stored
from hashbench.errors import DataError
from hashbench.files.hdf5 import array_of, open_hdf5


class H5Part(FilePart):
    """One array (n, frames, dims) or (n, dims) of one HDF5 file.

    Values lie in the file as they are where nothing is compressed and every chunk holds whole
    videos. All else is read by the HDF5 library.

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
        self._pid = -1
        self._dataset: h5py.Dataset | None = None
        self._descriptor = -1
        dataset = _opened(path, key)
        super().__init__(path, key, dataset.shape, dataset.dtype)
        self._keep(dataset)
        self._offsets = _offsets(dataset)
        # Without chunks the whole array is one piece; with them, one piece a chunk.
        self._rows_a_piece = int(dataset.chunks[0]) if dataset.chunks else self.shape[0]
        self._check_size()

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

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_pid": -1, "_dataset": None, "_descriptor": -1}

    def _open(self) -> h5py.Dataset:
        # A handle from before a fork shares its file position and caches with the parent's.
        if self._dataset is None or self._pid != os.getpid():
            return self._keep(_opened(self.path, self.key))
        return self._dataset

    def _keep(self, dataset: h5py.Dataset) -> h5py.Dataset:
        self._dataset = dataset
        self._pid = os.getpid()
        self._descriptor = dataset.file.id.get_vfd_handle()
        return dataset

    def _handle(self) -> int:
        self._open()
        return self._descriptor

    def _read_otherwise(self, low: int, high: int, out: NDArray[Any]) -> None:
        dataset = self._open()
        view = out.reshape(-1, *dataset.shape[1:])  # single vectors have no axis of frames there
        dataset.read_direct(view, np.s_[low:high], np.s_[0 : high - low])


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
    check_stored(path, key, dataset.shape, dataset.dtype)
    return dataset
