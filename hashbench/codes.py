"""Packed binary codes: what a method yields and the ranking reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.arrays import npz_names, read_npz
from hashbench.files.atomic import replacing
from hashbench.realvalued import Planes, note_planes, note_values

MAX_BITS = 4096
MARGIN = 1e-9
"""How near a plane counts as on it, as a part of the lengths that a projection is made of.

Rounding in float64 moves a projection by 1e-12 of these lengths at most, and a step of float32
features by 6e-8. What lies between is the data's, not the machine's.
"""
_KIND = "codes file of 'packed' and 'n_bits', as BinaryCodes.save writes it"
_BLOCK = 512  # rows of one matrix product


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BinaryCodes:
    """``n`` codes of ``n_bits`` bits, packed eight to a byte.

    Parameters
    ----------
    packed : ndarray of uint8, shape (n, ceil(n_bits / 8))
        Bit ``j`` of a code is bit ``j % 8`` (least significant first) of byte ``j // 8``;
        unused bits of the last byte are 0.
    n_bits : int
        Code length L, from 1 to 4096.
    near_zero : int, optional
        How many bits came from a projection of size 0, but for rounding. None where it is not
        known. No part of equality or digest, and not saved.
    scale : int
        How many of these bits stand for one of the code: 1, or 4 where codes have three values. See
        :mod:`hashbench.ternary`.

    Raises
    ------
    DataError
        If shape, dtype or unused bits are not as stated.

    Examples
    --------
    >>> codes = BinaryCodes.from_bits([[0, 1, 1], [1, 1, 0]])
    >>> len(codes), codes.n_bits, codes.packed.ravel().tolist()
    (2, 3, [6, 3])
    """

    packed: NDArray[np.uint8]
    n_bits: int
    near_zero: int | None = None
    scale: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.n_bits <= MAX_BITS:
            raise DataError(f"codes have {self.n_bits} bits; from 1 to {MAX_BITS} are possible")
        packed = np.ascontiguousarray(self.packed)
        width = -(-self.n_bits // 8)
        if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != width:
            raise DataError(
                f"packed codes are {packed.dtype} {packed.shape}; "
                f"{self.n_bits} bits need uint8 (n, {width})"
            )
        spare = width * 8 - self.n_bits
        if spare and np.any(packed[:, -1] >> (8 - spare)):
            raise DataError(f"packed codes of {self.n_bits} bits have set bits beyond the last")
        object.__setattr__(self, "packed", packed)

    @classmethod
    def from_bits(cls, bits: ArrayLike) -> BinaryCodes:
        """Pack an (n, L) array whose values are all in {0, 1} or all in {-1, +1}.

        Raises
        ------
        DataError
            If the array is not two-dimensional or has any other value.
        """
        array = np.asarray(bits)
        if array.ndim != 2:
            raise DataError(f"codes have shape {array.shape}; (n, bits) is needed")
        ones = array == 1
        if not (np.all(ones | (array == 0)) or np.all(ones | (array == -1))):
            odd = array[~(ones | (array == 0) | (array == -1))]
            found = f"the value {odd.flat[0]}" if odd.size else "0 and -1 mixed"
            packed = "" if array.dtype != np.uint8 else " (np.unpackbits gives the bits of bytes)"
            raise DataError(f"codes hold {found}; all values must be 0/1 or all -1/+1{packed}")
        return cls(np.packbits(ones, axis=1, bitorder="little"), array.shape[1])

    @classmethod
    def from_signs(cls, values: ArrayLike) -> BinaryCodes:
        """Pack the signs of an (n, L) real array; 0 counts as +1, so no third value arises.

        Raises
        ------
        DataError
            If a value is NaN, or none is a number.

        Examples
        --------
        >>> BinaryCodes.from_signs([[-0.5, 0.0, 2.0]]).unpack().tolist()
        [[0, 1, 1]]
        """
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise DataError(f"codes are taken from {array.dtype}; numbers are needed")
        if np.isnan(array).any():
            raise DataError("codes cannot be taken from NaN: the values to binarise are not finite")
        if array.ndim != 2:
            raise DataError(f"codes have shape {array.shape}; (n, bits) is needed")
        note_values(array)
        return cls(np.packbits(array >= 0, axis=1, bitorder="little"), array.shape[1])

    @classmethod
    def from_hyperplanes(
        cls,
        points: NDArray[Any],
        normals: NDArray[Any],
        *,
        centre: NDArray[Any] | None = None,
        offset: NDArray[Any] | None = None,
    ) -> BinaryCodes:
        """Pack sgn((x - centre) W + offset) of each point x: on which side of L planes it lies.

        In float64, so that every machine gives the same code. A projection v of x by the column w
        counts as 0, and the bit as 1, where ``|v| <= MARGIN (|w| (|x| + |centre|) + |offset|)``:
        its sign would be that of a rounding error. ``near_zero`` counts these.

        Parameters
        ----------
        points, normals, centre
            As :func:`projections` takes them.
        offset : ndarray of shape (L,), optional
            Added to every projection; 0 by default.

        Raises
        ------
        DataError
            If the points have another number of dimensions than the planes, or hold NaN.
        """
        note_planes(Planes(points, normals, centre, offset))
        packed = np.empty((len(points), -(-normals.shape[1] // 8)), np.uint8)
        shift = np.zeros(normals.shape[1]) if offset is None else np.asarray(offset, np.float64)
        widths = np.linalg.norm(normals.astype(np.float64), axis=0)
        from_origin = 0.0 if centre is None else float(np.linalg.norm(centre.astype(np.float64)))
        near_zero = 0
        for start, values in projections(points, normals, centre):
            part = points[start : start + len(values)]
            if offset is not None:
                values += shift
            # Few rows come near a plane: only those are looked at column by column.
            highest = np.maximum(part.max(axis=1), -part.min(axis=1)).astype(np.float64)
            bound = np.sqrt(part.shape[1]) * highest + from_origin
            bound = MARGIN * (bound * widths.max() + np.abs(shift).max())
            rows = np.flatnonzero(~(np.abs(values).min(axis=1) > bound))
            if len(rows):
                lengths = np.linalg.norm(part[rows].astype(np.float64), axis=1) + from_origin
                margin = MARGIN * (np.outer(lengths, widths) + np.abs(shift))
                some = values[rows]
                near = np.abs(some) <= np.where(np.isfinite(margin), margin, 0)
                near_zero += int(np.count_nonzero(near))
                some[near] = 0
                values[rows] = some
            packed[start : start + len(values)] = cls.from_signs(values).packed
        return cls(packed, normals.shape[1], near_zero)

    @classmethod
    def concatenate(cls, parts: list[BinaryCodes]) -> BinaryCodes:
        """Join codes of one width in order."""
        widths = {part.n_bits for part in parts}
        if len(widths) != 1 or len({part.scale for part in parts}) != 1:
            raise UsageError(f"codes of one width are needed, not {sorted(widths)} bits")
        counts = [part.near_zero for part in parts if part.near_zero is not None]
        near_zero = sum(counts) if len(counts) == len(parts) else None
        packed = np.concatenate([part.packed for part in parts])
        return cls(packed, widths.pop(), near_zero, parts[0].scale)

    @classmethod
    def load(cls, path: Path | str) -> BinaryCodes:
        """Read what :meth:`save` wrote.

        Raises
        ------
        DataError
            If the file is missing, truncated or holds something else.
        """
        arrays = read_npz(path, ("n_bits", "packed"), kind=_KIND)
        try:
            return cls(arrays["packed"], whole_bits(arrays["n_bits"]))
        except (TypeError, ValueError, DataError) as error:
            raise DataError(f"{path}: not a readable codes file ({error})") from error

    def save(self, path: Path | str, ids: Sequence[str] = ()) -> None:
        """Write an ``.npz`` with ``packed`` and ``n_bits``, whole or not at all.

        Parameters
        ----------
        path : Path or str
        ids : sequence of str
            What each video is called, such as its file; kept beside the codes. None by default.

        Raises
        ------
        UsageError
            If there are ids, but not one a code, or codes have three values.
        """
        if self.scale != 1:
            raise UsageError(f"{path}: codes of three values are not kept, only codes of bits")
        if len(ids) not in (0, len(self)):
            raise UsageError(f"{len(ids)} ids for {len(self)} codes; one a code is needed")
        # Names that are not UTF-8 are kept readable, as what is printed must be.
        named = [i.encode("utf-8", "backslashreplace").decode() for i in ids]
        more: dict[str, Any] = {"ids": np.array(named, np.str_)} if named else {}
        with replacing(Path(path)) as temporary, temporary.open("wb") as file:
            np.savez(file, packed=self.packed, n_bits=np.int64(self.n_bits), **more)

    def unpack(self) -> NDArray[np.uint8]:
        """Return the bits as 0/1, shape (n, n_bits)."""
        return np.unpackbits(self.packed, axis=1, count=self.n_bits, bitorder="little")

    def signs(self) -> NDArray[np.int8]:
        """Return the bits as -1/+1, shape (n, n_bits)."""
        return self.unpack().astype(np.int8) * np.int8(2) - np.int8(1)

    def words(self) -> NDArray[np.uint64]:
        """Return the codes as little-endian 64-bit words, shape (n, ceil(n_bits / 64))."""
        n, width = self.packed.shape
        padded = np.zeros((n, -(-width // 8) * 8), dtype=np.uint8)
        padded[:, :width] = self.packed
        return padded.view("<u8")

    @property
    def length(self) -> int:
        """Code length L as its author counts it, whatever stands for one bit here."""
        return self.n_bits // self.scale

    @property
    def sha256(self) -> str:
        """Digest of width and bits, in hex."""
        scaled = "" if self.scale == 1 else f"/{self.scale}"
        digest = hashlib.sha256(f"{self.n_bits}{scaled}:{len(self)}:".encode())
        digest.update(self.packed.data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        values = "" if self.scale == 1 else ", of three values"
        return f"<BinaryCodes: {len(self)} codes of {self.length} bits{values}>"

    def __len__(self) -> int:
        return int(self.packed.shape[0])

    def __getitem__(self, rows: Any) -> BinaryCodes:
        return BinaryCodes(np.atleast_2d(self.packed[rows]), self.n_bits, scale=self.scale)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, BinaryCodes)
            and (self.n_bits, self.scale) == (other.n_bits, other.scale)
            and np.array_equal(self.packed, other.packed)
        )

    def __hash__(self) -> int:
        return hash(self.sha256)


def load_ids(path: Path | str) -> tuple[str, ...]:
    """Return what the videos of a file of codes are called; none where it does not say.

    Raises
    ------
    DataError
        If the file is missing or damaged, or holds ids that are no text or not one a code.
    """
    if "packed" not in npz_names(path):
        return ()  # codes that another program wrote
    arrays = read_npz(path, ("packed",), optional=("ids",), kind=_KIND)
    ids = arrays.get("ids")
    if ids is None:
        return ()
    if ids.dtype.kind != "U" or ids.shape != arrays["packed"].shape[:1]:
        raise DataError(f"{path}: ids are {ids.dtype} {ids.shape}; text, one a code, is needed")
    return tuple(ids.tolist())


def whole_bits(value: NDArray[Any] | float) -> int:
    """Return a code length as a file holds it: one whole number.

    Raises
    ------
    DataError
        If it is none, as 16.7.

    Examples
    --------
    >>> whole_bits(np.array(16.0))
    16
    """
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "uif" or array.item() != array.item() // 1:
        raise DataError(f"n_bits is {array.tolist()}; one whole number is needed")
    return int(array.item())


def projections(
    points: NDArray[Any], normals: NDArray[Any], centre: NDArray[Any] | None = None
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield (x - centre) W in blocks of rows, each with the number of its first row, in float64.

    Every product has one fixed size, the last block being padded: BLAS rounds products of other
    sizes otherwise, and the code of a video must not depend on the batch that it came in. Nothing
    is rounded to float32 on the way: kernels of BLAS round differently, and in float32 that moves
    one sign in a hundred thousand.

    Parameters
    ----------
    points : ndarray of shape (n, dims)
        The points x, such as mean frames.
    normals : ndarray of shape (dims, L)
        W, one column a bit.
    centre : ndarray of shape (dims,), optional
        Subtracted from every point; 0 by default.

    Raises
    ------
    DataError
        If the points have another number of dimensions than ``normals`` has rows.
    """
    if points.ndim != 2 or points.shape[1] != len(normals):
        raise DataError(f"points have shape {points.shape}; (n, {len(normals)}) is needed")
    block = np.zeros((_BLOCK, len(normals)))
    W = np.ascontiguousarray(normals, np.float64)
    origin = 0.0 if centre is None else centre.astype(np.float64)
    for start in range(0, len(points), _BLOCK):
        part = points[start : start + _BLOCK]
        np.subtract(part, origin, out=block[: len(part)])
        yield start, (block @ W)[: len(part)]
