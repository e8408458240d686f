"""Data sets by card: a user's own files, where they are looked for, what is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set

from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError


def test_own_card(tmp_path: Path) -> None:
    dataset = load_dataset(write_set(tmp_path), cache=tmp_path / "cache")
    assert dataset.name == "mine"
    assert dataset.self_retrieval
    assert dataset.train.shape == (30, 4, 6)
    assert not dataset.train.has_labels
    np.testing.assert_array_equal(dataset.query.labels.multi_hot, multi_hot(20).astype(bool))
    np.testing.assert_array_equal(dataset.query.take(slice(3, 9)), features(20, seed=3)[3:9])
    assert dataset.sha256 == load_dataset(str(tmp_path / "card.toml")).sha256


def test_digest_follows_content_and_not_place_or_layout(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    before = load_dataset(card).sha256
    write_feats(tmp_path / "test.h5", features(20, seed=3), chunks=(5, 4, 6), compression="gzip")
    shutil.copytree(tmp_path, tmp_path / "copy")
    assert load_dataset(tmp_path / "copy" / "card.toml").sha256 == before
    np.save(tmp_path / "labels.npy", multi_hot(20, seed=9))
    relabelled = load_dataset(card).sha256
    assert relabelled != before
    write_feats(tmp_path / "train.h5", features(30, seed=4))
    assert load_dataset(card).sha256 not in {before, relabelled}


def test_first_frames_of_more_stored(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    card.write_text(card.read_text().replace("frames = 4", "frames = 3\nstored_frames = 4"))
    dataset = load_dataset(card)
    assert dataset.train.shape == (30, 3, 6)
    np.testing.assert_array_equal(dataset.train.take(slice(0, 2)), features(30, seed=2)[:2, :3])


def test_files_may_lie_below_the_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path)
    card = tmp_path / "elsewhere" / "card.toml"
    card.parent.mkdir()
    shutil.move(tmp_path / "card.toml", card)
    with pytest.raises(DataError, match=r"mine: missing train\.h5, test\.h5, labels\.npy; looked"):
        load_dataset(card)
    assert load_dataset(card, data_root=tmp_path).train.shape == (30, 4, 6)
    (tmp_path / "mine").mkdir()
    for name in ["train.h5", "test.h5", "labels.npy"]:
        shutil.move(tmp_path / name, tmp_path / "mine" / name)
    monkeypatch.setenv("HASHBENCH_DATA", str(tmp_path))
    assert load_dataset(card).train.shape == (30, 4, 6)


def test_unlabelled_others_are_one_more_class(tmp_path: Path) -> None:
    card = write_set(tmp_path, more='unlabelled = "others"')
    labels = multi_hot(20)
    labels[[2, 5]] = 0
    np.save(tmp_path / "labels.npy", labels)
    relevance = (query := load_dataset(card).query).labels.relevance(query.labels)
    assert query.labels.n_classes == 4
    assert np.flatnonzero(relevance[2]).tolist() == [2, 5]
    card.write_text(card.read_text().replace('"others"', '"nothing"'))
    query = load_dataset(card).query
    assert not query.labels.relevance(query.labels)[2].any()


def test_class_ids_may_start_at_one(tmp_path: Path) -> None:
    card = write_set(tmp_path, more="first_class = 1")
    np.save(tmp_path / "labels.npy", multi_hot(20).argmax(axis=1) + 1)
    assert load_dataset(card).query.labels.ids.tolist() == multi_hot(20).argmax(axis=1).tolist()
    card.write_text(card.read_text().replace("first_class = 1", ""))
    with pytest.raises(
        DataError,
        match=r"labels\.npy: class id 3 is out of range for 3 classes; .* first_class = 1",
    ):
        load_dataset(card)


def test_class_ids_from_zero_under_first_class_one_are_said(tmp_path: Path) -> None:
    card = write_set(tmp_path, more="first_class = 1")
    np.save(tmp_path / "labels.npy", multi_hot(20).argmax(axis=1))
    with pytest.raises(
        DataError,
        match=r"labels\.npy: class ids are 0 to 2, and first_class = 1 .* need first_class = 0",
    ):
        load_dataset(card)
    ids = multi_hot(20).argmax(axis=1) + 1
    ids[4] = 0  # no label, as MATLAB's users write it
    np.save(tmp_path / "labels.npy", ids)
    assert load_dataset(card).query.labels.ids[4] == -1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dims = 6", "dims = 7", r"train\.h5: 'feats' holds 4 frames of 6 dimensions; the card"),
        ("frames = 4", "frames = 3", "the card says 3 of 6"),
        ("classes = 3", "classes = 4", r"labels\.npy: labels have 3 classes; 4 are expected"),
        ('"test.h5"', '"test.h5"\nvideos = 21', "split test holds 20 videos; the card says 21"),
        ('labels = "labels.npy"', "", "split 'test' is ranked and needs labels"),
        ('feats = "train.h5"', "", "splits.train names no feats"),
        ('"labels.npy"', '["labels.npy", "labels.npy"]', "40 labels for 20 videos"),
    ],
)
def test_card_and_files_must_agree(tmp_path: Path, old: str, new: str, message: str) -> None:
    card = write_set(tmp_path)
    card.write_text(card.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        load_dataset(card)


def test_labels_of_another_length(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    np.save(tmp_path / "labels.npy", multi_hot(19))
    with pytest.raises(DataError, match=r"labels\.npy: 19 labels for 20 videos"):
        load_dataset(card)


def test_nan_is_found_while_reading(tmp_path: Path) -> None:
    card = write_set(tmp_path, n=(300, 20))
    with h5py.File(tmp_path / "train.h5", "r+") as file:
        file["feats"][154, 1, 1] = np.nan
    train = load_dataset(card, cache=tmp_path / "cache").train
    with pytest.raises(DataError, match=r"train\.h5: 'feats' has NaN or infinity in video 154"):
        train.mean_pooled()


def test_a_card_runs_no_code(tmp_path: Path) -> None:
    card = write_set(tmp_path, more='generator = "os:getcwd"')
    with pytest.raises(DataError, match="generator must be a table"):
        load_dataset(card)
    text = card.read_text().replace('generator = "os:getcwd"', "")
    text = text.replace('feats = "train.h5"', "").replace('feats = "test.h5"', "")
    card.write_text(text + '\n[generator]\ntarget = "os:getcwd"\n')
    with pytest.raises(DataError, match="only a plugin can make videos"):
        load_dataset(card)


def test_names() -> None:
    with pytest.raises(UsageError, match="did you mean 'digit-stories'"):
        load_dataset("digit-storys")
    with pytest.raises(UsageError, match="no dataset 'digit-stories:x'"):
        load_dataset("digit-stories:x")
