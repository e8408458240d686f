"""Splits that are some rows of their files: by class, by a file of numbers, and what is left."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from hashbench.data import Videos, load_dataset
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError

IDS = np.array([0, 1, 1, 0, 2, 2, 0, 1, 2, 0])

CARD = """
name = "few"
version = "1"
licence = "none"
citation = "none"
frames = 1
dims = 0
classes = 3
profile = "image"

[protocol]
train = "train"
query = "query"
database = "database"

[splits.train]
feats = "x.npy"
labels = "y.npy"
{train}

[splits.query]
feats = "x.npy"
labels = "y.npy"
{query}

[splits.database]
feats = "x.npy"
labels = "y.npy"
without = "query"
"""


def write(folder: Path, **lines: str) -> Path:
    features = np.random.default_rng(0).normal(size=(len(IDS), 4)).astype(np.float32)
    np.save(folder / "x.npy", features)
    np.save(folder / "y.npy", IDS)
    given = {"train": "first_of_class = 2", "query": "last_of_class = 1"} | lines
    path = folder / "card.toml"
    path.write_text(CARD.format(**given))
    return path


def rows_of(folder: Path, videos: Videos) -> list[int]:
    """Return where in the file the features of a split stand."""
    whole = np.load(folder / "x.npy")
    vectors = videos.take(slice(None))[:, 0]
    return [int(np.flatnonzero((whole == one).all(axis=1))[0]) for one in vectors]


def test_rows_are_counted_by_class_in_the_order_of_the_files(tmp_path: Path) -> None:
    found = load_dataset(write(tmp_path))
    assert rows_of(tmp_path, found.labelled_train) == [0, 1, 2, 3, 4, 5]
    assert rows_of(tmp_path, found.query) == [7, 8, 9]
    assert rows_of(tmp_path, found.database) == [0, 1, 2, 3, 4, 5, 6]
    assert found.query.labels.ids.tolist() == [1, 2, 0]
    assert found.card.dims == 4
    assert not found.self_retrieval


@pytest.mark.parametrize("suffix", [".txt", ".npy"])
def test_rows_are_listed_in_a_file_and_held_against_a_digest(tmp_path: Path, suffix: str) -> None:
    rows = np.array([9, 2, 5])
    if suffix == ".npy":
        np.save(tmp_path / "rows.npy", rows.astype(np.uint16))
    else:
        (tmp_path / "rows.txt").write_text("9\n2\n\n5\n")
    sha256 = hashlib.sha256(b"<i8(3,)" + np.sort(rows).astype("<i8").tobytes()).hexdigest()
    listed = f'rows = "rows{suffix}"\nrows_sha256 = "{sha256}"'
    found = load_dataset(write(tmp_path, query=listed))
    assert rows_of(tmp_path, found.query) == [2, 5, 9]
    other = f'rows = "rows{suffix}"\nrows_sha256 = "{"0" * 64}"'
    with pytest.raises(DataError, match="the labels are others, or in another order"):
        load_dataset(write(tmp_path, query=other))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3\n10\n", "names row 10, which is missing: x.npy holds the rows 0 to 9"),
        ("-1\n", "names row -1, which is missing"),
        ("3\n4\n3\n", "names row 3 twice"),
        ("a.jpg\n", "line 1: 'a.jpg' is no row number"),
        ("\u0664\n", "line 1: '\u0664' is no row number"),
        ("1\n\n1_0\n", "line 3: '1_0' is no row number; a number a line, from 0, is needed"),
        ("1\n99999999999999999999\n", "names row 99999999999999999999, which is missing"),
        ("", "holds no line; a number a line"),
    ],
)
def test_a_list_that_names_what_is_not_there_is_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "rows.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(write(tmp_path, query='rows = "rows.txt"'))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({"train": "first_of_class = 5"}, "class 0 has 4 members; split train takes 5 of each"),
        ({"query": "first_of_class = 1\nlast_of_class = 1"}, "both first_of_class and last_of"),
        ({"query": 'without = "database"'}, "another split that leaves none out is needed"),
        ({"query": 'rows = "../rows.txt"'}, "outside the data root"),
        ({"query": 'rows = "none.txt"'}, "missing none.txt"),
        ({"query": ""}, "splits.database is empty: all of its rows are in query"),
        ({"query": "videos = 4\nlast_of_class = 1"}, "holds 3 videos; the card says 4"),
    ],
)
def test_cards_that_cannot_be_right_say_so(
    tmp_path: Path, lines: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(write(tmp_path, **lines))


def test_features_of_two_lengths_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    text = path.read_text().replace(
        '[splits.query]\nfeats = "x.npy"', '[splits.query]\nfeats = "z.npy"'
    )
    path.write_text(text.replace('without = "query"', "first_of_class = 2"))
    np.save(tmp_path / "z.npy", np.zeros((len(IDS), 5), np.float32))
    with pytest.raises(DataError, match="one extractor must have made all"):
        load_dataset(path)


def test_features_may_lie_in_hdf5_where_the_card_says_npy(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = write(tmp_path)
    there = load_dataset(path).query.take(slice(None))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["feats"] = np.load(tmp_path / "x.npy")
    (tmp_path / "x.npy").unlink()
    np.testing.assert_array_equal(load_dataset(path).query.take(slice(None)), there)


def test_verify_looks_at_the_rows_of_each_split_and_at_no_others(tmp_path: Path) -> None:
    path = write(tmp_path)
    features = np.load(tmp_path / "x.npy")
    features[7] = np.nan  # of the query split alone
    np.save(tmp_path / "x.npy", features)
    found = audit(*open_splits(path))
    assert [(f.kind, f.where, f.rows) for f in found.findings] == [("finite", "query", (0,))]
