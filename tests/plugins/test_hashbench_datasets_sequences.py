"""``aeon:NAME`` and ``japanese-vowels``: real sequences, without a download."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hashbench_datasets.sequences import resampled, standardised

from hashbench.data import load_dataset
from hashbench.errors import DataError, UsageError
from hashbench.plugins import registry
from hashbench.testing import BoundCheck, dataset_checks, parametrize_with_checks

needs_aeon = pytest.mark.skipif(
    find_spec("aeon") is None, reason="the extra 'sequences' is not installed"
)
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@needs_aeon
@pytest.mark.parametrize("name", ["aeon:JapaneseVowels", "japanese-vowels"])
def test_japanese_vowels(name: str, tmp_path: Path) -> None:
    dataset = load_dataset(name, cache=tmp_path)
    assert dataset.name == name
    assert dataset.train.shape == (270, 24, 12)
    assert dataset.query.shape == (370, 24, 12)
    assert dataset.self_retrieval
    assert dataset.card.classes == 9
    assert np.bincount(dataset.labelled_train.labels.ids).tolist() == [30] * 9
    # The published test split, by speaker.
    speakers = [31, 35, 88, 44, 29, 24, 40, 50, 29]
    assert np.bincount(dataset.query.labels.ids).tolist() == speakers
    rows = dataset.train.take(slice(None)).reshape(-1, 12)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows.std(axis=0), 1, atol=1e-5)
    base, colon, member = name.partition(":")
    again = load_dataset(f"{base.upper()}{colon}{member}", cache=tmp_path)
    assert again.sha256 == dataset.sha256


@needs_aeon
def test_the_card_and_the_member_of_the_family_hold_the_same(tmp_path: Path) -> None:
    card, member = (
        load_dataset(n, cache=tmp_path) for n in ("japanese-vowels", "aeon:JapaneseVowels")
    )
    assert card.sha256 == card.card.sha256 == member.sha256


def test_resampling_keeps_ends_and_straight_lines() -> None:
    lines = [np.array([[0.0, 1, 2, 3], [6, 4, 2, 0]]), np.array([[5.0], [7.0]])]
    out = resampled(lines, 7, "lines")
    np.testing.assert_allclose(out[0, :, 0], np.linspace(0, 3, 7))
    np.testing.assert_allclose(out[0, :, 1], np.linspace(6, 0, 7))
    assert (out[1] == [5, 7]).all()
    with pytest.raises(DataError, match="gaps has missing values in sequence 0"):
        resampled([np.array([[np.nan, 1.0]])], 7, "gaps")


@pytest.mark.parametrize("length", [1, 2, 5, 24, 25, 92])
def test_resampling_against_numpy(length: int) -> None:
    sequence = np.random.default_rng(length).normal(size=(3, length))
    (out,) = resampled([sequence], 24, "set")
    at = np.linspace(0, length - 1, 24)
    for channel in range(3):
        expected = np.interp(at, np.arange(length), sequence[channel])
        np.testing.assert_allclose(out[:, channel], expected, rtol=0, atol=1e-13)


def test_standardising_against_numpy_and_in_any_order() -> None:
    random = np.random.default_rng(0)
    scale, centre = [1, 1e-3, 40], [0, 1e3, -2]
    splits = {
        s: random.normal(size=(n, 6, 3)) * scale + centre for s, n in (("train", 50), ("test", 9))
    }
    splits["train"][:, :, 0] = splits["test"][:, :, 0] = 7
    out = standardised(splits)
    rows = splits["train"].reshape(-1, 3)
    deviation = np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1)
    for name, values in out.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(
            values, (splits[name] - rows.mean(axis=0)) / deviation, atol=1e-6
        )
    backwards = standardised({"train": splits["train"][::-1], "test": splits["test"]})
    assert (backwards["test"] == out["test"]).all()


def test_the_list_says_what_they_need() -> None:
    shelf = registry().datasets
    needed = {spec.name for spec in shelf if spec.needs == "the extra sequences"}
    assert needed == {"aeon", "japanese-vowels", "spoken-digits"}


def test_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="aeon is a family: name a member, aeon:NAME"):
        load_dataset("aeon", cache=tmp_path)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "aeon.datasets", None)
    with pytest.raises(UsageError) as error:
        load_dataset("japanese-vowels", cache=tmp_path)
    expected = "japanese-vowels comes with the package aeon: pip install 'hashbench[sequences]'"
    assert str(error.value) == expected


@needs_aeon
def test_runs_from_the_command_line(hashbench_command: CommandLine, tmp_path: Path) -> None:
    ran = hashbench_command(
        *("run", "itq", "--dataset", "aeon:JapaneseVowels", "--bits", "8", "--k", "5"),
        *("--out", tmp_path / "runs"),
    )
    assert ran.returncode == 0, ran.stderr
    assert len(list((tmp_path / "runs" / "records").rglob("*.json"))) == 1


@needs_aeon
@parametrize_with_checks(dataset_checks("japanese-vowels"))
def test_conformance(check: BoundCheck) -> None:
    check()
