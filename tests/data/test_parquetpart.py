"""Features and labels from the columns of Parquet files."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from making_data import CARD, features

from hashbench.data import dataset_from_files, load_dataset
from hashbench.data.hdf5 import H5Source, features_key
from hashbench.errors import DataError
from hashbench.labelfiles import read_labels

WITHOUT = """
import sys
sys.modules["pyarrow"] = None
from pathlib import Path
from hashbench.data.hdf5 import features_key
from hashbench.errors import UsageError
try:
    features_key(Path("x.parquet"), None)
except UsageError as error:
    print(error)
"""


def write(path: Path, columns: dict[str, object]) -> Path:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=4)
    return path


def fixed(array: np.ndarray) -> object:
    pa = pytest.importorskip("pyarrow")
    return pa.FixedSizeListArray.from_arrays(pa.array(array.ravel()), array.shape[1])


@pytest.mark.parametrize("kind", ["fixed", "lists", "columns"])
def test_vectors(tmp_path: Path, kind: str) -> None:
    whole = features(10)[:, 0]
    vectors = {
        "fixed": lambda: {"vector": fixed(whole)},
        "lists": lambda: {"vector": whole.astype(np.float64).tolist()},
        "columns": lambda: {f"f{j}": whole[:, j] for j in range(whole.shape[1])},
    }[kind]()
    path = write(tmp_path / "x.parquet", {"label": np.arange(10) % 3, **vectors})
    key = features_key(path, None)
    assert key == ("*" if kind == "columns" else "vector")
    source = pickle.loads(pickle.dumps(H5Source([path], key)))
    assert source.shape == (10, 1, 6)
    np.testing.assert_array_equal(source.take(np.array([8, 2])), whole[[8, 2], None])
    np.testing.assert_array_equal(read_labels(path, None, 10), np.arange(10) % 3)


def test_labels_are_no_dimension(tmp_path: Path) -> None:
    whole = features(20)[:, 0]
    ids = np.arange(20) % 2.0
    columns = {f"f{j}": whole[:, j] for j in range(6)}
    path = write(tmp_path / "x.parquet", {"label": ids, **columns})
    card = dataset_from_files(path, path, cache=tmp_path / "cache")
    assert load_dataset(card, data_root=tmp_path).query.dims == 6
    path = write(tmp_path / "y.parquet", {"kind": ids, **columns})
    complaint = r"y\.parquet: column 'kind' holds the labels and would be a dimension"
    with pytest.raises(DataError, match=complaint):
        dataset_from_files(path, path, labels_key="kind", cache=tmp_path / "cache")
    text = CARD.format(frames=1, dims=0, classes=2, more="", labels="y.parquet")
    files = 'feats = "y.parquet"\nfeats_key = "*"\nlabels_key = "kind"'
    for name in ("train", "test"):
        text = text.replace(f'feats = "{name}.h5"', files)
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(DataError, match=complaint):
        load_dataset(tmp_path / "card.toml")


def test_what_cannot_be_vectors(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.parquet",
        {"a": [[1.0, 2.0], [3.0]], "b": [[1.0], None], "c": [[1.0, None], [2.0, 3.0]], "n": [1, 2]},
    )
    with pytest.raises(DataError, match="several columns hold lists; name one: --key a or b or c"):
        features_key(path, None)
    for key, message in {
        "a": "lists of 2 lengths, not of one",
        "b": "1 empty cells",
        "c": "empty places",
        "n": r"shape \(2,\)",
        "z": r"no column 'z' \(found: a, b, c, n\)",
    }.items():
        with pytest.raises(DataError, match=rf"x\.parquet: .*{message}"):
            H5Source([path], key)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="not a readable Parquet file"):
        features_key(path, None)


def test_without_pyarrow_one_line_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stdout == "x.parquet: Parquet needs pyarrow: pip install 'hashbench[parquet]'\n"
