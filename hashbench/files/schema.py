"""What a document of JSON must look like, declared: types, ranges, names, digests, paths.

A check is a function of a value and of the place where it stands; it returns nothing, or raises
:class:`MisfitError` with the place and what would be right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NoReturn

from hashbench.files.inside import CONTROL, is_plain, stays_inside

Check = Callable[[Any, str], None]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DEPTH = 12


class MisfitError(ValueError):
    """A value that is not what the schema says; one line."""


def whole(low: int, high: int) -> Check:
    """Take an integer from ``low`` to ``high``."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            _misfit(where, f"a whole number from {low} to {high}", value)

    return check


def number(low: float, high: float) -> Check:
    """Take a finite number from ``low`` to ``high``."""

    def check(value: Any, where: str) -> None:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            _misfit(where, f"a number from {low:g} to {high:g}", value)

    return check


def text(longest: int = 1000, *, lines: bool = False) -> Check:
    """Take a string without control characters; ``lines`` allows tabs and ends of lines."""

    def check(value: Any, where: str) -> None:
        shown = re.sub(r"[\n\r\t]", "", value) if lines and isinstance(value, str) else value
        if not isinstance(shown, str) or CONTROL.search(shown) or len(shown) > longest:
            _misfit(where, f"text of up to {longest} characters without control characters", value)

    return check


def plain(value: Any, where: str) -> None:
    """Take a name that can be the name of a file."""
    if not isinstance(value, str) or not is_plain(value):
        _misfit(where, "a plain name without slashes, backquotes or a leading dot", value)


def digest(value: Any, where: str) -> None:
    """Take a SHA-256 in hex."""
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        _misfit(where, "64 hexadecimal digits", value)


def flag(value: Any, where: str) -> None:
    """Take a truth value."""
    if not isinstance(value, bool):
        _misfit(where, "true or false", value)


def day(value: Any, where: str) -> None:
    """Take a day, as ``YYYY-MM-DD``."""
    try:
        # fromisoformat takes more forms from Python 3.11 on.
        known = value == date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        known = False
    if not known:
        _misfit(where, "a day as YYYY-MM-DD", value)


def relative_path(value: Any, where: str) -> None:
    """Take a path that stays inside its folder."""
    if not isinstance(value, str) or not stays_inside(value):
        _misfit(where, "a path inside the run directory", value)


def one_of(*known: str) -> Check:
    """Take one of some strings."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or value not in known:
            _misfit(where, " or ".join(map(repr, known)), value)

    return check


def maybe(inner: Check) -> Check:
    """Take null, or what ``inner`` takes."""

    def check(value: Any, where: str) -> None:
        if value is not None:
            inner(value, where)

    return check


def either(*inner: Check) -> Check:
    """Take what one of the checks takes; the last one says what is wrong."""

    def check(value: Any, where: str) -> None:
        for other in inner[:-1]:
            try:
                other(value, where)
            except MisfitError:
                continue
            return
        inner[-1](value, where)

    return check


def table(needed: Mapping[str, Check], further: Mapping[str, Check] | None = None) -> Check:
    """Take an object with the keys ``needed``, and some of ``further``, and no others."""
    known = {**needed, **(further or {})}

    def check(value: Any, where: str) -> None:
        _object(value, where)
        for name in needed:
            if name not in value:
                raise MisfitError(f"{where}: lacks {name!r}".removeprefix(": "))
        for name, item in value.items():
            if name not in known:
                raise MisfitError(f"{where}: has an unknown field {name!r:.80}".removeprefix(": "))
            known[name](item, f"{where}.{name}" if where else name)

    return check


def mapping(key: Check, item: Check, *, known: Mapping[str, Check] | None = None) -> Check:
    """Take an object whose keys and values fit; ``known`` ones have checks of their own."""

    def check(value: Any, where: str) -> None:
        _object(value, where)
        for name, inner in value.items():
            key(name, f"a key of {where or 'the document'}")
            (known or {}).get(name, item)(inner, f"{where}.{name}" if where else name)

    return check


def sequence(item: Check) -> Check:
    """Take a list whose items fit."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            _misfit(where, "a list", value)
        for position, inner in enumerate(value):
            item(inner, f"{where}[{position}]")

    return check


def anything(value: Any, where: str) -> None:
    """Take any value of JSON: finite numbers of 64 bits, printable text, twelve levels at most."""
    _anything(value, where, _DEPTH)


def _anything(value: Any, where: str, depth: int) -> None:
    if depth == 0:
        raise MisfitError(f"{where}: is nested too deeply")
    if isinstance(value, dict):
        for name, item in value.items():
            _text(name, f"a key of {where}")
            _anything(item, f"{where}.{name}", depth - 1)
    elif isinstance(value, list):
        for item in value:
            _anything(item, where, depth - 1)
    elif isinstance(value, str):
        _text(value, where)
    elif isinstance(value, int) and not isinstance(value, bool):
        _integer(value, where)
    elif isinstance(value, float) and not math.isfinite(value):
        _misfit(where, "a finite number", value)


_text = text(1 << 20, lines=True)
_integer = whole(-(2**63), 2**64 - 1)


def _object(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        _misfit(where, "a table", value)


def _misfit(where: str, wanted: str, value: Any) -> NoReturn:
    place = f"{where} " if where else ""
    raise MisfitError(f"{place}must be {wanted}, not {shown(value)}")


def shown(value: Any) -> str:
    """Return a value for a message: short, on one line, nothing that steers a terminal."""
    if isinstance(value, dict | list):
        return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**30:
        return "an integer of over 30 digits"
    told = ascii(value) if isinstance(value, str) and CONTROL.search(value) else repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."
