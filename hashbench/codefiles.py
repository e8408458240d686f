"""Codes from files of every form that programs write, whole or block by block."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import MAX_BITS, BinaryCodes, whole_bits
from hashbench.errors import DataError, UsageError
from hashbench.files.arrayfiles import Wanted, read_array
from hashbench.files.arrays import npz_names
from hashbench.files.rowfile import RowFile, open_npy, open_npz
from hashbench.files.textfiles import TEXT_SUFFIXES, bits_of, read_lines
from hashbench.names import unknown
from hashbench.ternary import SCALE, ternary_codes

Packed = Literal["lsb", "msb"]
Zeros = Literal["plus", "minus", "half"]

USUAL = ("codes", "code")
_SCANNED = 1 << 24
"""Values that are looked through at a time for a -1."""


@dataclass(frozen=True, slots=True)
class CodeForm:
    """How codes are written in a file.

    Parameters
    ----------
    key : str, optional
        Name of the array in ``.mat``, HDF5, Parquet or ``.npz``; ``codes``, or the only array, by
        default.
    packed : {"lsb", "msb"}, optional
        Whether eight bits are packed into each byte, and which of a byte's bits is the first: the
        least or the most significant one. By default there is a value for each bit.
    bits : int, optional
        Code length of packed bytes; eight a byte by default.
    zeros : {"plus", "minus", "half"}, optional
        What a zero among -1 and +1 is: +1, -1, or one half of a bit away from anything. By default
        there must be none.

    Raises
    ------
    UsageError
        If one of them is not what it can be.
    """

    key: str | None = None
    packed: Packed | None = None
    bits: int | None = None
    zeros: Zeros | None = None

    def __post_init__(self) -> None:
        for name, value, kinds in (("packed", self.packed, Packed), ("zeros", self.zeros, Zeros)):
            if value is not None and value not in get_args(kinds):
                raise unknown(f"value of --{name}", str(value), get_args(kinds))
        if self.packed and self.zeros:
            raise UsageError("--zeros is for codes with a value for each bit, --packed for bytes")
        if self.bits is not None and not self.packed:
            raise UsageError("--bits tells the length of packed codes: --packed is missing")
        if self.bits is not None and not 1 <= self.bits <= MAX_BITS:
            raise UsageError(f"--bits {self.bits}: from 1 to {MAX_BITS} are possible")


PLAIN = CodeForm()
"""A value for each bit, and no zeros among -1 and +1."""


class CodeRows(Protocol):
    """Codes of a file, read some rows at a time."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def n_bits(self) -> int:
        """Bits of each code as :class:`hashbench.BinaryCodes` counts them."""

    @property
    def scale(self) -> int:
        """As of :class:`hashbench.BinaryCodes`."""

    @property
    def row_bytes(self) -> int:
        """Memory that a row takes while it is read."""

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> BinaryCodes:
        """Return rows ``start`` to ``stop``."""


def read_codes(path: Path, form: CodeForm = PLAIN) -> BinaryCodes:
    """Read all codes of a file.

    Parameters
    ----------
    path : Path
        ``.npz`` that we wrote; otherwise ``.npy``, ``.npz``, ``.mat`` of any version, HDF5 or
        Parquet with values 0/1, -1/+1 or bool of shape (n, bits), or packed bytes; or text of 0
        and 1.
    form : CodeForm

    Raises
    ------
    DataError
        If the file is missing, damaged or empty, or holds something other than codes.
    """
    if _is_ours(path, form):
        found = BinaryCodes.load(path)
    else:
        found = _decoded(path, _values(path, form), form)
    if len(found) == 0:
        raise DataError(f"{path}: holds no codes")
    return found


def open_codes(path: Path, form: CodeForm = PLAIN) -> CodeRows:
    """Open the codes of a file, to read them block by block.

    Rows of ``.npy``, and of ``.npz`` that we wrote, stay in the file. Other files are read whole
    when the first row is asked for, and their packed codes kept.

    Raises
    ------
    DataError
        As :func:`read_codes`. A value that is none of a code is found when its row is read.
    """
    if _is_ours(path, form):
        rows, n_bits = open_npz(path, "packed"), _bits_in(path)
        if rows.dtype != "|u1" or len(rows.shape) != 2 or rows.shape[1] != -(-n_bits // 8):
            raise DataError(f"{path}: packed codes are {rows.dtype} {rows.shape} for {n_bits} bits")
        found: CodeRows = _OurRows(rows, n_bits)
    elif path.suffix == ".npy":
        found = _npy_rows(open_npy(path), form)
    else:
        found = _HeldRows(path, form)
    if len(found) == 0:
        raise DataError(f"{path}: holds no codes")
    return found


def _is_ours(path: Path, form: CodeForm) -> bool:
    """Say whether a file is to be read as one that :meth:`BinaryCodes.save` wrote."""
    if path.suffix != ".npz" or form.key is not None:
        return False
    return not {"packed", "n_bits"}.isdisjoint(npz_names(path))


def _bits_in(path: Path) -> int:
    try:
        return whole_bits(open_npz(path, "n_bits").read_scalar())
    except DataError as error:
        raise _located(path, error) from None


@dataclass(frozen=True, slots=True)
class _OurRows:
    rows: RowFile
    n_bits: int
    scale = 1

    @property
    def path(self) -> Path:
        return self.rows.path

    @property
    def row_bytes(self) -> int:
        return 0

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, start: int, stop: int) -> BinaryCodes:
        try:
            return BinaryCodes(self.rows.read(start, stop), self.n_bits)
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from None


@dataclass(frozen=True, slots=True)
class _NpyRows:
    rows: RowFile
    form: CodeForm
    n_bits: int
    scale: int

    @property
    def path(self) -> Path:
        return self.rows.path

    @property
    def row_bytes(self) -> int:
        return self.rows.shape[1] * np.dtype(self.rows.dtype).itemsize

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, start: int, stop: int) -> BinaryCodes:
        return _decoded(self.path, self.rows.read(start, stop), self.form, checked=True)


def _npy_rows(rows: RowFile, form: CodeForm) -> _NpyRows:
    path = rows.path
    if len(rows.shape) != 2:
        raise DataError(f"{path}: codes have shape {rows.shape}; (n, bits) is needed")
    if form.packed is not None:
        return _NpyRows(rows, form, _decoded(path, rows.read(0, 1), form).n_bits, 1)
    if form.zeros is not None:
        step = max(_SCANNED // max(rows.shape[1], 1), 1)
        blocks = (rows.read(at, at + step) for at in range(0, len(rows), step))
        _check_signs(path, min(map(_least, blocks), default=0))
    scale = SCALE if form.zeros == "half" else 1
    return _NpyRows(rows, form, rows.shape[1] * scale, scale)


@dataclass(slots=True, eq=False)
class _HeldRows:
    path: Path
    form: CodeForm
    _codes: BinaryCodes | None = field(default=None, repr=False)

    @property
    def n_bits(self) -> int:
        return self._all().n_bits

    @property
    def scale(self) -> int:
        return self._all().scale

    @property
    def row_bytes(self) -> int:
        return 0

    def __len__(self) -> int:
        return len(self._all())

    def read(self, start: int, stop: int) -> BinaryCodes:
        return self._all()[start:stop]

    def _all(self) -> BinaryCodes:
        if self._codes is None:
            self._codes = read_codes(self.path, self.form)
        return self._codes

    def __getstate__(self) -> tuple[Path, CodeForm]:
        return self.path, self.form

    def __setstate__(self, state: tuple[Path, CodeForm]) -> None:
        self.path, self.form = state
        self._codes = None


def _values(path: Path, form: CodeForm) -> NDArray[Any]:
    if path.suffix in TEXT_SUFFIXES:
        return bits_of(path, read_lines(path))
    array, transposed = read_array(path, Wanted("codes", USUAL, form.key, text=True))
    if array.dtype.kind == "U":
        return bits_of(path, array.ravel().tolist())
    return array.T if transposed and array.ndim == 2 else array


def _decoded(
    path: Path, array: NDArray[Any], form: CodeForm, *, checked: bool = False
) -> BinaryCodes:
    """Return codes of the values of a file, or of some of its rows where signs are ``checked``."""
    try:
        if form.packed is not None:
            return _unpacked(array, form.packed, form.bits)
        if form.zeros is None:
            return _plain(array)
        if array.ndim != 2:
            raise DataError(f"codes have shape {array.shape}; (n, bits) is needed")
        if not checked:
            _check_signs(path, _least(array))
        return _of_signs(array, form.zeros)
    except DataError as error:
        raise _located(path, error) from None


def _located(path: Path, error: DataError) -> DataError:
    return error if str(error).startswith(f"{path}: ") else DataError(f"{path}: {error}")


def _least(array: NDArray[Any]) -> float:
    return float(array.min(initial=1)) if array.dtype.kind in "if" else 0.0


def _plain(array: NDArray[Any]) -> BinaryCodes:
    try:
        return BinaryCodes.from_bits(array)
    except DataError:
        if array.ndim == 2 and np.isin(array, (-1, 0, 1)).all():
            raise DataError(
                "codes hold zeros among -1 and +1; say what a zero is: --zeros plus, minus or half"
            ) from None
        if array.ndim == 2 and array.dtype.kind == "u":
            raise DataError(
                f"codes hold the value {array.max()}; all values must be 0/1, or packed bytes, "
                "which --packed lsb or --packed msb names"
            ) from None
        raise


def _check_signs(path: Path, least: float) -> None:
    if least >= 0:
        raise DataError(f"{path}: codes hold no -1, so that zeros are bits; leave out --zeros")


def _of_signs(array: NDArray[Any], zeros: Zeros) -> BinaryCodes:
    if zeros == "half":
        return ternary_codes(array)
    odd = array[(array != 0) & (array != 1) & (array != -1)]
    if odd.size:
        raise DataError(f"codes hold the value {odd.flat[0]}; all values must be -1, 0 or +1")
    return BinaryCodes.from_bits(array >= 0 if zeros == "plus" else array > 0)


def _unpacked(array: NDArray[Any], order: Packed, bits: int | None) -> BinaryCodes:
    """Return codes of packed bytes, or of larger words whose bits follow each other likewise."""
    if array.ndim != 2 or array.dtype.kind not in "ui":
        raise DataError(
            f"packed codes are {array.dtype} {array.shape}; whole numbers (n, bytes) are needed"
        )
    width = array.dtype.itemsize
    stored = array.astype(array.dtype.newbyteorder("<" if order == "lsb" else ">"))
    rows = np.ascontiguousarray(stored).view(np.uint8).reshape(len(array), -1)
    rows = rows if order == "lsb" else _REVERSED[rows]
    n_bits = 8 * rows.shape[1] if bits is None else bits
    needed = -(-n_bits // 8)
    if rows.shape[1] < needed or rows.shape[1] - needed >= width:
        raise DataError(f"{rows.shape[1]} packed bytes a code, where {n_bits} bits need {needed}")
    if rows[:, needed:].any():
        raise DataError(f"packed codes of {n_bits} bits have set bits beyond the last")
    return BinaryCodes(rows[:, :needed], n_bits)


_REVERSED: NDArray[np.uint8] = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1), axis=1, bitorder="little"
)[:, 0]
"""Each byte with its bits in the other order."""
