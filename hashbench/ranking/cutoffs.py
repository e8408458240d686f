"""Cut-offs K: whole numbers, and ``all``, which stands for the whole database.

How long a whole list is depends on the data set and on whether a query is left out of it, so
``all`` stays a value of its own from the command line to the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, Final

from hashbench.errors import UsageError


class _WholeList(int):
    """A number above every other, which is written as ``all``."""

    def __str__(self) -> str:
        return "all"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format("all", spec)

    def __reduce__(self) -> str:
        return "ALL"


ALL: Final[int] = _WholeList(2**53 - 1)
"""The cut-off ``all``: it sorts last and prints as ``all``."""


def cutoff(value: Any) -> int:
    """Return a cut-off from a number or from ``"all"`` in any case.

    Raises
    ------
    UsageError
        If it is neither, or below 1.

    Examples
    --------
    >>> cutoff(20), cutoff("ALL")
    (20, all)
    """
    if (isinstance(value, str) and value.strip().casefold() == "all") or value == ALL:
        return ALL
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise UsageError(f"K = {value!r}: a whole number from 1, or 'all', is needed")
    return int(value)


def cutoffs(values: int | str | Iterable[int | str]) -> tuple[int, ...]:
    """Return several cut-offs, each once; one may stand alone.

    Raises
    ------
    UsageError
        If a value is no cut-off.
    """
    several = [values] if isinstance(values, int | str | Integral) else values
    return tuple(dict.fromkeys(map(cutoff, several)))


def rank_of(k: int) -> int | None:
    """Return the rank at which a measure is cut, None for the whole list."""
    return None if k == ALL else k


def plain(k: int) -> int | str:
    """Return a cut-off as files hold it: a number or ``"all"``."""
    return "all" if k == ALL else k
