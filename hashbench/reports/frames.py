"""Records as a pandas data frame, one row a record, profile, tie policy and K."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hashbench.ranking.cutoffs import plain
from hashbench.reports.results import Result, Section, read, sections
from hashbench.reports.selection import Selection

if TYPE_CHECKING:
    from pandas import DataFrame

    from hashbench.runs import Record

MEASURES = {"ap": "AP", "precision": "P", "recall": "R", "tie_mass": "tie_mass"}
"""Column -> the measure in it."""

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
    *MEASURES,
    "encode_videos_per_s",
    "evaluator",
    "key",
    "error",
)
"""The columns; measures are fractions in [0, 1], missing where there is no number."""


def frame(records: Iterable[Record], selection: Selection | None = None) -> DataFrame:
    """Return records as a data frame, for pandas, seaborn or a CSV file.

    Parameters
    ----------
    records : iterable of Record
        Of one or more run directories; one that occurs twice counts once.
    selection : Selection, optional
        Which cut-offs, profiles and tie policies; all that were measured by default.

    Returns
    -------
    DataFrame
        One row a record, profile, tie policy and K, ordered so. Columns: the data set
        (``dataset``, ``dataset_version``, ``dataset_sha256``, ``trained_on``), the method
        (``method``, ``params`` as JSON, ``version``, ``distribution``, ``supervised``,
        ``control``), ``bits``, ``seed``, ``profile``, ``ties``, ``k``, ``status``, the measures
        (``ap``, ``precision``, ``recall``, ``tie_mass``; fractions), ``encode_videos_per_s``,
        ``evaluator``, ``key`` and ``error``.

    Raises
    ------
    UsageError
        If the selection names something that no record has.

    Examples
    --------
    >>> from hashbench.reports import frame
    >>> from hashbench.runs import Store
    >>> measured = frame(Store("runs").records())  # doctest: +SKIP
    >>> measured[measured.k == 20].pivot_table("ap", "method", "bits")  # doctest: +SKIP
    """
    return frame_of(sections(read(records)), selection)


def frame_of(found: Sequence[Section], selection: Selection | None = None) -> DataFrame:
    """Return sections as a data frame; see :func:`frame`."""
    import pandas as pd

    rows = [row for section in found for row in _rows(section, selection)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(section: Section, selection: Selection | None) -> Iterator[dict[str, Any]]:
    chosen = Selection.everything(section) if selection is None else selection.resolve(section)
    for result in section.results:
        about = _about(section, result)
        for profile in chosen.profiles or ():
            for ties in chosen.ties or ():
                for k in chosen.k or ():
                    values = {
                        column: result.scores.get(profile, ties, measure, k)
                        for column, measure in MEASURES.items()
                    }
                    yield about | {"profile": profile, "ties": ties, "k": plain(k)} | values


def _about(section: Section, result: Result) -> dict[str, Any]:
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
        "status": "ok" if result.error is None else "failed",
        "encode_videos_per_s": result.record.encode_videos_per_s or None,
        "evaluator": result.dataset.evaluator,
        "key": result.key,
        "error": result.error,
    }
