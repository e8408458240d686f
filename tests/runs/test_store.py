"""Records and the run directory."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hashbench import BinaryCodes
from hashbench.errors import DataError, StoreError
from hashbench.files.atomic import write_json
from hashbench.runs import Record, Store

Make = Callable[..., Record]


def test_a_record_survives_json(record: Make) -> None:
    made = record(error=None, files={"codes": "codes/x.npz", "model": None}, seed=3)
    assert Record.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_newer_schema_is_refused_by_name(store: Store, record: Make) -> None:
    path = store.write(record())
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(StoreError) as caught:
        store.records()
    assert str(caught.value) == (
        f"{path}: schema 2 is newer than this release's 1; a newer hashbench reads it"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "damaged record"),
        ("[]", "no schema number"),
        ('{"schema": "1"}', "no schema number"),
        ('{"schema": 1}', "lacks 'key'"),
    ],
)
def test_a_damaged_record_is_named(store: Store, record: Make, text: str, complaint: str) -> None:
    path = store.write(record())
    path.write_text(text)
    with pytest.raises(StoreError, match=complaint) as caught:
        store.get("ab" * 32)
    assert str(path) in str(caught.value)


def test_unknown_and_missing_fields_are_named(record: Make) -> None:
    value = record().to_json()
    with pytest.raises(StoreError, match="unknown field 'colour'"):
        Record.from_json({**value, "colour": "red"})
    del value["method"]["label"]
    with pytest.raises(StoreError, match="method: lacks 'label'"):
        Record.from_json(value)


def test_records_are_found_by_key_and_by_its_start(store: Store, record: Make) -> None:
    first, second = record(), record(key="cd" * 32, bits=8)
    for each in (first, second):
        store.write(each)
    assert store.records() == [second, first]
    assert store.get(first.key) == first
    assert store.get("ef" * 32) is None
    assert store.get_all([second.key, "ef" * 32, first.key]) == {
        second.key: second,
        first.key: first,
    }
    assert list(store.get_all([first.key, second.key])) == [first.key, second.key]
    assert store.get_all(["ab" * 8 + "0" * 48]) == {}  # the same start, another key
    assert store.find("cd") == second
    with pytest.raises(StoreError, match="0 records have a key 'ef'"):
        store.find("ef")


def test_a_record_takes_the_place_of_the_older_one(store: Store, record: Make) -> None:
    store.write(record(status="failed", evaluation=None, error={"type": "E", "message": ""}))
    store.write(record())
    assert [each.status for each in store.records()] == ["ok"]


def test_names_that_no_file_should_have_are_tamed(store: Store, record: Make) -> None:
    made = record()
    odd = record(
        dataset=type(made.dataset)(**{**made.to_json()["dataset"], "name": "../a:b/c"}),
    )
    path = store.record_path(odd)
    assert path.parent.parent == store.path / "records"
    write_json(path, odd.to_json())
    with pytest.raises(StoreError, match=r"dataset\.name must be a plain name"):
        store.records()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"seed": 2**64}, "seed must be a whole number"),
        ({"diagnostics": {"note": "a\x1b[0m"}}, r"diagnostics\.note must be text"),
        ({"diagnostics": {"notes": ("a\x1b[0m",)}}, r"diagnostics\.notes must be text"),
        ({"diagnostics": {"loss": float("nan")}}, r"diagnostics\.loss must be a finite number"),
        ({"diagnostics": {"loss": object()}}, "cannot be written as JSON"),
    ],
)
def test_a_record_that_could_not_be_read_back_is_not_written(
    store: Store, record: Make, changes: dict[str, object], complaint: str
) -> None:
    store.write(record())
    with pytest.raises(DataError, match=f"^record abababababababab: {complaint}"):
        store.write(record(**changes))
    assert store.records() == [record()]


def test_no_run_directory(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such run directory"):
        Store(tmp_path / "absent").records()


def test_codes_come_back_and_are_checked(store: Store, record: Make) -> None:
    bits = np.random.default_rng(0).integers(0, 2, (30, 13))
    query, database = BinaryCodes.from_bits(bits[:10]), BinaryCodes.from_bits(bits[10:])
    path = store.write_codes("ab" * 32, query, database)
    digests = {"query": query.sha256, "database": database.sha256}
    made = record(bits=13, files={"codes": store.relative(path)}, codes_sha256=digests)
    assert store.codes(made) == (query, database)
    with pytest.raises(DataError, match="not the codes of record abab"):
        store.codes(record(files=made.files, codes_sha256={**digests, "query": "0"}))
    with pytest.raises(DataError, match=r"of 13 bits for 10 queries and 20 .* says 8"):
        store.codes(replace(made, bits=8))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged"):
        store.codes(made)
    path.unlink()
    with pytest.raises(StoreError, match=r"has no codes .*has gone"):
        store.codes(made)


def test_sweep_takes_only_the_keys_own_leftovers(store: Store, record: Make) -> None:
    made = record()
    path = store.write(made)
    ours = path.with_name(f".{path.stem}-99-ab.partial.json")
    theirs = path.with_name(".other-99-ab.partial.json")
    half_codes = store.path / "codes" / f".{made.key}-99-ab.partial.npz"
    half_codes.parent.mkdir()
    for each in (ours, theirs, half_codes):
        each.write_text("{")
    assert store.records() == [made]
    store.sweep(made.key)
    assert not ours.exists()
    assert not half_codes.exists()
    assert theirs.exists()
    assert path.exists()


def test_sweep_of_a_model_takes_what_a_kill_left_of_it(store: Store) -> None:
    whole = store.model_path("m1") / "arrays.safetensors"
    ours = store.model_path("m1") / ".arrays-99-ab.partial.safetensors"
    theirs = store.model_path("m2") / ".arrays-99-ab.partial.safetensors"
    for each in (whole, ours, theirs):
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text("x")
    store.sweep_model("m1")
    assert (whole.exists(), ours.exists(), theirs.exists()) == (True, False, True)


def test_prepare_leaves_nothing_behind(store: Store) -> None:
    store.prepare()
    assert [path for path in store.path.rglob("*") if path.is_file()] == []


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        Store(tmp_path / "runs").prepare()
