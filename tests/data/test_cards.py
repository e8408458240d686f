"""Cards: every key is checked, and a message names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from making_data import CARD

from hashbench.data import read_card
from hashbench.errors import DataError

GOOD = CARD.format(frames=4, dims=6, classes=3, more="", labels="labels.npy")


def card(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "card.toml"
    path.write_text(text)
    return path


def test_reads_what_is_written(tmp_path: Path) -> None:
    read = read_card(card(tmp_path, GOOD))
    assert (read.name, read.frames, read.dims, read.classes) == ("mine", 4, 6, 3)
    assert (read.train, read.query, read.database) == ("train", "test", "test")
    assert read.splits["test"].labels == ("labels.npy",)
    assert read.splits["train"].feats_key == "feats"
    assert read.stored_frames == 4
    assert read.has_files


@pytest.mark.parametrize("key", ["name", "version", "licence", "citation", "frames", "dims"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(DataError, match=rf"card\.toml: lacks the key {key}$"):
        read_card(card(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dims = 6", "dims = 6\ndim = 6", "no key 'dim'; did you mean 'dims'"),
        ('feats = "test.h5"', 'feat = "test.h5"', r"'splits\.test\.feat'; .*'splits\.test\.feats'"),
        ('query = "test"', 'query = "tset"', "protocol.query is 'tset'.*train, test"),
        ('query = "test"\n', "", "lacks the key protocol.query"),
        ("dims = 6", 'dims = "six"', "dims must be a whole number, not 'six'"),
        ("dims = 6", "dims = true", "dims must be a whole number, not True"),
        ("dims = 6", "dims = -1", "dims must be at least 0, not -1"),
        ("frames = 4", "frames = 0", "frames must be at least 1, not 0"),
        (
            "frames = 4",
            "frames = 4\nstored_frames = 3",
            "stored_frames must be 0 or at least frames, 4",
        ),
        ("frames = 4", 'frames = 4\nunlabelled = "some"', "unlabelled is 'some'"),
        ("frames = 4", 'frames = 4\nstandardize = "yes"', "standardize must be true or false"),
        ("frames = 4", 'frames = 4\nclass_names = ["a"]', "1 class_names for 3 classes"),
        ("schema = 1", "schema = 2", "schema 2 is newer than this release's 1"),
        ("schema = 1", "schema = ", "not a card in TOML"),
        ('"test.h5"', "[1]", "splits.test.feats must be a string or a list"),
        ("frames = 4", 'frames = 4\nfolder = ".."', "folder is '..', outside the data root"),
        ("[splits.train]", '[splits."../x"]', "the name of a split is '../x'; a plain name"),
        ('"test.h5"', '"../test.h5"', "outside the data root"),
        ('"test.h5"', '"/etc/test.h5"', "outside the data root"),
        ('"test.h5"', r'"a\\..\\..\\test.h5"', "outside the data root"),
        ('"test.h5"', '"C:/test.h5"', "outside the data root"),
        ('"labels.npy"', '"a/../../labels.npy"', "outside the data root"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_card(card(tmp_path, GOOD.replace(old, new)))
    assert str(tmp_path / "card.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_binary_cards(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such card"):
        read_card(tmp_path / "none.toml")
    (tmp_path / "card.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a card in TOML"):
        read_card(tmp_path / "card.toml")


@pytest.mark.parametrize("spelling", ["standardize", "standardise"])
def test_both_spellings_of_a_key_are_read(tmp_path: Path, spelling: str) -> None:
    text = GOOD.replace("dims = 6", f"dims = 6\n{spelling} = true")
    assert read_card(card(tmp_path, text)).standardize
    both = "standardize = true\nstandardise = false"
    with pytest.raises(DataError, match="standardize comes twice, the other time as standardise"):
        read_card(card(tmp_path, GOOD.replace("dims = 6", f"dims = 6\n{both}")))
