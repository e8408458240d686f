"""Styles of lines: colour, marker and stroke, each of which tells them apart alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito (2008) for every kind of colour vision, without its yellow."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
STROKES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))

CONTROL_COLOUR = "#767676"
CONTROL_MARKERS = ("+", "x", "1", "2")


@dataclass(frozen=True, slots=True)
class Style:
    """Colour, marker and stroke of one line, as matplotlib takes them."""

    colour: str
    marker: str
    stroke: Any


def style(position: int, *, control: bool) -> Style:
    """Return the style of the ``position``-th competitor, or of the ``position``-th control."""
    if control:
        return Style(CONTROL_COLOUR, CONTROL_MARKERS[position % len(CONTROL_MARKERS)], ":")
    return Style(
        COLOURS[position % len(COLOURS)],
        MARKERS[position % len(MARKERS)],
        STROKES[position % len(STROKES)],
    )
