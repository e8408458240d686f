"""Protocols: their names, a split for validation, folders of published trees, optional labels."""

from __future__ import annotations

import numpy as np
import pytest
from making_data import features, write_feats, write_set

import hashbench
from hashbench.data import read_card
from hashbench.data.cardwriter import card_text
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError
from hashbench.reports.results import read, sections
from hashbench.runs import Record

PUBLISHED = {
    "fcvid": "fcvid-2018", "fcvid-repartition": "fcvid-repartition", "yfcc": "yfcc-2018",
    "yfcc-1000q": "yfcc-1000q", "activitynet": "activitynet-1000q", "ucf101": "ucf101-split1",
    "hmdb51": "hmdb51-split1", "ucf101-repartition": "ucf101-repartition",
}  # fmt: skip


def with_id(card, name):
    card.write_text(card.read_text().replace("[protocol]\n", f'[protocol]\nid = "{name}"\n'))
    return card


@pytest.mark.parametrize(("name", "protocol"), PUBLISHED.items())
def test_published_sets_name_their_protocols(name, protocol):
    from hashbench.data.loading import find_card

    card, _, _ = find_card(name)
    assert card.protocol_name == protocol
    assert all(split.videos for split in card.splits.values())


def test_a_protocol_s_name_is_the_set_s_own_by_default(tmp_path):
    card = write_set(tmp_path)
    assert read_card(card).protocol_name == "mine"
    assert read_card(with_id(card, "mine-2026")).protocol_name == "mine-2026"
    again = tmp_path / "again.toml"
    again.write_text(card_text(read_card(card)))
    assert read_card(again).protocol == "mine-2026"


def test_a_name_that_is_none(tmp_path):
    card = with_id(write_set(tmp_path), "../other")
    with pytest.raises(DataError, match=r"protocol\.id is '\.\./other'; a plain name"):
        read_card(card)


def with_validation(folder):
    """A set with a split for validation beside test."""
    card = write_set(folder)
    write_feats(folder / "val.h5", features(12, seed=4))
    np.save(folder / "val.npy", np.arange(12) % 3)
    text = card.read_text().replace("[protocol]\n", '[protocol]\nvalidation = "val"\n')
    card.write_text(text + '\n[splits.val]\nfeats = "val.h5"\nlabels = "val.npy"\n')
    return card


def test_a_split_for_validation(tmp_path):
    card = with_validation(tmp_path)
    dataset = hashbench.load_dataset(card)
    assert len(dataset.validation) == 12
    assert dataset.validation.has_labels
    assert read_card(card).roles["validation"] == "val"
    (tmp_path / "val.npy").unlink()
    with pytest.raises(DataError, match=r"missing val\.npy"):
        hashbench.load_dataset(card)


def test_parts_exchanged_are_another_protocol(tmp_path):
    card = with_validation(tmp_path)
    text = card.read_text().replace('validation = "val"\n', "")
    ways = {}
    for query, database in [("test", "val"), ("val", "test"), ("val", "val"), ("test", "test")]:
        lines = f'query = "{query}"\ndatabase = "{database}"'
        card.write_text(text.replace('query = "test"\ndatabase = "test"', lines))
        ways[query, database] = hashbench.load_dataset(card)
    assert len({dataset.sha256 for dataset in ways.values()}) == 4
    assert [len(way.query) for way in ways.values()] == [20, 12, 12, 20]


def test_verify_looks_for_videos_that_are_chosen_on_as_well(tmp_path):
    card = with_validation(tmp_path)
    shared = features(12, seed=4)
    shared[7] = features(30, seed=2)[3]
    write_feats(tmp_path / "val.h5", shared)
    result = audit(*open_splits(card))
    assert [(f.kind, f.where, f.rows) for f in result.findings] == [("leak", "train, val", (7,))]


def test_labels_of_training_videos_may_be_missing_and_change_no_content(tmp_path):
    card = write_set(tmp_path)
    without = hashbench.load_dataset(card)
    text = card.read_text().replace("[splits.train]\n", '[splits.train]\nlabels = "t.npy"\n')
    card.write_text(text)
    missing = hashbench.load_dataset(card)
    assert not missing.labelled_train.has_labels
    np.save(tmp_path / "t.npy", np.arange(len(missing.labelled_train)) % 3)
    there = hashbench.load_dataset(card)
    assert there.labelled_train.has_labels
    assert without.sha256 == missing.sha256 == there.sha256


def test_folders_as_published_trees_have_them(tmp_path):
    (tmp_path / "root/other").mkdir(parents=True)
    text = write_set(tmp_path / "root/other").read_text()
    moved = tmp_path / "card.toml"
    moved.write_text(f'folder_aliases = ["other"]\n{text}')
    assert hashbench.load_dataset(moved, data_root=tmp_path / "root").name == "mine"
    moved.write_text(f'folder_aliases = ["../x"]\n{text}')
    with pytest.raises(DataError, match="outside the data root"):
        hashbench.load_dataset(moved, data_root=tmp_path / "root")


def test_numbers_of_two_protocols_never_share_a_table(tmp_path):
    card = write_set(tmp_path)
    given = {"bits": 4, "k": "5", "device": "cpu", "out": tmp_path / "runs"}
    (plain,) = hashbench.run("itq", card, **given).records
    (other,) = hashbench.run("lsh", with_id(card, "mine-2026"), **given).records
    assert plain.dataset.protocol is None
    assert other.dataset.protocol == "mine-2026"
    assert "protocol" not in plain.to_json()["dataset"]
    assert Record.from_json(other.to_json()) == other
    found = sections(read([plain, other]))
    assert [section.dataset.protocol for section in found] == ["mine", "mine-2026"]
    assert "protocol mine-2026" in str(found[1].dataset)
