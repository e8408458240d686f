"""The report of some records: a table a data set, profile, tie policy and K."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hashbench.reports.frames import frame_of
from hashbench.reports.results import Section
from hashbench.reports.score_tables import tables
from hashbench.reports.selection import Selection
from hashbench.reports.sheet import Document
from hashbench.reports.significance import ranked
from hashbench.reports.stacked import stacked


def report(found: Sequence[Section], selection: Selection, runs: Sequence[Path] = ()) -> Document:
    """Return what the selection asks for, ready to be written in any format.

    JSON and CSV hold fractions in full precision; CSV has a line a record and K, with every
    measure, where the tables have mAP. A terminal shows all K of one data set in one table.

    Parameters
    ----------
    found : sequence of Section
    selection : Selection
    runs : sequence of Path
        Run directories whose per-query values tell what is separable from the best of a column.
        Without any, nothing is said of it.

    Raises
    ------
    UsageError
        If the selection names something that no record has.
    """
    built = tables(found, selection)
    if runs:
        built = ranked(built, found, runs)
    return Document(
        sheets=tuple(table.sheet for table in built),
        data={"schema": 1, "tables": [table.to_json() for table in built]},
        frame=lambda: frame_of(found, selection),
        screen=stacked(built),
    )
