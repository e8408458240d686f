"""Tables of one data set as a single sheet, a heading for each K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from hashbench.reports.footnotes import letter
from hashbench.reports.score_tables import Table
from hashbench.reports.sheet import Entry, Line, Note, Sheet


def stacked(tables: Sequence[Table]) -> tuple[Sheet, ...]:
    """Return one sheet a data set, profile and tie policy, with the K below each other.

    Parameters
    ----------
    tables : sequence of Table
        Those of one sheet stand beside each other.
    """
    runs = groupby(tables, lambda table: (table.dataset, table.profile, table.ties))
    return tuple(_stack(list(run)) for _, run in runs)


def _stack(tables: list[Table]) -> Sheet:
    if len(tables) == 1:
        return tables[0].sheet
    letters = _letters(tables)
    signed = {note.sign: note for table in tables for note in table.signs}
    remarks = dict.fromkeys(remark for table in tables for remark in table.remarks)
    notes = (*remarks, *signed.values(), *(Note(text, sign) for text, sign in letters.items()))
    return replace(
        tables[0].sheet,
        title=f"mAP (%) on {tables[0].dataset}",
        lines=tuple(line for table in tables for line in _lines(table, letters)),
        notes=notes,
        key="",
    )


def _letters(tables: Sequence[Table]) -> dict[str, str]:
    """Return a letter for each footnote, by its text: what all K share is said once."""
    texts = dict.fromkeys(text for table in tables for _, text in table.notes)
    return {text: letter(i) for i, text in enumerate(texts)}


def _lines(table: Table, letters: dict[str, str]) -> list[Line]:
    renamed = {old: letters[text] for old, text in table.notes}

    def marked(entry: Entry) -> Entry:
        return replace(entry, marks=tuple(renamed[mark] for mark in entry.marks))

    return [
        replace(line, entries=tuple(map(marked, line.entries)), group="", under=f"mAP@{table.k}")
        for line in table.sheet.lines
    ]
