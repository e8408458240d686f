"""``aeon:NAME``: real sequences through the public hook, without a download."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError

pytest.importorskip("aeon", reason="the extra 'sequences' is not installed")
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


def test_japanese_vowels(tmp_path: Path) -> None:
    dataset = load_dataset("aeon:JapaneseVowels", cache=tmp_path)
    assert dataset.name == "aeon:JapaneseVowels"
    assert dataset.train.shape == (270, 24, 12)
    assert dataset.query.shape == (370, 24, 12)
    assert dataset.self_retrieval
    assert dataset.card.classes == 9
    assert np.bincount(dataset.labelled_train.labels.ids).tolist() == [30] * 9
    rows = dataset.train.take(slice(None)).reshape(-1, 12)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows.std(axis=0), 1, atol=1e-5)
    assert load_dataset("AEON:JapaneseVowels", cache=tmp_path).sha256 == dataset.sha256


def test_resampling_keeps_ends_and_straight_lines() -> None:
    from hashbench_datasets.sequences import _resampled

    lines = [np.array([[0.0, 1, 2, 3], [6, 4, 2, 0]]), np.array([[5.0], [7.0]])]
    out = _resampled(lines, 7, "lines")
    np.testing.assert_allclose(out[0, :, 0], np.linspace(0, 3, 7))
    np.testing.assert_allclose(out[0, :, 1], np.linspace(6, 0, 7))
    assert (out[1] == [5, 7]).all()
    with pytest.raises(DataError, match="aeon:gaps has missing values in sequence 0"):
        _resampled([np.array([[np.nan, 1.0]])], 7, "gaps")


def test_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="aeon is a family: name a member, aeon:NAME"):
        load_dataset("aeon", cache=tmp_path)


def test_runs_from_the_command_line(hashbench_command: CommandLine, tmp_path: Path) -> None:
    ran = hashbench_command(
        *("run", "itq", "--dataset", "aeon:JapaneseVowels", "--bits", "8", "--k", "5"),
        *("--out", tmp_path / "runs"),
    )
    assert ran.returncode == 0, ran.stderr
    assert len(list((tmp_path / "runs" / "records").rglob("*.json"))) == 1
