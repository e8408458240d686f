"""Packed records: a line each, beside those with a file each."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import hashbench
from hashbench.errors import StoreError
from hashbench.runs import Store
from hashbench.runs.packed import packed_places


@pytest.fixture(scope="module")
def run(card, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    hashbench.run(["itq", "lsh"], card, bits="4,8", seed="0,1", out=out, device="cpu", k="5")
    return out


@pytest.fixture
def packed(run, tmp_path):
    """A store of the run's records, packed."""
    store = Store(tmp_path)
    store.pack(Store(run).records())
    return store


def test_packed_records_come_back_as_they_were(run, packed):
    loose = Store(run)
    assert packed.records() == loose.records()
    for record in loose.records():
        assert packed.get(record.key) == record
        assert packed.find(record.key[:20]) == record
    assert packed.get("0" * 64) is None


def test_a_record_is_a_line_and_a_method_a_file(packed):
    files = sorted((packed.path / "records").iterdir())
    assert [path.name for path in files] == ["itq.jsonl", "lsh.jsonl"]
    for path in files:
        values = [json.loads(line) for line in path.read_text().splitlines()]
        assert [(one["bits"], one["seed"]) for one in values] == [(4, 0), (4, 1), (8, 0), (8, 1)]


def test_places_are_the_lines(packed):
    places = packed_places(packed.path, packed.records())
    for record in packed.records():
        path, line = places[record.key]
        assert json.loads(path.read_text().splitlines()[line - 1])["key"] == record.key


def test_records_with_a_file_each_are_packed_and_their_files_go(run, tmp_path):
    store = Store(tmp_path)
    records = Store(run).records()
    for record in records:
        store.write(record)
    assert len(list(tmp_path.glob("records/*/*.json"))) == len(records)
    store.pack()
    assert store.records() == records
    assert not list(tmp_path.glob("records/*/"))


def test_a_kill_while_packing_leaves_one_of_each(packed):
    record = packed.records()[0]
    loose = packed.record_path(record)
    loose.parent.mkdir(parents=True)
    loose.write_text(json.dumps(record.to_json()))
    assert len(packed.records()) == 8
    packed.pack()
    assert not loose.exists()


def test_two_contents_of_one_key_are_refused(packed):
    record = packed.records()[0]
    loose = packed.record_path(record)
    loose.parent.mkdir(parents=True)
    loose.write_text(json.dumps(replace(record, seed=7).to_json()))
    with pytest.raises(StoreError, match="is packed too, with other content"):
        packed.records()


def test_a_changed_record_changes_one_line(packed):
    path = packed.path / "records" / "itq.jsonl"
    before = path.read_text().splitlines()
    record = next(one for one in packed.records() if one.method.name == "itq" and one.bits == 8)
    packed.write(replace(record, times={"fit": 1.0}))
    after = path.read_text().splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert not list(packed.path.glob("records/*/*.json"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"itq\.jsonl, line 2: damaged record"),
        ("[]", r"itq\.jsonl, line 2: not a record of hashbench"),
        ('{"schema": 99}', r"itq\.jsonl, line 2: schema 99 is newer"),
        ("", r"itq\.jsonl, line 2: damaged record"),
    ],
)
def test_a_damaged_line_is_named(packed, line, message):
    path = packed.path / "records" / "itq.jsonl"
    lines = path.read_text().splitlines()
    lines[1] = line
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(StoreError, match=message):
        packed.records()


def test_bytes_that_are_no_text_are_named(packed):
    (packed.path / "records" / "itq.jsonl").write_bytes(b"\xff\xfe\n")
    with pytest.raises(StoreError, match=r"itq\.jsonl: not lines of text"):
        packed.records()
