"""What a run ends with."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from hashbench.reports import summarise
from hashbench.runs import Store


@pytest.fixture
def store(record, tmp_path):
    store = Store(tmp_path / "runs")
    for bits in (8, 16):
        for name in ("itq", "lsh"):
            store.write(record(name, bits))
    return store


def test_tables_go_to_standard_output_and_curves_into_the_store(store, capsys):
    paths = summarise(store, k=(20, 40), profile=("paper",), ties=("expected",))
    out = capsys.readouterr().out
    assert out.startswith("mAP (%) on digit-stories 1, profile paper, ties expected, seed 0\n")
    assert out.index("\nmAP@20\n") < out.index("\nmAP@40\n")
    assert out.count("method") == 1
    assert len(paths) == 6
    assert all(path.is_file() and path.parent == store.path / "curves" for path in paths)


def test_only_the_records_asked_for(store):
    keys = [record.key for record in store.records() if record.method.name == "lsh"]
    file = io.StringIO()
    summarise(store, keys, k=(20,), console=Console(file=file, width=80))
    assert "lsh" in file.getvalue()
    assert "itq" not in file.getvalue()


def test_nothing_to_show_is_no_error(store, capsys):
    assert summarise(store, []) == []
    assert capsys.readouterr().out == ""


def test_figures_show_the_records_of_earlier_runs_too(store):
    keys = [record.key for record in store.records() if record.method.name == "lsh"]
    paths = summarise(store, keys, k=(20, 40), console=Console(file=io.StringIO()))
    numbers = [path.with_suffix(".json") for path in paths if path.suffix == ".png"]
    assert numbers
    for path in numbers:
        panels = json.loads(path.read_text())["panels"]
        assert {c["label"] for panel in panels for c in panel["curves"]} == {"itq", "lsh"}
