"""What a notebook shows of runs, records and data sets."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import numpy as np

import hashbench
from hashbench.runs.notebook import records_html


def test_records_are_a_table_with_a_number_a_cutoff(record) -> None:
    evaluation = {"profiles": {"paper": {"expected": {"AP@5": 0.25, "AP@10": 0.125}}}}
    good = record(evaluation=evaluation)
    good = dataclasses.replace(good, dataset=dataclasses.replace(good.dataset, profile="paper"))
    bad = dataclasses.replace(
        good, status="failed", evaluation=None, error={"type": "E", "message": "a <b> & c"}
    )
    table = ElementTree.fromstring(records_html([good, bad]))
    heads = [cell.text for cell in table.iter("th")]
    assert heads[-2:] == ["mAP@5 (%)", "mAP@10 (%)"]
    rows = [[cell.text for cell in row] for row in table.find("tbody")]
    assert rows[0][-2:] == ["25.00", "12.50"]
    assert rows[1][-2] == "a <b> & c"
    assert {len(row) for row in rows} == {len(heads)}


def test_reprs_are_one_short_line(record) -> None:
    dataset = hashbench.load_dataset("digit-stories")
    shown = [repr(record()), repr(dataset), repr(dataset.train)]
    shown.append(repr(hashbench.Videos(np.zeros((2, 3, 4), np.float32))))
    assert all(len(line) < 160 and "\n" not in line for line in shown)
    assert shown[0].startswith(f"<Record {record().key[:8]}: ")
    assert "digit-stories" in shown[1]
    assert "2 of 3 frames, 4 dimensions, without labels" in shown[3]


def test_names_are_those_of_the_command_line() -> None:
    from hashbench.plugins import registry

    assert hashbench.list_methods() == registry().methods.names()
    assert [hashbench.method(name).bits for name in ("itq", "lsh")] == [64, 64]
    assert "aeon:NAME" in hashbench.list_datasets()
    assert len(hashbench.list_datasets()) == len(registry().datasets.names())
