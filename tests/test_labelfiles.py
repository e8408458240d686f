"""Label files of every kind that is published."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from making_data import multi_hot, write_feats, write_mat73

from hashbench.errors import DataError
from hashbench.labelfiles import as_labels, read_labels

ROWS = multi_hot(7)


def _npy(path: Path) -> None:
    np.save(path, ROWS)


def _mat5(path: Path) -> None:
    scipy.io.savemat(path, {"labels": ROWS, "other": np.eye(2)})


def _mat5_sparse(path: Path) -> None:
    scipy.io.savemat(path, {"labels": scipy.sparse.csc_matrix(ROWS.astype(float))})


def _mat73(path: Path) -> None:
    write_mat73(path, ROWS)


def _mat73_untransposed(path: Path) -> None:
    write_feats(path, ROWS, key="labels")


def _mat73_sparse(path: Path) -> None:
    write_sparse73(path, ROWS)


def write_sparse73(path: Path, array: np.ndarray) -> None:  # type: ignore[type-arg]
    """Write a sparse matrix as MATLAB v7.3 does: a group of values, row numbers and columns."""
    made = scipy.sparse.csc_matrix(array.astype(float))
    with h5py.File(path, "w", userblock_size=512) as file:
        group = file.create_group("labels")
        group.attrs["MATLAB_class"] = np.bytes_("double")
        group.attrs["MATLAB_sparse"] = np.uint64(array.shape[0])
        group["jc"] = made.indptr.astype(np.uint64)
        if made.nnz:  # MATLAB leaves both out of a matrix of zeros
            group["data"], group["ir"] = made.data, made.indices.astype(np.uint64)


def _h5(path: Path) -> None:
    write_feats(path, ROWS, key="labels")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.npy", _npy),
        ("a.mat", _mat5),
        ("a.mat", _mat5_sparse),
        ("a.mat", _mat73),
        ("a.mat", _mat73_sparse),
        ("a.mat", _mat73_untransposed),
        ("a.h5", _h5),
    ],
)
def test_every_kind_reads_alike(tmp_path: Path, name: str, write: object) -> None:
    write(tmp_path / name)  # type: ignore[operator]
    np.testing.assert_array_equal(read_labels(tmp_path / name, n=7), ROWS)


def test_sparse_matrices_of_zeros_and_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    write_sparse73(path, np.zeros((7, 3)))
    assert np.array_equal(read_labels(path, n=7), np.zeros((7, 3)))
    for name, value, message in [
        ("ir", 9, "not a sparse matrix of MATLAB"),
        ("jc", 2**40, "not a sparse matrix of MATLAB"),
    ]:
        write_sparse73(path, ROWS)
        with h5py.File(path, "r+") as file:
            file["labels"][name][-1] = value
        with pytest.raises(DataError, match=message):
            read_labels(path, n=7)
    write_sparse73(path, ROWS)
    with h5py.File(path, "r+") as file:
        file["labels"].attrs["MATLAB_sparse"] = np.uint64(2**40)
    with pytest.raises(DataError, match="holds no labels of 7 videos"):
        read_labels(path, n=7)
    with pytest.raises(DataError, match="too large for labels"):
        read_labels(path)


def test_many_names_are_cut_to_a_few(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for i in range(300):
            file[f"array{i:03}"] = [i]
    with pytest.raises(DataError, match=r"array000, .*array007, \.\.\. \(300\)\)$"):
        read_labels(tmp_path / "a.h5")


def test_ids_as_a_matlab_row(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"labels": np.array([3, 1, 2])})
    assert read_labels(tmp_path / "a.mat", n=3).tolist() == [3, 1, 2]
    write_mat73(tmp_path / "b.mat", np.array([[3, 1, 2]]))
    assert read_labels(tmp_path / "b.mat", n=3).ravel().tolist() == [3, 1, 2]


def test_without_a_key_the_only_array_is_taken(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "one.mat", {"gt": np.array([3, 1, 2])})
    assert read_labels(tmp_path / "one.mat", None, 3).tolist() == [3, 1, 2]
    scipy.io.savemat(tmp_path / "two.mat", {"gt": np.arange(3), "labels": np.array([3, 1, 2])})
    assert read_labels(tmp_path / "two.mat", None, 3).tolist() == [3, 1, 2]
    scipy.io.savemat(tmp_path / "none.mat", {"a": np.arange(3), "b": np.arange(3)})
    with pytest.raises(DataError, match=r"no array 'labels' \(found: a, b\)"):
        read_labels(tmp_path / "none.mat", None, 3)
    write_mat73(tmp_path / "new.mat", np.array([[3, 1, 2]]))
    assert read_labels(tmp_path / "new.mat", None, 3).ravel().tolist() == [3, 1, 2]


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    np.save(tmp_path / "a.npy", np.array([Payload()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"a\.npy: holds Python objects"):
        read_labels(tmp_path / "a.npy")
    assert not (tmp_path / "ran").exists()


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_labels(tmp_path / "none.mat")
    (tmp_path / "a.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(DataError, match=r"a\.mat: (not a readable|no array)"):
        read_labels(tmp_path / "a.mat")
    (tmp_path / "a.doc").write_text("1,2")
    with pytest.raises(DataError, match=r"labels must be \.npy, \.npz, \.mat, HDF5, Parquet or"):
        read_labels(tmp_path / "a.doc")
    _mat5(tmp_path / "b.mat")
    with pytest.raises(DataError, match=r"no array 're_label' \(found: labels, other\)"):
        read_labels(tmp_path / "b.mat", "re_label")
    _mat73(tmp_path / "c.mat")
    with pytest.raises(DataError, match=r"no array 'q_label' \(found: labels\)"):
        read_labels(tmp_path / "c.mat", "q_label")
    for name in ["b.mat", "c.mat"]:
        with pytest.raises(DataError, match="7 labels for 8 videos"):
            read_labels(tmp_path / name, n=8)
    np.save(tmp_path / "d.npy", np.array(["cat"]))
    with pytest.raises(DataError, match="holds no numbers"):
        read_labels(tmp_path / "d.npy")


def test_names_keep_their_names_and_huge_ids_their_numbers(tmp_path: Path) -> None:
    """Text in a table, text in an array, and ids that are hashes are labels alike."""
    (tmp_path / "y.csv").write_text('label\ncat\n"dog, old"\ncat\n', encoding="utf-8")
    np.save(tmp_path / "names.npy", np.array(["cat", "dog, old", "cat"]))
    np.save(tmp_path / "hashes.npy", np.array([2**63 + 5, 7, 2**63 + 5], np.uint64))
    for name in ("y.csv", "names.npy"):
        path = tmp_path / name
        (labels,) = as_labels({path: read_labels(path, names=True)})
        assert labels.class_names == ("cat", "dog, old")
        assert labels.ids.tolist() == [0, 1, 0]
        assert labels[1:].class_names == labels.class_names
    path = tmp_path / "hashes.npy"
    (labels,) = as_labels({path: read_labels(path)})
    assert labels.class_names == ("class 7", "class 9223372036854775813")
    assert labels.ids.tolist() == [1, 0, 1]
    # Beside a file of signed ids, 7 is one class in both and a negative id is none.
    signed = tmp_path / "signed.npy"
    first, second = as_labels({path: read_labels(path), signed: np.array([7, -1, 7])})
    assert second.ids.tolist() == [0, -1, 0]
    assert first.ids.tolist() == [1, 0, 1]
    with pytest.raises(DataError, match="has multi-hot rows, and another file ids from 2"):
        as_labels({path: read_labels(path), signed: np.eye(3)})
    with pytest.raises(DataError, match="holds no numbers"):
        read_labels(tmp_path / "names.npy")
