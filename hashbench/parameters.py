"""Checks of a method's parameters, whose messages say what would be right.

Each takes parameters by name, and passes over those that are None.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any

from hashbench.errors import UsageError


def one_of(allowed: tuple[str | None, ...], **given: Any) -> None:
    """Raise UsageError for a value that is not among those allowed; None is only where it is.

    Examples
    --------
    >>> one_of(("paper", "official"), variant="book")
    Traceback (most recent call last):
    hashbench.errors.UsageError: variant must be one of paper, official, not 'book'
    """
    for name, value in given.items():
        if value not in allowed:
            named = ", ".join(one for one in allowed if one is not None)
            raise UsageError(f"{name} must be one of {named}, not {value!r}")


def of_kind(default: Any, **given: Any) -> None:
    """Raise UsageError for a value that is not of the kind of a number or truth value ``default``.

    Where the default is None or a word, such as ``auto``, values of several kinds may be right.

    Examples
    --------
    >>> of_kind(10, epochs=1e3)
    Traceback (most recent call last):
    hashbench.errors.UsageError: epochs must be a whole number, not 1000.0
    """
    for kind, taken, wanted in _KINDS:
        if isinstance(default, kind):
            for name, value in given.items():
                if not isinstance(value, taken) or isinstance(value, bool) != (kind is bool):
                    raise UsageError(f"{name} must be {wanted}, not {value!r}")
            return


_KINDS: tuple[tuple[type, type, str], ...] = (
    (bool, bool, "true or false"),  # before int, which it is as well
    (int, Integral, "a whole number"),
    (float, Real, "a number"),
)
"""Kinds of defaults, what is taken in their place, and how that is called."""


def at_least(least: float, **given: float | None) -> None:
    """Raise UsageError for a value below ``least``."""
    for name, value in _present(given):
        if value < least:
            raise UsageError(f"{name} must be at least {least}, not {value}")


def above_zero(**given: float | None) -> None:
    """Raise UsageError for a value that is not above 0."""
    for name, value in _present(given):
        if not value > 0:
            raise UsageError(f"{name} must be above 0, not {value}")


def not_negative(**given: float | None) -> None:
    """Raise UsageError for a value below 0."""
    for name, value in _present(given):
        if not value >= 0:
            raise UsageError(f"{name} must not be negative, not {value}")


def proportion(**given: float | None) -> None:
    """Raise UsageError for a value that is not from 0 up to, not including, 1."""
    for name, value in _present(given):
        if not 0 <= value < 1:
            raise UsageError(f"{name} must be a share below 1, not {value}")


def _present(given: dict[str, float | None]) -> Iterator[tuple[str, float]]:
    return ((name, value) for name, value in given.items() if value is not None)
