"""Paired comparisons as a printable document, as ``hashbench compare`` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hashbench.reports.comparing import Terms, Verdict
from hashbench.reports.sheet import Column, Document, Entry, Line, Note, Sheet, words

if TYPE_CHECKING:
    from pandas import DataFrame

    from hashbench.ranking.statistics import Comparison

_COLUMNS = (
    Column("first", "text"),
    Column("second", "text"),
    Column("difference"),
    Column("95 % interval"),
    Column("p (Holm)"),
    Column("verdict", "text"),
)
_DETECTABLE = Note(
    "not separable: with so many seeds and queries a true difference of the size given "
    "would be found four times in five"
)


def compared(found: Sequence[Verdict], terms: Terms) -> Document:
    """Return comparisons, ready to be written in any format.

    Parameters
    ----------
    found : sequence of Verdict
        One or more; see :func:`hashbench.reports.comparing.verdicts`.
    terms : Terms
        What was asked for.

    Returns
    -------
    Document
        Differences are in percentage points in tables, and fractions in JSON and CSV, first minus
        second.
    """
    scopes = sorted({verdict.scope for verdict in found})
    open_ones = not all(verdict.comparison.separable for verdict in found)
    sheet = Sheet(
        f"mAP@{terms.k}",
        f"profile {found[0].profile}, ties {terms.ties}; first minus second, in points",
        "bits",
        _COLUMNS,
        tuple(map(_line, found)),
        (Note(f"intervals over {' / '.join(scopes)}"), *((_DETECTABLE,) if open_ones else ())),
        right=True,
    )
    rows = [verdict.to_json() for verdict in found]
    return Document((sheet,), {"schema": 1, "comparisons": rows}, lambda: _frame(rows))


def matrix(found: Sequence[Verdict], terms: Terms) -> Document:
    """Return comparisons as one matrix a code length: row minus column, in points.

    Parameters
    ----------
    found : sequence of Verdict
    terms : Terms

    Returns
    -------
    Document
        JSON and CSV are those of :func:`compared`.
    """
    by_bits: dict[int, list[Verdict]] = {}
    for verdict in found:
        by_bits.setdefault(verdict.bits, []).append(verdict)
    sheets = tuple(_matrix(bits, here, terms) for bits, here in by_bits.items())
    return replace(compared(found, terms), sheets=sheets)


def _matrix(bits: int, found: Sequence[Verdict], terms: Terms) -> Sheet:
    pairs = {(v.comparison.a, v.comparison.b): v.comparison for v in found}
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    lines = tuple(
        Line(row, tuple(_difference(pairs, row, column) for column in names)) for row in names
    )
    scopes = sorted({verdict.scope for verdict in found})
    return Sheet(
        f"mAP@{terms.k} at {bits} bits",
        f"profile {found[0].profile}, ties {terms.ties}; row minus column, in points",
        "method",
        tuple(Column(name) for name in names),
        lines,
        (
            Note(f"in brackets: not separable, Holm's correction over {_pairs(len(pairs))}"),
            Note(f"intervals over {' / '.join(scopes)}"),
        ),
    )


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def _difference(pairs: Mapping[tuple[str, str], Comparison], row: str, column: str) -> Entry:
    pair = pairs.get((row, column)) or pairs.get((column, row))
    if pair is None:
        return words("")
    value = 100 * (pair.difference if (row, column) in pairs else -pair.difference)
    shown = f"{value:+.2f}"
    return Entry(value, shown if pair.separable else f"({shown})")


def _line(verdict: Verdict) -> Line:
    pair = verdict.comparison
    p = pair.p_holm
    return Line(
        str(verdict.bits),
        (
            words(pair.a),
            words(pair.b),
            Entry(100 * pair.difference, f"{100 * pair.difference:+.2f}"),
            Entry(None, f"[{100 * pair.low:+.2f}, {100 * pair.high:+.2f}]"),
            Entry(None, f"{p:.4f}" if p >= 0.0001 else "<0.0001"),
            words(verdict.words),
        ),
    )


def _frame(rows: Sequence[dict[str, Any]]) -> DataFrame:
    """Return one line a comparison; what JSON nests has a dot in its column's name."""
    import pandas as pd

    return pd.json_normalize(list(rows))
