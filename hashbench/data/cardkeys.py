"""Keys of a card: how a dataclass field says what its TOML value may be and what it means.

Reader, writer, ``data info --json`` and the table in the documentation all go through the fields,
so that a new key is declared in one place: its line in :mod:`hashbench.data.cards`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field
from typing import Any

from hashbench.files.inside import CONTROL, is_plain, stays_inside

MOST = 2**40
"""The largest count that a card may name."""

Kind = Callable[[object], Any]
"""Turns a TOML value into the field's; raises ValueError with what it must be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """What a field of a card is in its TOML file.

    Parameters
    ----------
    kind : callable
        Checks and converts the value.
    meaning : str
        One line for the table in the documentation.
    otherwise : str
        Another field, read before, whose value this one takes where the file does not have it.
    """

    kind: Kind
    meaning: str = ""
    otherwise: str = ""


def key(kind: Kind, meaning: str = "", *, default: Any = MISSING, otherwise: str = "") -> Any:
    """Return a dataclass field that is a key of the file; one without default must be there."""
    metadata = {"key": Key(kind, meaning, otherwise)}
    if default is MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def keys(cls: type[Any]) -> dict[str, tuple[Key, Field[Any]]]:
    """Return the keys of a card's table, by name, in the order in which they are written."""
    return {
        field.name: (field.metadata["key"], field)
        for field in dataclasses.fields(cls)
        if "key" in field.metadata
    }


def default_of(name: str, declared: Mapping[str, tuple[Key, Field[Any]]], values: Any) -> Any:
    """Return what a key is where the file lacks it: MISSING where it must be there.

    Parameters
    ----------
    name : str
    declared : mapping
        As :func:`keys` returns it.
    values : mapping of str to value
        The keys read before.
    """
    own, field = declared[name]
    return values[own.otherwise] if own.otherwise else field.default


def text(value: object) -> str:
    """Take a string."""
    if not isinstance(value, str):
        raise ValueError(f"must be a string, not {value!r}")
    if CONTROL.search(re.sub(r"[\n\r\t]", " ", value)):
        raise ValueError(f"has a control character: {value!a}")
    return value


def name(value: object) -> str:
    """Take a name that can be the name of a file."""
    if not is_plain(text(value)):
        raise ValueError(
            f"is {value!r}; a plain name without slashes, backquotes or a leading dot or dash is "
            "needed"
        )
    return str(value)


def optional_digest(value: object) -> str | None:
    """Take a SHA-256 in hex; an empty string is none."""
    if text(value) and not re.fullmatch(r"[0-9a-f]{64}", str(value)):
        raise ValueError(f"must be 64 hexadecimal digits, not {value!r}")
    return str(value) or None


def digest(value: object) -> str:
    """Take a SHA-256 in hex."""
    found = optional_digest(value)
    if found is None:
        raise ValueError("must be 64 hexadecimal digits, not an empty string")
    return found


def share(value: object) -> float:
    """Take a number between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise ValueError(f"must be a number between 0 and 1, not {value!r}")
    return float(value)


def flag(value: object) -> bool:
    """Take a truth value."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def count(least: int) -> Kind:
    """Take a whole number from ``least`` on."""

    def take(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"must be a whole number, not {value!r}")
        if value < least:
            raise ValueError(f"must be at least {least}, not {value}")
        if value > MOST:
            raise ValueError(f"must be at most {MOST}")
        return value

    return take


def one_of(*known: str) -> Kind:
    """Take one of some strings."""

    def take(value: object) -> str:
        if text(value) not in known:
            raise ValueError(f"is {value!r}; {' or '.join(map(repr, known))} is known")
        return str(value)

    return take


def texts(value: object) -> tuple[str, ...]:
    """Take a string or a list of strings, none of them empty."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        raise ValueError(f"must be a string or a list of them, not {value!r}")
    return tuple(text(one) for one in values)


def folder(value: object) -> str:
    """Take the path of a folder below the data root."""
    if text(value) and not stays_inside(str(value)):
        raise ValueError(f"is {value!r}, outside the data root")
    return str(value)


def folders(value: object) -> tuple[str, ...]:
    """Take the paths of folders below the data root."""
    return tuple(folder(one) for one in texts(value))


def file(value: object) -> str:
    """Take the path of one file below the data root."""
    if not stays_inside(text(value)):
        raise ValueError(f"names {value!r}, outside the data root")
    return str(value)


def optional_file(value: object) -> str:
    """Take the path of one file below the data root; an empty string is none."""
    return file(value) if value != "" else ""


def files(value: object) -> tuple[str, ...]:
    """Take the paths of one or more files below the data root."""
    for name in texts(value):
        if not stays_inside(name):
            raise ValueError(f"names {name!r}, outside the data root")
    return texts(value)
