"""Styles of lines: colour, marker and stroke, each of which tells them apart alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito (2008) for every kind of colour vision, without its yellow."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
STROKES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)))

FIXED = (
    *("ssvh", "ssth", "itq", "dh", "mfh", "submod", "lsh", "ssvh-t"),
    *("conmh", "autossvh", "bth", "s5vh", "pcah", "sh", "sph", "sklsh"),
    *("greedyhash", "bihalf", "cibhash"),
)
"""Methods that keep a style in every figure, whichever others stand beside them."""

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


def positions(labels: Sequence[str], *, control: bool) -> dict[str, int]:
    """Return the position of each competitor's, or each control's, style.

    Built-in methods have places of their own. Others, and those with parameters, come after them
    by name.

    Parameters
    ----------
    labels : sequence of str
        Without the signs that mark controls and supervision.
    control : bool

    Examples
    --------
    >>> positions(["lsh", "ours", "itq[iterations=9]"], control=False)
    {'lsh': 6, 'itq[iterations=9]': 19, 'ours': 20}
    """
    fixed = () if control else FIXED
    found = {label: fixed.index(label) for label in labels if label in fixed}
    rest = sorted(
        {label for label in labels if label not in fixed}, key=lambda x: (x.casefold(), x)
    )
    return found | {label: len(fixed) + place for place, label in enumerate(rest)}
