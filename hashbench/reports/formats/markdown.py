"""Sheets in GitHub's markdown."""

from __future__ import annotations

import re

from hashbench.reports.sheet import TIED, Column, Document, Entry, Line, Sheet

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&$])")


def escape(text: str) -> str:
    r"""Return ``text`` so that markdown shows it as it is, on one line.

    Examples
    --------
    >>> print(escape("ssvh[k1=10|lam_x=*]"))
    ssvh\[k1=10\|lam\_x=\*\]
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def markdown(document: Document) -> str:
    """Write sheets one below the other, each with its title, terms and notes."""
    return "\n".join(map(_sheet, document.sheets))


def _sheet(sheet: Sheet) -> str:
    terms = f", {escape(sheet.terms)}" if sheet.terms else ""
    lines = [f"**{escape(sheet.title)}**{terms}", "", *table(sheet)]
    if sheet.notes:
        lines += ["", *(f"- {escape(str(note))}" for note in sheet.notes)]
    return "\n".join(lines) + "\n"


def table(sheet: Sheet) -> list[str]:
    """Return the lines of the table alone, without title and notes."""
    heads = [escape(text) for text in (sheet.across, *(c.heading for c in sheet.columns))]
    rules = ["---:" if sheet.right else "---"]
    rules += ["---" if column.left else "---:" for column in sheet.columns]
    return [
        "| " + " | ".join(heads) + " |",
        "| " + " | ".join(rules) + " |",
        *(row for under, lines in sheet.blocks() for row in _rows(sheet, under, lines)),
    ]


def _rows(sheet: Sheet, under: str, lines: list[Line]) -> list[str]:
    heading = [f"| **{escape(under)}** |{' |' * len(sheet.columns)}"] if under else []
    return [*heading, *(_row(sheet, line) for line in lines)]


def _row(sheet: Sheet, line: Line) -> str:
    entries = map(_entry, sheet.columns, line.entries)
    label = _text(line.label, line.link, line.sign)
    return "| " + " | ".join([label, *entries]) + " |"


def _text(text: str, link: str, suffix: str) -> str:
    shown = f"[{escape(text)}]({link})" if link else escape(text)
    return f"{shown} {suffix}".strip()


def _entry(column: Column, entry: Entry) -> str:
    if column.kind == "text":
        return _text(entry.text, entry.link, entry.suffix)
    if column.kind == "code":
        return " ".join(f"`{line}`" for line in entry.text.split("\n")).replace("|", "\\|")
    number = f"**{entry.text}**" if entry.best else entry.text + TIED * entry.tied
    spread = f" ± {entry.shown_spread}" if entry.shown_spread else ""
    marks = f" <sup>{','.join(entry.marks)}</sup>" if entry.marks else ""
    suffix = f" {entry.suffix}" if entry.suffix else ""
    return number + suffix + spread + marks
