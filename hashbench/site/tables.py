"""Everything that was measured, as one table for pandas, R and spreadsheets."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.reports.formats.csv_json import without_formulas
from hashbench.reports.frames import frame_of
from hashbench.site.measured import Measured

if TYPE_CHECKING:
    from pandas import DataFrame

CSV, PARQUET = "results.csv", "results.parquet"


def everything(found: Iterable[Measured]) -> DataFrame:
    """Return one row a record, profile, tie policy and K, with its board, submitter and day.

    The other columns are those of :func:`hashbench.reports.frame`.
    """
    every = list(found)
    made = frame_of([one.section for one in every])
    board = {key: one.name for one in every for key in one.ap}
    by = {key: who for one in every for key, who in one.by.items()}
    days = {key: day for one in every for key, day in one.days.items()}
    made.insert(0, "board", made["key"].map(board))
    records = {r.key: r.record for one in every for r in one.section.measured}
    counts = {key: record.n_parameters for key, record in records.items()}
    made["n_parameters"] = made["key"].map(counts).astype("Int64")
    made["measured_by"] = made["key"].map(by)
    made["submitted_on"] = made["key"].map(days)
    if made["k"].dtype == object:
        made["k"] = made["k"].astype(str)  # with "all" among them, of one type for Parquet
    return made


def write_tables(found: Iterable[Measured], folder: Path) -> list[str]:
    """Write everything as CSV and, where pyarrow is installed, as Parquet; return the files."""
    made = everything(found)
    plain = without_formulas(made)
    plain.to_csv(folder / CSV, index=False, lineterminator="\n", errors="replace")
    if importlib.util.find_spec("pyarrow") is None:
        return [CSV]
    made.to_parquet(folder / PARQUET, engine="pyarrow", index=False)
    return [CSV, PARQUET]
