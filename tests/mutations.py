"""Mutations of files, as hypothesis strategies: of bytes, and of typed values in a document."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 9, 2**31, 2**63, 2**64, 10**40, 0.5, -0.5, 1e300, -1e300, "", "x",
    "no", "../../x", "/etc/passwd", "a/b", "..", ".", "a`b", "a\nb", "a\x1b[2Jb", "=1+1", "\ud800",
    "\0", "x" * 5000, "0" * 64, [], [1], [[]], {}, {"a": 1}, {"..": 1}, [None], "nan", "1e999",
]  # fmt: skip
"""Values that no schema foresees where they are put."""


def campaign(examples: int) -> settings:
    """Return the settings of a campaign: the same mutations every time, none of them shrunk."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=checks, phases=[Phase.generate],
    )  # fmt: skip


def places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a document."""
    if at:
        yield at
    items: Any = document.items() if isinstance(document, dict) else ()
    if isinstance(document, list):
        items = enumerate(document)
    for key, value in items:
        yield from places(value, (*at, key))


def documents(original: Any) -> st.SearchStrategy[Any]:
    """Return copies of a document in which up to three values are odd, missing or added."""
    ways = list(places(original))
    change = st.tuples(
        st.sampled_from(ways), st.sampled_from(["set", "set", "drop", "add"]), st.sampled_from(ODD)
    )
    return st.lists(change, min_size=1, max_size=3).map(lambda found: _changed(original, found))


def _changed(original: Any, changes: list[tuple[tuple[Any, ...], str, Any]]) -> Any:
    document = copy.deepcopy(original)
    for way, kind, value in changes:
        here = document
        try:
            for key in way[:-1]:
                here = here[key]
            if kind == "drop":
                del here[way[-1]]
            elif kind == "add" and isinstance(here, dict):
                here["strange"] = copy.deepcopy(value)
            else:
                here[way[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return document


def contents(original: bytes) -> st.SearchStrategy[bytes]:
    """Return copies of a file with bytes changed, cut out, repeated, or an end cut off.

    Changes come at any place, and twice as often in the first 600 bytes, where headers are.
    """
    size = len(original)
    place = st.one_of(st.integers(0, size - 1), st.integers(0, min(size, 600) - 1))
    change = st.tuples(place, st.sampled_from(["set", "flip", "cut", "copy", "end"]),
                       st.integers(0, 255), st.integers(1, 16))  # fmt: skip
    return st.lists(change, min_size=1, max_size=4).map(lambda found: _spoilt(original, found))


def _spoilt(original: bytes, changes: list[tuple[int, str, int, int]]) -> bytes:
    content = bytearray(original)
    for place, kind, byte, length in changes:
        if place >= len(content):
            continue
        if kind == "set":
            content[place] = byte
        elif kind == "flip":
            content[place] ^= 1 << byte % 8
        elif kind == "cut":
            del content[place : place + length]
        elif kind == "copy":
            content[place:place] = content[place : place + length]
        elif byte < 32:
            del content[place:]
    return bytes(content)
