"""Sheets for a terminal, 80 columns wide unless it is wider."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text

from hashbench.reports.sheet import TIED, Column, Document, Entry, Note, Sheet

NARROWEST = 80
"""Columns that every terminal is taken to have."""

_SHORTEST = 18  # Row labels are folded to no less than this.
_BEST = Note("best of its column", "*")


def terminal(document: Document) -> str:
    """Return sheets as plain text, 80 columns wide; ``*`` stands where a screen has bold."""
    file = io.StringIO()
    console = Console(file=file, width=NARROWEST, color_system=None, force_terminal=False)
    show(document.on_screen, console)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def show(sheets: Sequence[Sheet], console: Console) -> None:
    """Print sheets; one wider than the console goes on below."""
    plain = not console.is_terminal
    for sheet in sheets:
        _print(Text(sheet.caption, style="bold"), console, plain=plain)
        for piece in _pieces(sheet, console.width, plain=plain):
            console.print()
            _print(piece, console, plain=plain)
        for note in (*((_BEST,) if plain and sheet.starred else ()), *sheet.notes):
            _print(Text(str(note), style="dim"), console, plain=plain)
        console.print()


def _print(piece: RichTable | Text, console: Console, *, plain: bool) -> None:
    """Print a table or a text, in a file without the blanks at the ends of its lines."""
    if not plain:
        console.print(piece)
        return
    with console.capture() as captured:
        console.print(piece)
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)


def _pieces(sheet: Sheet, width: int, *, plain: bool) -> Iterator[RichTable]:
    """Yield the sheet in as many pieces, side by side on paper, as the width asks for."""
    gap = _gap(sheet)
    widths = [gap + _column_width(sheet, place) for place in range(len(sheet.columns))]
    indent = len(_indent(sheet))
    names = [indent + len(line.name) for line in sheet.lines]
    longest = max([len(sheet.across), *names, *(len(line.under) for line in sheet.lines)])
    worded = any(column.left for column in sheet.columns)
    # Words beside a label can be folded instead, so that a name stays in one piece.
    least = max(_SHORTEST, width // 3) if worded else _SHORTEST
    label = max(min(longest, width - sum(widths)), min(longest, least))
    if worded:
        yield _piece(sheet, range(len(sheet.columns)), label, plain=plain)  # rich folds the words
        return
    first = last = 0
    for unit in _units(sheet.columns, widths, width - label):
        if label + sum(widths[first : unit.stop]) > width and unit.start > first:
            yield _piece(sheet, range(first, unit.start), label, plain=plain)
            first = unit.start
        last = unit.stop
    yield _piece(sheet, range(first, last), label, plain=plain)


def _units(columns: Sequence[Column], widths: Sequence[int], room: int) -> Iterator[range]:
    """Yield runs of columns that stay side by side: those of one group, where there is room."""
    for group, places in groupby(range(len(columns)), lambda place: columns[place].group):
        run = list(places)
        if group and sum(widths[place] for place in run) <= room:
            yield range(run[0], run[-1] + 1)
        else:
            yield from (range(place, place + 1) for place in run)


def _piece(sheet: Sheet, places: range, label: int, *, plain: bool) -> RichTable:
    piece = RichTable(
        box=box.SIMPLE_HEAD,
        padding=(0, 0, 0, _gap(sheet) - 1),
        pad_edge=False,
        show_edge=False,
    )
    columns = [sheet.columns[place] for place in places]
    # The label's heading stands beside the last line of the others.
    tall = any(column.has_kind for column in columns)
    side: JustifyMethod = "right" if sheet.right else "left"
    piece.add_column(Text("\n" * tall + sheet.across), width=label, no_wrap=True, justify=side)
    for column in columns:
        piece.add_column(
            Text(_heading(column)),
            justify="left" if column.left else "right",
            no_wrap=not column.left,
            overflow="fold",
        )
    groups = sheet.groups()
    heading = ""
    for group in groups:
        if group[0].under != heading:
            heading = group[0].under
            piece.add_row(Text(_folded(heading, label), style="bold"))
        for line in group:
            entries = [
                _entry(sheet.columns[place], line.entries[place], plain=plain) for place in places
            ]
            ends = line is group[-1] and group is not groups[-1]
            name = _indented(line.name, label, _indent(sheet))
            piece.add_row(Text(name), *entries, end_section=ends)
    return piece


def _indent(sheet: Sheet) -> str:
    """Return what stands before the labels of lines that have headings."""
    return "  " if sheet.headed else ""


def _indented(name: str, width: int, indent: str) -> str:
    folded = _folded(name, width - len(indent))
    return "\n".join(f"{indent}{line}" for line in folded.split("\n"))


def _gap(sheet: Sheet) -> int:
    """Return the blanks between columns: words above them need more air than bare numbers."""
    return 2 if all(column.head.isdecimal() for column in sheet.columns) else 3


def _heading(column: Column) -> str:
    return f"{column.head}\n{column.kind}" if column.has_kind else column.head


def _folded(name: str, width: int) -> str:
    """Break a label behind commas and brackets, or anywhere if that is not enough."""
    lines = [""]
    for part in re.findall(r"[^\[,]*[\[,]?", name):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
        while len(lines[-1]) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return "\n".join(lines)


def _column_width(sheet: Sheet, place: int) -> int:
    column = sheet.columns[place]
    texts = [_entry(column, line.entries[place], plain=True).plain for line in sheet.lines]
    return max(len(line) for text in (_heading(column), *texts) for line in text.split("\n"))


def _entry(column: Column, entry: Entry, *, plain: bool) -> Text:
    """The number, its notes, and the spread in a line below it, so that columns stay narrow."""
    style = "bold" if entry.best else "red" if entry.failed else ""
    if column.kind == "reported":
        style = "dim"
    mark = "*" if plain and entry.best else TIED if entry.tied else ""
    text = Text(entry.text + mark, style=style)
    if entry.suffix:
        text.append(f" {entry.suffix}", style="not bold")
    if entry.marks:
        text.append(f" [{','.join(entry.marks)}]", style="dim not bold")
    if entry.shown_spread:
        text.append(f"\n±{entry.shown_spread}", style="dim not bold")
    return text
