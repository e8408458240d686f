"""Tables of any shape: what a protocol shows, as values, before anybody writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hashbench.reports.tables import Score

Kind = Literal["measured", "gain", "reported"]
"""What a column holds; measured and reported numbers never share one."""

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Parameters
    ----------
    head : str
        What stands above it, without its kind.
    kind : {"measured", "gain", "reported"}
        Whether we measured it, computed it from two measured ones, or copied it from print.
    """

    head: str
    kind: Kind = "measured"

    @property
    def heading(self) -> str:
        """The head, with its kind where that is not plain."""
        return self.head if self.kind == "measured" else f"{self.head} {self.kind}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of a sheet.

    Parameters
    ----------
    value : float or None
        In percent; None where there is none.
    spread : float or None
        Standard deviation over seeds, in percentage points.
    text : str
        As shown.
    """

    value: float | None
    text: str
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its label and one entry a column."""

    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table.

    Parameters
    ----------
    title, terms : str
        What is shown; under which profile, tie rule and seeds.
    across : str
        What the rows are.
    columns : tuple of Column
    lines : tuple of Line
    notes : tuple of str
        Sources, failures, the meaning of signs.
    """

    title: str
    terms: str
    across: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """Title and terms."""
        return f"{self.title}, {self.terms}" if self.terms else self.title


def measured(score: Score) -> Entry:
    """Return a score as an entry."""
    mean, spread = score.mean, score.spread
    return Entry(
        None if mean is None else 100 * mean,
        score.shown,
        None if spread is None else 100 * spread,
    )


def printed(percent: float | None) -> Entry:
    """Return a number from print, with the decimals that all numbers here have."""
    return Entry(percent, NOTHING if percent is None else f"{percent:.2f}")


def gained(
    percent: float | None,
    spread: float | None = None,
    interval: tuple[float, float] | None = None,
) -> Entry:
    """Return a gain in percent with an arrow, as Table IV has them, and its interval if known.

    Examples
    --------
    >>> gained(8.449).text, gained(-4.76).text, gained(0.001).text, gained(None).text
    ('8.45↑', '-4.76↓', '0.00', '–')
    >>> gained(8.449, interval=(-1.2, 18.1)).text
    '8.45↑ [-1.20, 18.10]'
    """
    if percent is None:
        return Entry(None, NOTHING)
    text = f"{percent:.2f}".replace("-0.00", "0.00")
    arrow = "" if float(text) == 0 else "↑" if percent > 0 else "↓"
    within = "" if interval is None else f" [{interval[0]:.2f}, {interval[1]:.2f}]"
    return Entry(percent, text + arrow + within, spread)
