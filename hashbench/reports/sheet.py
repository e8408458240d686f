"""Printable tables of any shape, as values; ``hashbench.reports.formats`` writes them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pandas import DataFrame

Kind = Literal["measured", "gain", "reported", "text", "code"]
"""What a column holds; measured and reported numbers never share one."""

NOTHING = "\N{EN DASH}"

TIED = "≈"
"""What marks a number that is not separable from the best of its column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Parameters
    ----------
    head : str
        What stands above it, without its kind.
    kind : {"measured", "gain", "reported", "text", "code"}
        Whether a number was measured, computed from two measured ones, or copied from print;
        or whether the column holds words, or commands and keys, one a line of the text.
    group : str
        Neighbouring columns of one group stay side by side where a screen is narrow.
    """

    head: str
    kind: Kind = "measured"
    group: str = ""

    @property
    def heading(self) -> str:
        """The head, with its kind where that is not plain."""
        return f"{self.head} {self.kind}" if self.has_kind else self.head

    @property
    def left(self) -> bool:
        """Whether entries are words, set to the left."""
        return self.kind in ("text", "code")

    @property
    def has_kind(self) -> bool:
        """Whether the reader must be told what the column holds."""
        return self.kind in ("gain", "reported")


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a sheet.

    Parameters
    ----------
    value : float or None
        In percent; None where there is no number.
    text : str
        As shown.
    spread : float or None
        Standard deviation over seeds, in percentage points.
    marks : tuple of str
        Letters of the notes that belong to it.
    best : bool
        Whether it is the best of its column.
    failed : bool
        Whether there is no number because the work failed.
    tied : bool
        Whether no comparison tells it from the best of its column.
    suffix : str
        What follows the text in plain type, such as a rank.
    link : str
        Where the text of a text column leads, on a page.
    """

    value: float | None
    text: str
    spread: float | None = None
    marks: tuple[str, ...] = ()
    best: bool = False
    failed: bool = False
    tied: bool = False
    suffix: str = ""
    link: str = ""

    @property
    def unmarked(self) -> Entry:
        """The same number without marks, for sheets that rank nothing."""
        return replace(self, marks=(), best=False, tied=False)

    @property
    def shown_spread(self) -> str:
        """The spread with two decimals, or an empty text."""
        return "" if self.spread is None else f"{self.spread:.2f}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its label and one entry a column.

    Parameters
    ----------
    label : str
    entries : tuple of Entry
    group : str
        A rule stands between lines of different groups.
    sign : str
        What marks the label, if it is not part of it.
    link : str
        Where the label leads, on a page.
    under : str
        What neighbouring lines stand under, such as a measure; nothing for none.
    """

    label: str
    entries: tuple[Entry, ...]
    group: str = ""
    sign: str = ""
    link: str = ""
    under: str = ""

    @property
    def name(self) -> str:
        """The label and its sign."""
        return f"{self.label} {self.sign}".strip()


@dataclass(frozen=True, slots=True)
class Note:
    """What stands below a sheet: a text, with the sign or letter that refers to it."""

    text: str
    sign: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.text}" if self.sign else self.text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table.

    Parameters
    ----------
    title, terms : str
        What is shown; under which profile, tie policy and seeds.
    across : str
        What the rows are.
    columns : tuple of Column
    lines : tuple of Line
    notes : tuple of Note
        Sources, failures, the meaning of signs.
    key : str
        Its name for cross references; empty for none.
    right : bool
        Whether labels are set to the right, as numbers are.
    """

    title: str
    terms: str
    across: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[Note, ...] = ()
    key: str = ""
    right: bool = False

    @property
    def caption(self) -> str:
        """Title and terms."""
        return f"{self.title}, {self.terms}" if self.terms else self.title

    @property
    def starred(self) -> bool:
        """Whether some entry is the best of its column."""
        return any(entry.best for line in self.lines for entry in line.entries)

    @property
    def headed(self) -> bool:
        """Whether lines stand under headings of their own."""
        return any(line.under for line in self.lines)

    def groups(self) -> list[list[Line]]:
        """Return the lines in runs of one heading and one group."""
        runs = groupby(self.lines, lambda line: (line.under, line.group))
        return [list(run) for _, run in runs]

    def blocks(self) -> list[tuple[str, list[Line]]]:
        """Return the lines in runs of one heading, each with it."""
        runs = groupby(self.lines, lambda line: line.under)
        return [(under, list(run)) for under, run in runs]


@dataclass(frozen=True, slots=True)
class Document:
    """Sheets that are written together.

    Parameters
    ----------
    sheets : tuple of Sheet
    data : JSON values, optional
        What JSON says instead of the sheets' own numbers.
    frame : callable, optional
        Makes the data frame that CSV holds instead of the sheets' own numbers.
    screen : tuple of Sheet, optional
        What a terminal shows instead of the sheets.
    """

    sheets: tuple[Sheet, ...]
    data: Any = None
    frame: Callable[[], DataFrame] | None = None
    screen: tuple[Sheet, ...] | None = None

    @property
    def on_screen(self) -> tuple[Sheet, ...]:
        """The sheets as a terminal shows them."""
        return self.sheets if self.screen is None else self.screen


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


def words(text: str) -> Entry:
    """Return an entry of a text column."""
    return Entry(None, text)


def numbered(noun: str, numbers: Sequence[int]) -> str:
    """Return a noun, in the plural where it takes one, and its numbers.

    Examples
    --------
    >>> numbered("seed", [3]), numbered("seed", [0, 1])
    ('seed 3', 'seeds 0, 1')
    """
    return f"{noun}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
