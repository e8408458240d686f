"""Features from numpy's own files."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from making_data import features

from hashbench.data.hdf5 import H5Source, features_key
from hashbench.errors import DataError


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float16", ">f4", "uint8"])
@pytest.mark.parametrize("frames", [0, 3])
def test_rows_are_those_of_the_array(tmp_path: Path, order: str, dtype: str, frames: int) -> None:
    whole = np.abs(features(13, max(1, frames)) * 10).astype(dtype)
    stored = whole if frames else whole[:, 0]
    np.save(tmp_path / "x.npy", np.asarray(stored, order=order))
    source = H5Source([tmp_path / "x.npy"], features_key(tmp_path / "x.npy", None))
    source = pickle.loads(pickle.dumps(source))
    rows = np.array([12, 3, 4, 0])
    out = np.empty((4, *whole.shape[1:]), np.float32)
    source.fill(rows, out)
    assert source.shape == whole.shape
    np.testing.assert_array_equal(source.read(2, 9), whole[2:9])
    np.testing.assert_array_equal(source.take(rows), whole[rows])
    np.testing.assert_array_equal(out, whole[rows].astype(np.float32))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), r"have shape \(5,\); .*\(n, dims\) is needed"),
        (np.array([[None, 1]], object), "holds Python objects"),
        (np.zeros((3, 2), complex), "holds no numbers"),
        (np.zeros((3, 2), bool), "are bool; floating-point numbers are needed"),
    ],
)
def test_what_cannot_be_features(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=rf"x\.npy: .*{message}"):
        H5Source([tmp_path / "x.npy"])


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((9, 4), np.float32))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match="truncated"):
        H5Source([path])


def test_nan_is_named_with_its_row(tmp_path: Path) -> None:
    array = np.zeros((9, 4), np.float32)
    array[6, 1] = np.nan
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(DataError, match=r"x\.npy: .*NaN or infinity in video 6"):
        H5Source([tmp_path / "x.npy"]).read(0, 9)
