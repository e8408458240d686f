"""JSON and TOML of somebody else's: regular files, bounded, finite numbers, every fault an error.

Errors are :class:`OSError` where the file cannot be read, and :class:`ValueError` where its text is
no such document. Nesting that exhausts the parser counts among the latter.
"""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from hashbench.files.regular import read_text


def read_json(path: Path | str) -> Any:
    """Return the value in a JSON file.

    Raises
    ------
    OSError
        As :func:`hashbench.files.regular.read_text`.
    ValueError
        If it is no JSON, is nested too deeply, or has NaN, an infinity or an endless integer.
    """
    return parse_json(read_text(path))


def parse_json(text: str) -> Any:
    """Return the value that ``text`` writes, as :func:`read_json` does."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_toml(path: Path | str) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    OSError
        As :func:`hashbench.files.regular.read_text`.
    ValueError
        If it is no TOML, is nested too deeply, or has an endless integer.
    """
    return parse_toml(read_text(path))


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables that ``text`` writes, as :func:`read_toml` does."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is beyond the largest number")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
