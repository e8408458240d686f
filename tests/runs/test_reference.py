"""References to fitted methods: RUNS:KEY, a record's file, a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hashbench.errors import StoreError
from hashbench.runs import Record, Store
from hashbench.runs.reference import find_record, model_folder


def test_a_key_and_a_file_name_one_record(store: Store, record: Callable[..., Record]) -> None:
    model = store.model_path("m")
    model.mkdir(parents=True)
    one = record(key="ab" * 32, files={"model": "models/m"})
    path = store.write(one)
    for reference in (f"{store.path}:ab", f"{store.path}:{one.key}", path, str(path)):
        found = find_record(reference)
        assert found is not None
        assert found[0].path.resolve() == store.path.resolve()
        assert found[1] == one
        assert model_folder(reference).resolve() == model.resolve()


def test_a_folder_is_no_record_though_it_has_a_colon(store: Store, tmp_path: Path) -> None:
    store.path.mkdir()
    saved = tmp_path / "runs:ab"
    saved.mkdir()
    for reference in (saved, tmp_path / "gone", tmp_path / "gone:ab"):
        assert find_record(reference) is None
        assert model_folder(reference) == reference


def test_what_is_not_there_is_said(store: Store, record: Callable[..., Record]) -> None:
    store.write(record(key="ab" * 32))
    store.write(record(key="ac" * 32))
    with pytest.raises(StoreError, match="0 records have a key 'b'"):
        find_record(f"{store.path}:b")
    with pytest.raises(StoreError, match="2 records have a key 'a'"):
        model_folder(f"{store.path}:a")
    with pytest.raises(StoreError, match="record abababababababab has no model"):
        model_folder(f"{store.path}:ab")
    damaged = store.path / "records" / "toy" / "damaged.json"
    damaged.write_text("{")
    with pytest.raises(StoreError, match=r"damaged\.json"):
        find_record(damaged)
