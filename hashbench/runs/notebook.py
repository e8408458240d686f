"""What notebooks show of records: tables, data frames and curves.

Data frames and curves belong to the reports, a room above. They are looked up by name when a person
asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hashbench.lazy import lazy_names
from hashbench.notebook import html_table
from hashbench.ranking.scores import AVERAGE_PRECISION, Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from hashbench.runs.record import Record

_above = lazy_names(
    __name__, {"frame": "hashbench.reports.frames", "plotted": "hashbench.reports.plots"}
)


def records_frame(records: Sequence[Record]) -> DataFrame:
    """Return records as a data frame; see :func:`hashbench.reports.frame`."""
    made: DataFrame = _above("frame")(records)
    return made


def records_plot(
    records: Sequence[Record],
    over: str | None = None,
    *,
    k: int | None = None,
    profile: str | None = None,
    ties: str | None = None,
) -> Figure:
    """Draw the curves of records; see :func:`hashbench.reports.plots.plotted`."""
    made: Figure = _above("plotted")(records, over, k=k, profile=profile, ties=ties)
    return made


def records_html(records: Sequence[Record]) -> str:
    """Return one line a record: method, data set, bits, seed, and mAP in percent at every K.

    mAP is that of the data set's own profile, with expected ties where they were measured.

    Parameters
    ----------
    records : sequence of Record
    """
    cutoffs = Scores().union(*(record.scores for record in records)).k
    heads = ["method", "data set", "bits", "seed", *(f"mAP@{k} (%)" for k in cutoffs)]
    return html_table(heads, [[*_about(record), *_values(record, cutoffs)] for record in records])


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
