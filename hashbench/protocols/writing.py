"""Sheets on a screen, in markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from hashbench.files.atomic import write_text
from hashbench.protocols.sheets import Column, Entry, Sheet
from hashbench.reports import latex as tex
from hashbench.reports import markdown as md

_GAP = 3
_LABEL = 26  # Columns of a screen that a label gets at most.


def write(sheets: Sequence[Sheet], form: str, out: Path | None = None) -> None:
    """Write sheets to a file, or to standard output.

    Parameters
    ----------
    sheets : sequence of Sheet
    form : {"table", "markdown", "latex", "csv", "json"}
    out : Path, optional
        The file.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    if form == "table" and out is None:
        show(sheets, Console())
        return
    text = RENDERERS[form](sheets)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"wrote {out}", err=True)


def show(sheets: Sequence[Sheet], console: Console) -> None:
    """Print sheets; one wider than the console goes on below."""
    for sheet in sheets:
        console.print(Text(sheet.caption, style="bold"))
        for piece in _pieces(sheet, console.width):
            console.print()
            console.print(piece)
        for note in sheet.notes:
            console.print(Text(note), style="dim")
        console.print()


def terminal(sheets: Sequence[Sheet]) -> str:
    """Return sheets as plain text of 80 columns."""
    file = io.StringIO()
    show(sheets, Console(file=file, width=80, color_system=None, force_terminal=False))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def markdown(sheets: Sequence[Sheet]) -> str:
    """Return sheets in GitHub's markdown."""
    return "\n".join(_markdown(sheet) for sheet in sheets)


def latex(sheets: Sequence[Sheet]) -> str:
    """Return sheets as ``table`` environments; the preamble needs booktabs and graphicx."""
    return "% \\usepackage{booktabs,graphicx}\n" + "\n".join(_latex(sheet) for sheet in sheets)


def as_csv(sheets: Sequence[Sheet]) -> str:
    """Return one line a number; values are percent, empty where there is none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["table", "row", "column", "kind", "percent", "std"])
    for sheet in sheets:
        for line in sheet.lines:
            for column, entry in zip(sheet.columns, line.entries, strict=True):
                values = ("" if v is None else repr(v) for v in (entry.value, entry.spread))
                writer.writerow([sheet.caption, line.label, column.head, column.kind, *values])
    return file.getvalue()


def as_json(sheets: Sequence[Sheet]) -> str:
    """Return sheets as one JSON document; values are percent."""
    document = {"schema": 1, "tables": [_json(sheet) for sheet in sheets]}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


RENDERERS: dict[str, Callable[[Sequence[Sheet]], str]] = {
    "table": terminal,
    "markdown": markdown,
    "latex": latex,
    "csv": as_csv,
    "json": as_json,
}
"""Format -> the function that writes it."""


def _pieces(sheet: Sheet, width: int) -> Iterator[RichTable]:
    label = min(_LABEL, max(len(sheet.across), *(len(line.label) for line in sheet.lines)))
    first, used = 0, label
    for begin, end in _units(sheet.columns):
        needed = sum(_GAP + _width(sheet, place) for place in range(begin, end))
        if used + needed > width and begin > first:
            yield _piece(sheet, first, begin, label)
            first, used = begin, label
        used += needed
    yield _piece(sheet, first, len(sheet.columns), label)


def _units(columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Return the runs of columns that stay side by side: measured ones with their company."""
    alone = all(column.kind == "measured" for column in columns)
    starts = [
        place
        for place, column in enumerate(columns)
        if column.kind == "measured"
        and (alone or not place or columns[place - 1].kind != "measured")
    ]
    return list(zip(starts, [*starts[1:], len(columns)], strict=True))


def _piece(sheet: Sheet, first: int, last: int, label: int) -> RichTable:
    piece = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    tall = any(column.kind != "measured" for column in sheet.columns[first:last])
    across = "\n" * tall + sheet.across  # beside the last line of the other headings
    piece.add_column(Text(across), max_width=label, overflow="fold")
    for column in sheet.columns[first:last]:
        piece.add_column(Text(_heading(column)), justify="right", no_wrap=True)
    for line in sheet.lines:
        cells = zip(sheet.columns[first:last], line.entries[first:last], strict=True)
        piece.add_row(Text(line.label), *(_cell(column, entry) for column, entry in cells))
    return piece


def _cell(column: Column, entry: Entry) -> Text:
    text = Text(entry.text, style="dim" if column.kind == "reported" else "")
    if entry.spread is not None:
        text.append(f"\n±{entry.spread:.2f}", style="dim")
    return text


def _heading(column: Column) -> str:
    return column.head if column.kind == "measured" else f"{column.head}\n{column.kind}"


def _width(sheet: Sheet, place: int) -> int:
    texts = [line.entries[place].text for line in sheet.lines]
    return max(len(text) for text in [*texts, *_heading(sheet.columns[place]).split("\n")])


def _with_spread(entry: Entry) -> str:
    return entry.text if entry.spread is None else f"{entry.text} ± {entry.spread:.2f}"


def _markdown(sheet: Sheet) -> str:
    heads = [md.escape(text) for text in (sheet.across, *(c.heading for c in sheet.columns))]
    lines = [f"**{md.escape(sheet.title)}**, {md.escape(sheet.terms)}", ""]
    lines += ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(sheet.columns)]
    for line in sheet.lines:
        cells = [md.escape(line.label), *map(_with_spread, line.entries)]
        lines.append("| " + " | ".join(cells) + " |")
    if sheet.notes:
        lines += ["", *(f"- {md.escape(note)}" for note in sheet.notes)]
    return "\n".join(lines) + "\n"


def _latex(sheet: Sheet) -> str:
    heads = [tex.escape(text) for text in (sheet.across, *(c.heading for c in sheet.columns))]
    rows = [
        " & ".join([tex.escape(line.label), *(_arrows(_with_spread(e)) for e in line.entries)])
        for line in sheet.lines
    ]
    notes = [f"    {tex.escape(note)}" for note in sheet.notes]
    lines = [
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{tex.escape(sheet.caption)}.}}",
        "  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%",
        f"  \\begin{{tabular}}{{l{'r' * len(sheet.columns)}}}",
        "    \\toprule",
        f"    {' & '.join(heads)} \\\\",
        "    \\midrule",
        *(f"    {row} \\\\" for row in rows),
        "    \\bottomrule",
        "  \\end{tabular}}",
        *(["  \\par\\smallskip {\\footnotesize\\raggedright", *notes, "  \\par}"] if notes else []),
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _arrows(text: str) -> str:
    escaped = tex.escape(text)
    return escaped.replace("↑", r"$\uparrow$").replace("↓", r"$\downarrow$")


def _json(sheet: Sheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "terms": sheet.terms,
        "columns": [{"head": c.head, "kind": c.kind} for c in sheet.columns],
        "rows": [
            {
                "label": line.label,
                "percent": [entry.value for entry in line.entries],
                "std": [entry.spread for entry in line.entries],
            }
            for line in sheet.lines
        ],
        "notes": list(sheet.notes),
    }
