"""Badges that a paper's README shows: ``digit-stories 64 bits: rank 1-2``."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hashbench.leaderboards.entries import places
from hashbench.leaderboards.standings import Standing
from hashbench.runs.packed import file_name
from hashbench.site.measured import Measured

_LETTER = 7
"""Width that a letter is given, in pixels; the text is fitted to it, whatever the font."""


def badges(found: Measured) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file of each badge, from the front page, and what its template is given.

    A competitor has ``badges/BOARD/METHOD/BITS.svg`` for each length, and ``METHOD.svg`` for its
    greatest.
    """
    names = badge_names(found)
    for one in found.methods:
        if one.mean_rank is None:
            continue
        stem = f"badges/{found.name}/{names[one.first.label]}"
        for bits, row in one.by_bits.items():
            yield f"{stem}/{bits}.svg", _badge(found.name, row)
        yield f"{stem}.svg", _badge(found.name, one.first)


def badge_names(found: Measured) -> dict[str, str]:
    """Return the name of each method's badge by its label; names that clash get a digest."""
    plain = {one.first.label: file_name(one.first.label) for one in found.methods}
    counts = Counter(name.casefold() for name in plain.values())
    return {
        label: name
        if counts[name.casefold()] == 1
        else f"{name}-{hashlib.sha256(label.encode(errors='replace')).hexdigest()[:8]}"
        for label, name in plain.items()
    }


def _badge(board: str, row: Standing) -> dict[str, Any]:
    left, right = f"{board} {row.bits} bits", f"rank {places(row)}"
    return {
        "left": left,
        "right": right,
        "title": f"{row.label} on {board}, {row.bits} bits: rank {places(row)}",
        "left_width": _LETTER * len(left) + 12,
        "right_width": _LETTER * len(right) + 12,
    }
