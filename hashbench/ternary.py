"""Codes of three values, whose distances come in half steps.

Programs that take the sign of a mean over an even number of frames publish codes with zeros. The
distance of two codes a and b of length L is there (L - a.b) / 2. A zero counts one half against
anything, a zero as well.

Four bits stand here for each of the code, so that distances are counted in quarters: +1 is 1111, -1
is 0000, a zero of the database 1100 and one of a query 1010. Zeros differ from each other, and from
either sign, in two places. No shorter code has these distances, and no code that is the same on
both sides: a zero is not at distance 0 from itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import MAX_BITS, BinaryCodes
from hashbench.errors import DataError

SCALE = 4
"""Bits that stand for one of the code."""

_STORED, _ASKED = 0b0011, 0b0101  # a zero, its first bit written last


def ternary_codes(values: NDArray[Any]) -> BinaryCodes:
    """Return codes of the values -1, 0 and +1 as a database keeps them.

    Parameters
    ----------
    values : ndarray of shape (n, L)
        With L up to 1024.

    Returns
    -------
    BinaryCodes
        Of 4 L bits, with ``scale`` 4.

    Raises
    ------
    DataError
        If a value is another, or L is too large.

    Examples
    --------
    >>> codes = ternary_codes(np.array([[1, 0, -1]]))
    >>> codes
    <BinaryCodes: 1 codes of 3 bits, of three values>
    >>> signs_of(codes).tolist()
    [[1, 0, -1]]
    """
    if values.ndim != 2:
        raise DataError(f"codes have shape {values.shape}; (n, bits) is needed")
    odd = values[(values != 0) & (values != 1) & (values != -1)]
    if odd.size:
        raise DataError(f"codes hold the value {odd.flat[0]}; all values must be -1, 0 or +1")
    if values.shape[1] * SCALE > MAX_BITS:
        raise DataError(
            f"codes of three values have {values.shape[1]} bits; {MAX_BITS // SCALE} are possible"
        )
    first, last = values >= 0, values > 0
    parts = np.stack([first, first, last, last], axis=2).reshape(len(values), -1)
    packed = np.packbits(parts, axis=1, bitorder="little")
    return BinaryCodes(packed, values.shape[1] * SCALE, scale=SCALE)


def signs_of(codes: BinaryCodes) -> NDArray[np.int8]:
    """Return codes of three values as -1, 0 and +1, int8 of shape (n, L)."""
    parts = codes.unpack().reshape(len(codes), codes.length, SCALE).astype(np.int8)
    return parts[:, :, 0] + parts[:, :, 3] - np.int8(1)


def as_queries(codes: BinaryCodes) -> BinaryCodes:
    """Return codes as they are compared with a database: zeros otherwise, all else as it is."""
    if codes.scale == 1:
        return codes
    return BinaryCodes(_QUERY_BYTES[codes.packed], codes.n_bits, scale=codes.scale)


def own_distances(codes: BinaryCodes) -> NDArray[np.int64]:
    """Return the distance of each code from itself in bits of the packed form, shape (n,)."""
    if codes.scale == 1:
        return np.zeros(len(codes), dtype=np.int64)
    differing = as_queries(codes).packed ^ codes.packed
    found: NDArray[np.int64] = np.unpackbits(differing, axis=1).sum(axis=1, dtype=np.int64)
    return found


def in_bits(distance: int, scale: int) -> int | float:
    """Return a distance in bits of the code: a whole number, or one with a half.

    Examples
    --------
    >>> in_bits(7, 1), in_bits(12, 4), in_bits(14, 4)
    (7, 3, 3.5)
    """
    whole, rest = divmod(distance, scale)
    return whole if rest == 0 else distance / scale


def _query_bytes() -> NDArray[np.uint8]:
    """Return what each byte of two values becomes in a query."""
    nibbles = np.arange(16, dtype=np.uint8)
    nibbles[_STORED] = _ASKED
    every = np.arange(256)
    found: NDArray[np.uint8] = nibbles[every & 15] | (nibbles[every >> 4] << 4)
    return found


_QUERY_BYTES = _query_bytes()
