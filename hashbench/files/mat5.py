"""Matrices in MATLAB v5 files, ``.mat`` before v7.3: numbers only, each size held against the file.

scipy's reader of this format is compiled, and a damaged file can end the process in it.

Source: MAT-File Format (R2024a), "Level 5 MAT-File Format". A file is a header of 128 bytes and
elements: a type, a size, and the content, padded to eight bytes. A matrix is an element of
elements: flags, dimensions, name, and values in any numeric type that holds them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.regular import open_regular
from hashbench.files.sizes import check_inflation

_HEADER_BYTES = 128
_HEAD_BYTES = 1 << 12
"""What of a matrix is looked at for its name, which follows flags and dimensions."""

_NAME_CHARACTERS = 255
"""MATLAB's own names have 63 at most, those of other writers may be longer."""

_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
           13: "u8", 16: "u1"}  # fmt: skip
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8",
            15: "u8"}  # fmt: skip
_SPARSE = 5
_OTHER = {1: "a cell array", 2: "a struct", 3: "an object", 4: "text", 16: "a function"}
_COMPLEX, _LOGICAL = 0x0800, 0x0200

Order = Literal["<", ">"]


def is_mat4(path: Path) -> bool:
    """Say whether a file is of MATLAB v4, which begins with a small number; later ones with text.

    scipy's reader of v4 is not compiled, and tells it as this does.
    """
    with open_regular(path) as file:
        return 0 in file.read(4)


class SparseMatrix(NamedTuple):
    """A sparse matrix as MATLAB stores it.

    Parameters
    ----------
    values, rows : ndarray, shape (nonzero,)
        Column after column.
    columns : ndarray of int, shape (n_columns + 1,)
        Where each column begins in ``values``.
    shape : tuple of int
    """

    values: NDArray[Any]
    rows: NDArray[Any]
    columns: NDArray[Any]
    shape: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an element lies in its file."""

    kind: int
    start: int
    size: int


class MatFile:
    """The matrices of a MATLAB v5 file, read by name.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If it is no such file, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, _Place] = {}
        with self._opened() as file:
            self._order = _order(path, file.read(_HEADER_BYTES))
            for place in self._elements(file):
                name = _Matrix(path, self._content(file, place, _HEAD_BYTES), self._order).name
                self._places.setdefault(name, place)
        self._places.pop("", None)  # MATLAB's own

    @property
    def names(self) -> list[str]:
        """Names of the matrices, in the order of the file."""
        return list(self._places)

    def read(self, name: str) -> NDArray[Any] | SparseMatrix:
        """Return a matrix of numbers.

        Raises
        ------
        DataError
            If it holds anything else, or is damaged.
        """
        with self._opened() as file:
            content = self._content(file, self._places[name])
        return _Matrix(self.path, content, self._order).values()

    def _opened(self) -> BinaryIO:
        try:
            return open_regular(self.path)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror})") from error

    def _elements(self, file: BinaryIO) -> Iterator[_Place]:
        end, at = file.seek(0, 2), _HEADER_BYTES
        while at + 8 <= end:
            file.seek(at)
            kind, size = np.frombuffer(file.read(8), f"{self._order}u4").tolist()
            if at + 8 + size > end or kind not in (_MATRIX, _COMPRESSED):
                raise _damaged(self.path, f"an element of type {kind} and {size:,} bytes")
            yield _Place(kind, at + 8, size)
            at += 8 + size

    def _content(self, file: BinaryIO, place: _Place, most: int | None = None) -> bytes:
        """Return a matrix's elements, inflated; no more than ``most`` bytes if that is given."""
        file.seek(place.start)
        if place.kind == _MATRIX:
            return file.read(place.size if most is None else min(place.size, most))
        # What is compressed is a whole element, its type and size included.
        inflate = zlib.decompressobj()
        stored = file.read(place.size)
        try:
            head = inflate.decompress(stored, 8)
            if len(head) < 8:
                raise _damaged(self.path, "an empty element")
            kind, size = np.frombuffer(head, f"{self._order}u4").tolist()
            if kind != _MATRIX:
                raise _damaged(self.path, f"a compressed element of type {kind}")
            check_inflation(f"{self.path}: a matrix", size, len(stored))
            wanted = size if most is None else min(size, most)
            content = inflate.decompress(inflate.unconsumed_tail, wanted) if wanted else b""
            if most is None and not inflate.eof:
                inflate.decompress(inflate.unconsumed_tail, 1)  # its checksum, at the end
        except zlib.error as error:
            raise _damaged(self.path, str(error)) from error
        if len(content) < wanted or (most is None and not inflate.eof):
            raise _damaged(self.path, f"{len(content):,} of {wanted:,} bytes of a matrix")
        return content


class _Matrix:
    """A matrix, whose elements are taken one after the other."""

    def __init__(self, path: Path, content: bytes, order: Order) -> None:
        self._path, self._content, self._order, self._at = path, content, order, 0
        flags = self._take()
        if len(flags) < 1:
            raise _damaged(path, "a matrix without flags")
        self._class = int(flags[0]) & 0xFF
        self._complex, self._logical = (bool(int(flags[0]) & bit) for bit in (_COMPLEX, _LOGICAL))
        self._shape = tuple(int(size) for size in self._take())
        if min(self._shape, default=-1) < 0:
            raise _damaged(path, f"a matrix of shape {self._shape}")
        self.name = self._take().astype(np.uint8).tobytes().decode("latin-1")
        if len(self.name) > _NAME_CHARACTERS or (self.name and not self.name.isprintable()):
            raise _damaged(path, "a matrix without a name")

    def values(self) -> NDArray[Any] | SparseMatrix:
        """Return what the matrix holds."""
        if self._complex:
            raise DataError(f"{self._path}: {self.name!r} is complex; numbers are needed")
        if self._class == _SPARSE:
            return self._sparse()
        if self._class not in _CLASSES:
            what = _OTHER.get(self._class, f"of class {self._class}")
            raise DataError(f"{self._path}: {self.name!r} is {what}; numbers are needed")
        found = self._take()
        if math.prod(self._shape) != len(found):
            raise _damaged(self._path, f"{len(found):,} values for a matrix of {self._shape}")
        with np.errstate(invalid="ignore", over="ignore"):
            return found.astype(_CLASSES[self._class]).reshape(self._shape, order="F")

    def _sparse(self) -> SparseMatrix:
        rows, columns = self._take(), self._take()
        values = self._take(logical=self._logical)
        if len(self._shape) != 2 or len(columns) != self._shape[1] + 1:
            raise _damaged(self._path, f"{len(columns):,} ends of columns for {self._shape}")
        count = int(columns[-1])  # there may be room for more
        if not 0 <= count <= min(len(rows), len(values)):
            raise _damaged(self._path, f"{count:,} values where {len(values):,} are stored")
        return SparseMatrix(
            values[:count].astype(np.float64), rows[:count], columns,
            (self._shape[0], self._shape[1]),
        )  # fmt: skip

    def _take(self, *, logical: bool = False) -> NDArray[Any]:
        """Return the next element's values; logical ones are bytes, which MATLAB calls doubles."""
        tag = self._content[self._at : self._at + 8]
        if len(tag) < 8:
            raise _damaged(self._path, "a matrix that ends early")
        kind, size = np.frombuffer(tag, f"{self._order}u4").tolist()
        start = self._at + 8
        if kind >> 16:  # up to four bytes, in the tag itself
            kind, size, start = kind & 0xFFFF, kind >> 16, self._at + 4
            self._at += 8
        else:
            self._at = start + size + -size % 8
        kept = self._content[start : start + size]
        if kind not in _STORED or len(kept) < size or (start % 8 == 4 and size > 4):
            raise _damaged(self._path, f"{size:,} values of type {kind}")
        dtype = np.dtype("u1" if logical else f"{self._order}{_STORED[kind]}")
        if size % dtype.itemsize:
            raise _damaged(self._path, f"{size:,} bytes of {dtype.name}")
        return np.frombuffer(kept, dtype)


def _order(path: Path, header: bytes) -> Order:
    mark = header[126:128]
    if len(header) < _HEADER_BYTES or mark not in (b"IM", b"MI"):
        raise _damaged(path, "no header of MATLAB v5")
    return "<" if mark == b"IM" else ">"


def _damaged(path: Path, what: str) -> DataError:
    return DataError(f"{path}: not a readable .mat file ({what})")
