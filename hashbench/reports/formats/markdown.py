"""Tables in GitHub's markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hashbench.reports.tables import Row, Score, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&$])")


def escape(text: str) -> str:
    r"""Return ``text`` so that markdown shows it as it is, on one line.

    Examples
    --------
    >>> print(escape("ssvh[k1=10|lam_x=*]"))
    ssvh\[k1=10\|lam\_x=\*\]
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def markdown(found: Sequence[Table]) -> str:
    """Write tables one below the other, each with its title, terms and notes."""
    return "\n".join(_table(table) for table in found)


def _table(table: Table) -> str:
    lines = [f"**{escape(table.title)}**, {escape(table.terms)}", ""]
    lines.append("| method | " + " | ".join(map(str, table.bits)) + " |")
    lines.append("| --- |" + " ---: |" * len(table.bits))
    lines += [_row(row) for row in table.rows]
    if table.legend:
        lines += ["", *(f"- {escape(sign)} {escape(text)}" for sign, text in table.legend)]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    name = f"{escape(row.label)} {row.sign}".strip()
    return "| " + " | ".join([name, *map(_score, row.scores)]) + " |"


def _score(score: Score) -> str:
    number = f"**{score.shown}**" if score.best else score.shown
    spread = f" ± {score.shown_spread}" if score.shown_spread else ""
    marks = f" <sup>{','.join(score.marks)}</sup>" if score.marks else ""
    return number + spread + marks
