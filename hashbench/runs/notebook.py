"""Records as the table that a notebook shows."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hashbench.ranking.scores import AVERAGE_PRECISION, Scores
from hashbench.runs.record import Record


def records_html(records: Sequence[Record]) -> str:
    """Return one line a record: method, data set, bits, seed, and mAP in percent at every K.

    mAP is that of the data set's own profile, with expected ties where they were measured.

    Parameters
    ----------
    records : sequence of Record
    """
    cutoffs = Scores().union(*(record.scores for record in records)).k
    heads = ["method", "data set", "bits", "seed", *(f"mAP@{k} (%)" for k in cutoffs)]
    lines = [_line([*_about(record), *_values(record, cutoffs)], "td") for record in records]
    return f"<table><thead>{_line(heads, 'th')}</thead><tbody>{''.join(lines)}</tbody></table>"


def _about(record: Record) -> list[str]:
    name = f"{record.dataset.name} ({record.dataset.profile})"
    return [record.method.label, name, str(record.bits), str(record.seed)]


def _values(record: Record, cutoffs: Sequence[int]) -> list[str]:
    if not record.ok:
        return [(record.error or {}).get("message", "failed")] + [""] * (len(cutoffs) - 1)
    scores = record.scores
    ties = "expected" if "expected" in scores.ties else next(iter(scores.ties), "")
    found = [scores.get(record.dataset.profile, ties, AVERAGE_PRECISION, k) for k in cutoffs]
    return ["" if value is None else f"{100 * value:.2f}" for value in found]


def _line(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
