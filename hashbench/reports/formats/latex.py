"""Tables in LaTeX, for the packages booktabs and graphicx."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hashbench.reports.tables import Row, Score, Table

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\N{EN DASH}": "--",
    "…": r"\ldots{}",
    "±": r"$\pm$",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "§": r"\S{}",
    **{char: "\\" + char for char in "&%$#_{}"},
}
_FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"  # never over the edge
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")


def escape(text: str) -> str:
    r"""Return ``text`` so that LaTeX prints it as it is, on one line.

    Examples
    --------
    >>> print(escape("50% of a_b & {c}"))
    50\% of a\_b \& \{c\}
    """
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], " ".join(text.split()))


def latex(found: Sequence[Table]) -> str:
    r"""Write tables as ``table`` environments; the preamble needs booktabs and graphicx."""
    head = "% \\usepackage{booktabs,graphicx}\n"
    return head + "\n".join(_table(table) for table in found)


def _table(table: Table) -> str:
    competitors = [_row(row) for row in table.rows if not row.method.control]
    controls = [_row(row) for row in table.rows if row.method.control]
    rule = ["    \\midrule"] if competitors and controls else []
    header = " & ".join(["method", *map(str, table.bits)])
    lines = [
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{escape(table.caption)}.}}",
        f"  \\label{{{_label(table)}}}",
        f"  {_FITTED}{{\\begin{{tabular}}{{l{'r' * len(table.bits)}}}",
        "    \\toprule",
        f"    {header} \\\\",
        "    \\midrule",
        *competitors,
        *rule,
        *controls,
        "    \\bottomrule",
        "  \\end{tabular}}",
        *_notes(table),
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _label(table: Table) -> str:
    parts = (table.dataset.name, f"map{table.k}", table.profile, table.ties)
    return "tab:" + "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts)


def _row(row: Row) -> str:
    name = f"{escape(row.label)} {escape(row.sign)}".strip()
    return "    " + " & ".join([name, *map(_score, row.scores)]) + r" \\"


def _score(score: Score) -> str:
    number = f"\\textbf{{{score.shown}}}" if score.best else escape(score.shown)
    spread = f" {{\\scriptsize$\\pm${score.shown_spread}}}" if score.shown_spread else ""
    marks = f"$^{{\\mathrm{{{','.join(score.marks)}}}}}$" if score.marks else ""
    return number + spread + marks


def _notes(table: Table) -> list[str]:
    if not table.legend:
        return []
    told = [f"    {escape(sign)}~{escape(text)}." for sign, text in table.legend]
    return ["  \\par\\smallskip", "  {\\footnotesize\\raggedright", *told, "  \\par}"]
