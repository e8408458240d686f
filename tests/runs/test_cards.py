"""Where a record's data set lies, known from the manifest of its run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import hashbench
from hashbench.errors import DataError, StoreError
from hashbench.runs import Record, Store
from hashbench.runs.cards import dataset_of


def test_a_run_knows_its_card_and_is_searched_without_it(card: Path, tmp_path: Path) -> None:
    ran = hashbench.run("itq", card, bits=4, k=5, out=tmp_path / "runs")
    store, (record,) = ran.store, ran.records
    assert Path(dataset_of(store, record)).samefile(card)
    found = hashbench.search(f"{store.path}:{record.key[:8]}", 3, top=4)
    assert found == hashbench.search(f"{store.path}:{record.key[:8]}", 3, top=4, dataset=card)


def test_the_path_is_relative_so_that_run_and_card_move_together(
    card: Path, tmp_path: Path
) -> None:
    shutil.copytree(card.parent, tmp_path / "here" / "set")
    here = tmp_path / "here"
    ran = hashbench.run("itq", here / "set" / card.name, bits=4, k=5, out=here / "runs")
    (info,) = json.loads(ran.manifest.read_text())["datasets"]
    assert info["card"] == f"../set/{card.name}"
    here.rename(tmp_path / "there")
    moved = Store(tmp_path / "there" / "runs")
    assert Path(dataset_of(moved, ran.records[0])).samefile(
        tmp_path / "there" / "set" / card.name
    )  # fmt: skip


def test_a_run_moved_alone_finds_the_card_as_it_was_typed(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(card.parent)
    ran = hashbench.run("itq", card.name, bits=4, k=5, out=tmp_path / "runs")
    (tmp_path / "deeper" / "still").mkdir(parents=True)
    (tmp_path / "runs").rename(tmp_path / "deeper" / "still" / "runs")
    moved = Store(tmp_path / "deeper" / "still" / "runs")
    assert dataset_of(moved, ran.records[0]) == card.name
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"the card of data set mine is not at .*card\.toml"):
        dataset_of(moved, ran.records[0])


def test_a_registered_set_and_an_old_record_go_by_name(
    store: Store, record: Callable[..., Record]
) -> None:
    assert dataset_of(store, record()) == "toy"
    assert dataset_of(store, record(manifest="manifests/gone.json")) == "toy"
    path = store.manifest_path("old")
    path.parent.mkdir(parents=True)
    path.write_text('{"datasets": [{"name": "toy", "version": "1", "sha256": "d"}]}')
    old = replace(record(), manifest="manifests/old.json")
    assert dataset_of(store, old) == "toy"
    path.write_text("{")
    with pytest.raises(StoreError, match="damaged manifest"):
        dataset_of(store, old)
