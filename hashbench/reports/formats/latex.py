"""Sheets in LaTeX, for the packages booktabs and graphicx."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hashbench.reports.sheet import TIED, Column, Document, Entry, Note, Sheet

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
    "≈": r"$\approx$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
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


def latex(document: Document) -> str:
    r"""Write sheets as ``table`` environments; the preamble needs booktabs and graphicx."""
    head = "% \\usepackage{booktabs,graphicx}\n"
    return head + "\n".join(map(_sheet, document.sheets))


def _sheet(sheet: Sheet) -> str:
    heads = [escape(text) for text in (sheet.across, *(c.heading for c in sheet.columns))]
    sides = ["r" if sheet.right else "l"]
    sides += ["l" if column.left else "r" for column in sheet.columns]
    lines = [
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{escape(sheet.caption)}.}}",
        *_label(sheet),
        f"  {_FITTED}{{\\begin{{tabular}}{{{''.join(sides)}}}",
        "    \\toprule",
        f"    {' & '.join(heads)} \\\\",
        *_body(sheet),
        "    \\bottomrule",
        "  \\end{tabular}}",
        *_notes(sheet),
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _label(sheet: Sheet) -> list[str]:
    return [f"  \\label{{tab:{sheet.key}}}"] if sheet.key else []


def _body(sheet: Sheet) -> Iterator[str]:
    heading = ""
    for group in sheet.groups():
        yield "    \\midrule"
        if group[0].under != heading:
            heading = group[0].under
            yield f"    {_across(heading, 1 + len(sheet.columns))} \\\\"
        for line in group:
            entries = map(_entry, sheet.columns, line.entries)
            indent = r"\quad " if line.under else ""
            yield "    " + " & ".join([indent + escape(line.name), *entries]) + r" \\"


def _across(heading: str, columns: int) -> str:
    return f"\\multicolumn{{{columns}}}{{l}}{{{escape(heading)}}}"


def _entry(column: Column, entry: Entry) -> str:
    text = escape(entry.text)
    if column.kind == "code":
        return f"\\texttt{{{text}}}" if text else ""
    number = f"\\textbf{{{text}}}" if entry.best else text + escape(TIED) * entry.tied
    spread = f" {{\\scriptsize$\\pm${entry.shown_spread}}}" if entry.shown_spread else ""
    marks = f"$^{{\\mathrm{{{','.join(entry.marks)}}}}}$" if entry.marks else ""
    suffix = f" {escape(entry.suffix)}" if entry.suffix else ""
    return number + suffix + spread + marks


def _notes(sheet: Sheet) -> list[str]:
    if not sheet.notes:
        return []
    return [
        "  \\par\\smallskip",
        "  {\\footnotesize\\raggedright",
        *(f"    {_note(note)}" for note in sheet.notes),
        "  \\par}",
    ]


def _note(note: Note) -> str:
    text = escape(note.text)
    ended = text if text.endswith(".") and not note.sign else f"{text}."
    return f"{escape(note.sign)}~{ended}" if note.sign else ended
