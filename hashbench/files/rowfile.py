"""Arrays on disk that are read some rows at a time, so that memory does not grow with them."""

from __future__ import annotations

import math
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrays import read_header
from hashbench.files.regular import open_regular

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class RowFile:
    """Where the rows of an array lie in a file.

    Parameters
    ----------
    path : Path
        An ``.npy``, or an ``.npz`` whose members are stored as they are.
    offset : int
        First byte of the values.
    shape : tuple of int
    dtype : str
        As numpy writes it, such as ``"|u1"``.
    fortran : bool
        Whether columns, not rows, lie together.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: str
    fortran: bool

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return a copy of rows ``start`` to ``stop``; nothing of the file stays mapped.

        Raises
        ------
        DataError
            If the file has become shorter or has gone.
        """
        return np.array(self._mapped()[start:stop])

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return a copy of some rows, as :meth:`read` does."""
        return np.array(self._mapped()[rows])

    def _mapped(self) -> NDArray[Any]:
        try:
            return np.memmap(
                self.path,
                np.dtype(self.dtype),
                "r",
                self.offset,
                self.shape,
                "F" if self.fortran else "C",
            )
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path}: cannot be read ({error})") from None

    def read_scalar(self) -> int | float:
        """Return the one value of an array without dimensions.

        Raises
        ------
        DataError
            If it has dimensions.
        """
        if self.shape:
            raise DataError(f"{self.path}: holds an array of {self.shape} where one value is due")
        with open_regular(self.path) as file:
            file.seek(self.offset)
            value: int | float = np.fromfile(file, np.dtype(self.dtype), 1)[0].item()
        return value


@dataclass(frozen=True, slots=True, eq=False)
class HeldArray:
    """An array in memory with the manners of a :class:`RowFile`.

    Parameters
    ----------
    path : Path
        The file that it was read from.
    array : ndarray
    class_names : tuple of str
        Of labels that were names: what the number of each class stands for.
    """

    path: Path
    array: NDArray[Any]
    class_names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.array.shape

    def __len__(self) -> int:
        return len(self.array)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows ``start`` to ``stop``."""
        return self.array[start:stop]

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows."""
        taken: NDArray[Any] = self.array[rows]
        return taken


def open_npy(path: Path) -> RowFile:
    """Look into an ``.npy`` file.

    Raises
    ------
    DataError
        If it is missing, is no ``.npy``, is truncated, or holds no numbers.
    """
    return _opened(path, None)


def open_npz(path: Path, member: str) -> RowFile:
    """Look into one array of an ``.npz`` that :func:`numpy.savez` wrote.

    Raises
    ------
    DataError
        If it is missing, is no ``.npz``, lacks the array, or is compressed.
    """
    return _opened(path, member)


def _opened(path: Path, member: str | None) -> RowFile:
    try:
        with open_regular(path) as file:
            if member is not None:
                _seek_member(path, file, member)
            shape, fortran, dtype = read_header(file)
            offset = file.tell()
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # damaged headers and directories raise a dozen kinds
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise DataError(f"{path}: not a readable array file ({reason})") from None
    if dtype.kind not in "buif":
        raise DataError(f"{path}: holds no numbers; a numeric array is needed")
    needed = offset + math.prod(shape) * dtype.itemsize
    if path.stat().st_size < needed:
        raise DataError(f"{path}: truncated: {path.stat().st_size} bytes where {needed} are needed")
    return RowFile(path, offset, shape, dtype.str, fortran)


def _seek_member(path: Path, file: BinaryIO, member: str) -> None:
    """Place ``file`` at the first byte of an archive's member."""
    with zipfile.ZipFile(file) as archive:
        try:
            info = archive.getinfo(f"{member}.npy")
        except KeyError:
            raise DataError(f"{path}: no array {member!r}; not a codes file") from None
        if info.compress_type != zipfile.ZIP_STORED:
            raise DataError(f"{path}: is compressed; write it with BinaryCodes.save or numpy.savez")
        # Rows are read past the archive later on, so that its checksum is looked at now.
        with archive.open(info) as stored:
            while stored.read(_BLOCK):
                pass
    # The local header repeats the name and has an extra field of a length of its own.
    file.seek(info.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    file.seek(info.header_offset + 30 + name + extra)
