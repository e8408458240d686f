"""Tables of labels in text: ids, names, several names, and columns of 0 and 1."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse

from hashbench.errors import DataError
from hashbench.labelfiles import as_labels, read_labels


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3\n1\n2\n", [3, 1, 2]),
        ("label\n3\n-1\n", [3, -1]),
        ("\ufeffid,Labels\nv1,7\nv2,8\n", [7, 8]),
        ("1,0\n0,1\n1,1\n", [[1, 0], [0, 1], [1, 1]]),
        ('path,label\n"a,b.mp4",cat\nc.mp4,dog\n', ["cat", "dog"]),
        ("cat\nbirds of prey\ncat\n", ["cat", "birds of prey", "cat"]),
        ("4000000000000\n5\n", [4_000_000_000_000, 5]),
        ("1_1\n11\n2\n", ["1_1", "11", "2"]),
        ("+1\n\u0661\n", ["+1", "\u0661"]),
    ],
)
def test_tables_of_text(tmp_path: Path, text: str, wanted: list[object]) -> None:
    path = write(tmp_path / "a.csv", text)
    assert read_labels(path, None, len(wanted), names=True).tolist() == wanted


def test_a_column_is_named_by_its_head(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "id\tgenre\tlabel\nv1\tjazz\t1\nv2\trock\t2\n")
    assert read_labels(path, "Genre", names=True).tolist() == ["jazz", "rock"]
    assert read_labels(path, names=True).tolist() == [1, 2]
    with pytest.raises(DataError, match=r"no column 'mood' \(found: id, genre, label\)"):
        read_labels(path, "mood", names=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no labels"),
        ("a,b\nc\n", "line 2 has 1 columns, 2 before"),
        ("a,1\nb,2\n", "2 columns; the head 'label' must say which one"),
        ("cat\n", "labels are names; numbers are needed"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_labels(write(tmp_path / "a.csv", text))


def test_names_have_one_number_in_all_files(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    arrays = {one: np.array(["dog", "cat", ""]), other: np.array(["emu", "cat"])}
    first, second = as_labels(arrays)
    assert (first.ids.tolist(), second.ids.tolist()) == ([1, 0, -1], [2, 0])
    assert first.same_classes(second)
    several = {one: np.array(["dog; cat", "emu"]), other: np.array(["cat", ""])}
    first, second = as_labels(several)
    assert first.relevance(second).tolist() == [[True, False], [False, False]]
    with pytest.raises(DataError, match="has names of classes, but b numbers"):
        as_labels({Path("a"): np.array(["x"]), Path("b"): np.array([1])})


def test_names_in_hdf5_and_parquet(tmp_path: Path) -> None:
    names = ["cat", "dog", "cat"]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["labels"] = names
    pq.write_table(pa.table({"label": names, "x": [1, 2, 3]}), tmp_path / "a.parquet")
    categories = pa.array(names).dictionary_encode()
    pq.write_table(pa.table({"label": categories}), tmp_path / "b.parquet")
    for name in ("a.h5", "a.parquet", "b.parquet"):
        assert read_labels(tmp_path / name, None, 3, names=True).tolist() == names
        with pytest.raises(DataError, match="numbers are needed"):
            read_labels(tmp_path / name, None, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int32, np.uint64, np.float64])
def test_ids_of_any_type_are_one_set_of_labels(tmp_path: Path, dtype: type) -> None:
    ids = np.array([3, 1, 3, 0])
    np.savez(tmp_path / "a.npz", labels=ids.astype(dtype), codes=[1])
    hot = scipy.sparse.csc_matrix(np.eye(4)[ids])
    scipy.io.savemat(tmp_path / "a.mat", {"labels": hot})
    found = [read_labels(tmp_path / name, None, 4) for name in ("a.npz", "a.mat")]
    made = [as_labels({Path("a"): array})[0] for array in found]
    assert np.array_equal(made[0].multi_hot, made[1].multi_hot)
