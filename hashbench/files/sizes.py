"""Sizes that files state, held against what they store, before memory is asked for."""

from __future__ import annotations

from hashbench.errors import DataError

_FLOOR = 256 << 20
_RATIO = 400
"""Compression beyond this is a bomb: features and codes reach 20, one-hot labels 300."""


def check_inflation(what: str, size: int, stored: int) -> None:
    """Refuse data that would inflate to over 256 MiB and to over 400 times what is stored.

    Parameters
    ----------
    what : str
        File and array, for the message.
    size, stored : int
        Bytes in memory, and bytes in the file.

    Raises
    ------
    DataError
        If it would.
    """
    if size > max(_FLOOR, _RATIO * stored):
        raise DataError(
            f"{what} says to hold {size:,} bytes, but only {stored:,} are stored; refused"
        )
