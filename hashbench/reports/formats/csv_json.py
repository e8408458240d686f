"""Numbers for other programs: CSV with one line a number, JSON with one object a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from hashbench.reports.results import Result, Section
from hashbench.reports.selection import Selection
from hashbench.reports.tables import Row, Score, Table

COLUMNS = (
    "dataset",
    "dataset_version",
    "dataset_sha256",
    "trained_on",
    "method",
    "params",
    "version",
    "distribution",
    "supervised",
    "control",
    "bits",
    "seed",
    "profile",
    "ties",
    "k",
    "status",
    "ap",
    "precision",
    "recall",
    "tie_mass",
    "encode_videos_per_s",
    "evaluator",
    "key",
    "error",
)
"""The columns of the CSV; measures are fractions, empty where there is no number."""


def as_csv(found: Sequence[Section], selection: Selection) -> str:
    """Write one line a record, profile, tie rule and K, numbers in full precision.

    Raises
    ------
    UsageError
        If the selection names something that no record has.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for section in found:
        chosen = selection.resolve(section)
        for result in section.results:
            for profile in chosen.profiles or ():
                for ties in chosen.ties or ():
                    writer.writerows(
                        _line(section, result, profile, ties, k) for k in chosen.k or ()
                    )
    return file.getvalue()


def _line(section: Section, result: Result, profile: str, ties: str, k: int) -> dict[str, Any]:
    names = {"ap": "AP", "precision": "P", "recall": "R", "tie_mass": "tie_mass"}
    values = {c: result.value(f"{m}@{k}", profile, ties) for c, m in names.items()}
    method, data = result.method, section.dataset
    return {
        "dataset": data.name,
        "dataset_version": data.version,
        "dataset_sha256": data.sha256,
        "trained_on": data.trained_on or data.name,
        "method": method.label,
        "params": json.dumps(result.record.method.params, sort_keys=True),
        "version": method.version,
        "distribution": method.distribution,
        "supervised": method.supervised,
        "control": method.control,
        "bits": result.bits,
        "seed": result.seed,
        "profile": profile,
        "ties": ties,
        "k": k,
        "status": "ok" if result.error is None else "failed",
        **{column: "" if value is None else repr(value) for column, value in values.items()},
        "encode_videos_per_s": result.record.encode_videos_per_s or "",
        "evaluator": result.dataset.evaluator,
        "key": result.key,
        "error": result.error or "",
    }


def as_json(found: Sequence[Table]) -> str:
    """Write the tables as one JSON document; values are fractions."""
    document = {"schema": 1, "tables": [_table(table) for table in found]}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _table(table: Table) -> dict[str, Any]:
    return {
        "dataset": table.dataset.name,
        "dataset_version": table.dataset.version,
        "dataset_sha256": table.dataset.sha256,
        "trained_on": table.dataset.trained_on or table.dataset.name,
        "evaluator": table.dataset.evaluator,
        "measure": f"AP@{table.k}",
        "k": table.k,
        "profile": table.profile,
        "ties": table.ties,
        "bits": list(table.bits),
        "seeds": list(table.seeds),
        "rows": [_row(row) for row in table.rows],
        "notes": dict(table.notes),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "method": row.label,
        "control": row.method.control,
        "supervised": row.method.supervised,
        "scores": [_score(score) for score in row.scores],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "bits": score.bits,
        "mean": score.mean,
        "std": score.spread,
        "by_seed": {str(seed): value for seed, value in score.values},
        "failed": score.failed,
        "best": score.best,
        "notes": list(score.marks),
    }
