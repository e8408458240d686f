"""Documents for other programs: CSV with one line a number, JSON with one object a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hashbench.reports.sheet import Document, Line, Sheet

if TYPE_CHECKING:
    from pandas import DataFrame


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of text that spreadsheets evaluate."""


def as_csv(document: Document) -> str:
    """Write the document's data frame, numbers in full precision."""
    frame = document.frame() if document.frame else _frame(document.sheets)
    text: str = without_formulas(frame).to_csv(index=False, lineterminator="\n")
    return text


def without_formulas(frame: DataFrame) -> DataFrame:
    """Return a frame whose text a spreadsheet takes for text: an apostrophe stands before it."""
    plain = frame.copy()
    for name in frame:
        if frame[name].dtype.kind == "O":  # mapping would turn whole numbers with gaps into others
            plain[name] = frame[name].map(_cell)
    return plain


def as_json(document: Document) -> str:
    """Write one JSON document."""
    data = document.data
    if data is None:
        data = {"schema": 1, "tables": [_table(sheet) for sheet in document.sheets]}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(value: Any) -> Any:
    """Return text that a spreadsheet would take for a formula with an apostrophe before it."""
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _frame(sheets: Sequence[Sheet]) -> DataFrame:
    """Return one line an entry; values are percent, empty where there is none."""
    from pandas import DataFrame

    lines = [
        (sheet.caption, _named(line), column.head, column.kind, entry.value, entry.spread)
        for sheet in sheets
        for line in sheet.lines
        for column, entry in zip(sheet.columns, line.entries, strict=True)
    ]
    return DataFrame(lines, columns=["table", "row", "column", "kind", "percent", "std"])


def _named(line: Line) -> str:
    """Return a line's name after its heading: a line of data must say all by itself."""
    return f"{line.under}: {line.name}" if line.under else line.name


def _table(sheet: Sheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "terms": sheet.terms,
        "columns": [{"head": column.head, "kind": column.kind} for column in sheet.columns],
        "rows": [
            {
                "label": _named(line),
                "percent": [entry.value for entry in line.entries],
                "std": [entry.spread for entry in line.entries],
            }
            for line in sheet.lines
        ],
        "notes": [str(note) for note in sheet.notes],
    }
