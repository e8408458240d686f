"""Tables for a terminal, 80 columns wide unless it is wider."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from hashbench.reports.tables import Row, Score, Table

NARROWEST = 80
"""Columns that every terminal is taken to have."""

_GAP = 2  # Blanks between two columns.
_SHORTEST = 18  # Method names are folded to no less than this.


def terminal(found: Sequence[Table]) -> str:
    """Return the tables as plain text, 80 columns wide; ``*`` stands where a screen has bold."""
    file = io.StringIO()
    show(found, Console(file=file, width=NARROWEST, color_system=None, force_terminal=False))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def show(found: Sequence[Table], console: Console) -> None:
    """Print the tables to a console."""
    for table in found:
        console.print(Text(table.caption, style="bold"))
        for piece in _blocks(table, console.width, plain=not console.is_terminal):
            console.print()
            console.print(piece)
        starred = not console.is_terminal and any(s.best for row in table.rows for s in row.scores)
        legend = (*((("*", "best of its column"),) if starred else ()), *table.legend)
        for sign, text in legend:
            console.print(Text(f"{sign} {text}"), style="dim")
        console.print()


def _blocks(table: Table, width: int, *, plain: bool) -> Iterator[RichTable]:
    """Yield the table in as many pieces, side by side on paper, as the width asks for."""
    columns = [_column_width(table, column) for column in range(len(table.bits))]
    longest = max([len("method"), *(len(_name(row)) for row in table.rows)])
    room = width - sum(columns) - _GAP * len(columns)
    label = max(min(longest, room), min(longest, _SHORTEST))
    first = 0
    while first < len(table.bits):
        last, used = first, label
        while last < len(table.bits):
            used += _GAP + columns[last]
            if used > width and last > first:
                break
            last += 1
        piece = RichTable(
            box=box.SIMPLE_HEAD,
            padding=(0, 0, 0, 1),
            pad_edge=False,
            show_edge=False,
        )
        piece.add_column("method", width=label, no_wrap=True)
        for length in table.bits[first:last]:
            piece.add_column(str(length), justify="right", no_wrap=True)
        for position, row in enumerate(table.rows):
            following = table.rows[position + 1 : position + 2]
            ends = bool(following) and following[0].method.control != row.method.control
            scores = [_score(score, plain=plain) for score in row.scores[first:last]]
            piece.add_row(Text(_folded(_name(row), label)), *scores, end_section=ends)
        yield piece
        first = last


def _name(row: Row) -> str:
    return f"{row.label} {row.sign}".strip()


def _folded(name: str, width: int) -> str:
    """Break a method's name behind commas and brackets, or anywhere if that is not enough."""
    lines = [""]
    for part in re.findall(r"[^\[,]*[\[,]?", name):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
        while len(lines[-1]) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return "\n".join(lines)


def _column_width(table: Table, column: int) -> int:
    texts = [_score(row.scores[column], plain=True).plain for row in table.rows]
    widths = [len(line) for text in texts for line in text.split("\n")]
    return max([len(str(table.bits[column])), *widths])


def _score(score: Score, *, plain: bool) -> Text:
    """The mean, its footnotes, and the spread in a line below it, so that columns stay narrow."""
    number = score.shown + ("*" if plain and score.best else "")
    text = Text(number, style="bold" if score.best else "red" if score.failed else "")
    if score.marks:
        text.append(f" [{','.join(score.marks)}]", style="dim not bold")
    if score.shown_spread:
        text.append(f"\n±{score.shown_spread}", style="dim not bold")
    return text
