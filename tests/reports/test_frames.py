"""Records as a data frame."""

from __future__ import annotations

import io
import subprocess
import sys

import pandas as pd
import pytest

from hashbench.errors import UsageError
from hashbench.reports import Selection, frame, read, report, sections
from hashbench.reports.formats import render


def test_a_row_a_record_profile_tie_policy_and_k(record):
    every = {"profiles": ("official", "paper"), "ties": ("expected", "stable")}
    records = [record(seed=s, ap={20: 0.5 + s / 8, 40: 0.25}, **every) for s in (0, 1)]
    found = frame([*records, records[0]])
    assert len(found) == 2 * 2 * 2 * 2
    chosen = found[(found.profile == "paper") & (found.ties == "stable") & (found.k == 20)]
    assert chosen.set_index("seed").ap.to_dict() == {0: 0.5, 1: 0.625}
    assert set(found.tie_mass) == {0.0625}
    assert found.groupby(["profile", "ties", "k"]).ap.mean()["paper", "expected", 20] == 0.5625


def test_types_are_those_of_numbers(record):
    found = frame([record(), record("lsh", error=("DataError", "a NaN"))])
    assert found[["bits", "seed", "k"]].dtypes.map(pd.api.types.is_integer_dtype).all()
    assert pd.api.types.is_float_dtype(found.ap)
    assert found.control.dtype == bool
    failed = found[found.status == "failed"]
    assert set(failed.error) == {"DataError: a NaN"}
    assert failed.ap.isna().all()
    assert found[found.status == "ok"].error.isna().all()


def test_a_selection_is_what_the_report_takes(record):
    records = [record(profiles=("official", "paper")), record("lsh", ap=None, error=("E", "x"))]
    chosen = Selection(k=(40,), profiles=("official",))
    found = frame(records, chosen)
    assert set(zip(found.k, found.profile, strict=True)) == {(40, "official")}
    text = render(report(sections(read(records)), chosen), "csv")
    again = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert again.ap.tolist() == ["0.5", ""]
    for column in ("method", "key", "evaluator", "dataset_version", "params"):
        assert again[column].tolist() == found[column].tolist()
    with pytest.raises(UsageError, match="has mAP@5"):
        frame(records, Selection(k=(5,)))


def test_no_records_are_an_empty_frame():
    assert frame([]).empty
    assert "ap" in frame([]).columns


def test_pandas_waits_until_it_is_asked_for():
    code = (
        "import sys, hashbench.reports, hashbench.reports.formats; print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
