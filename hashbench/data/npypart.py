"""Array of numpy's ``.npy``, read from where it lies in the file."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.filepart import FilePart, check_stored
from hashbench.errors import DataError
from hashbench.files.arrays import npy_layout, read_npy
from hashbench.files.regular import open_regular


class NpyPart(FilePart):
    """One array (n, frames, dims) or (n, dims) in an ``.npy``, read piece by piece.

    An array in Fortran's order holds no row in one place and is read whole, once a process.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        For messages: the file has one array, which has no name.

    Raises
    ------
    DataError
        If the file is missing, truncated or no ``.npy``, or holds something else.
    """

    def __init__(self, path: Path, key: str = "array") -> None:
        shape, fortran, dtype, offset = npy_layout(path)
        check_stored(path, key, shape, dtype)
        super().__init__(path, key, shape, dtype)
        self._file: IO[bytes] | None = None
        self._pid = -1
        self._whole: NDArray[Any] | None = None
        if not fortran:
            self._offsets = np.array([offset], np.int64)
            self._check_size()

    def ids(self) -> list[str]:
        return []

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_file": None, "_pid": -1, "_whole": None}

    def _handle(self) -> int:
        if self._file is None or self._pid != os.getpid():
            try:
                self._file, self._pid = open_regular(self.path), os.getpid()
            except OSError as error:
                raise DataError(f"{self.path}: cannot be read ({error.strerror})") from error
            weakref.finalize(self, self._file.close)
        return self._file.fileno()

    def _read_otherwise(self, low: int, high: int, out: NDArray[Any]) -> None:
        if self._whole is None:
            self._whole = read_npy(self.path).reshape(self.shape)
        out[:] = self._whole[low:high]
