"""Measures of one set of codes as a printable document, as ``hashbench evaluate`` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashbench.reports.sheet import Column, Document, Entry, Line, Note, Sheet

if TYPE_CHECKING:
    from hashbench.ranking import Evaluation

HEADS = {"AP": "mAP", "P": "P", "R": "R", "tie_mass": "tie mass"}
"""Measure -> what its lines are headed with, before ``@K``."""


def evaluated(result: Evaluation) -> Document:
    """Return an evaluation, ready to be written in any format.

    Tables are in percent. JSON is the whole summary and CSV one line a profile, tie policy,
    measure and K; both hold fractions in full precision.
    """
    sheets = [_at_cuts(result)]
    if result.extra:
        sheets.append(_extra(result))
    summary = result.summary()
    profiles = summary.pop("profiles")
    return Document(tuple(sheets), {**profiles, **summary}, result.to_frame)


def _at_cuts(result: Evaluation) -> Sheet:
    scores = result.scores
    lines = [
        Line(
            f"{profile}, {ties}",
            tuple(_percent(scores.get(profile, ties, measure, k)) for k in result.k),
            under=f"{head}@K",
        )
        for measure, head in HEADS.items()
        for profile in result.profiles
        for ties in result.ties
    ]
    without = result.summary()["queries_without_relevant"]
    return Sheet(
        f"Measures (%) of {result.n_bits} bits",
        f"{result.n_query:,} queries, {result.n_database:,} items",
        "profile, ties",
        tuple(Column(str(k)) for k in result.k),
        tuple(lines),
        (Note(f"queries without a relevant item: {without}"),),
    )


def _extra(result: Evaluation) -> Sheet:
    """Measures beyond the profiles, as they are: a plugin's need not be a fraction."""
    lines = [Line(name, (Entry(None, f"{result.mean(name):.4f}"),)) for name in result.extra]
    return Sheet("Further measures", "", "measure", (Column("mean"),), tuple(lines))


def _percent(value: float | None) -> Entry:
    assert value is not None  # An evaluation has every measure at every place.
    return Entry(100 * value, f"{100 * value:.2f}")
