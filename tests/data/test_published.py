"""Every published layout, small: the shipped cards with smaller numbers, run from the shell."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import hashbench_datasets
import numpy as np
import pytest
import scipy.io
from making_data import write_feats, write_mat73
from numpy.typing import NDArray

from hashbench.data import Card, load_dataset, read_card
from hashbench.data.cardwriter import write_card

CommandLine = Callable[..., subprocess.CompletedProcess[str]]
NAMES = ["fcvid", "yfcc", "yfcc-1000q", "activitynet", "ucf101", "hmdb51"]
CLASSES, DIMS = 4, 16
SIZES = {"train": 54, "test": 42, "query": 11}

PUBLISHED = {
    "fcvid": ((45585, 45600), (25, 4096), 239),
    "yfcc": ((409788, 101256), (0, 4096), 80),
    "yfcc-1000q": ((409788, 101256, 1000), (0, 4096), 80),
    "activitynet": ((9722, 3758, 1000), (30, 2048), 200),
    "ucf101": ((9537, 3783), (25, 4096), 101),
    "hmdb51": ((3570, 1530), (25, 4096), 51),
}


def shipped(name: str) -> Card:
    return read_card(Path(hashbench_datasets.__file__).parent / f"{name}.toml")


def write_mat5(path: Path, array: NDArray[np.generic], key: str) -> None:
    scipy.io.savemat(path, {key: array.astype(np.float64)})


def write_small(name: str, folder: Path, version: str) -> Path:
    """Write files in the layout of a shipped card, and the card with its numbers made smaller."""
    card = shipped(name)
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    centres = 3 * random.standard_normal((CLASSES, DIMS))
    write = write_mat73 if version == "v7.3" else write_mat5
    splits = {}
    for split, described in card.splits.items():
        n = SIZES[split]
        ids = np.arange(n) % CLASSES
        stored = card.stored_frames or 25
        noise = random.standard_normal((n, stored, DIMS))
        feats = (centres[ids][:, None] + noise).astype(np.float32)
        hot = np.eye(CLASSES)[ids]
        hot[::7, (ids[::7] + 1) % CLASSES] = 1  # some have two labels
        if card.unlabelled == "others":
            hot[3::6] = 0
        for files, array, put, key in [
            (described.feats, feats, write_feats, described.feats_key),
            (described.labels, hot, write, described.labels_key),
        ]:
            bounds = np.linspace(0, n, len(files) + 1).astype(int) if files else []
            for file, low, high in zip(files, bounds[:-1], bounds[1:], strict=True):
                put(folder / file, array[low:high], key)
        splits[split] = dataclasses.replace(described, videos=n)
    small = dataclasses.replace(card, dims=DIMS, classes=CLASSES, splits=splits)
    write_card(folder / "card.toml", small)
    return folder / "card.toml"


@pytest.mark.parametrize("name", NAMES)
def test_cards_say_what_was_published(name: str) -> None:
    card = shipped(name)
    sizes, (frames, dims), classes = PUBLISHED[name]
    assert tuple(split.videos for split in card.splits.values()) == sizes
    assert (card.stored_frames, card.dims, card.classes) == (frames, dims, classes)
    assert card.name == name
    # Of FCVID's 25 frames SSVH reads the first 24; the others read all.
    assert card.frames == (frames or 24)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("version", ["v5", "v7.3"])
def test_opens_as_laid_out(tmp_path: Path, name: str, version: str) -> None:
    dataset = load_dataset(write_small(name, tmp_path, version), cache=tmp_path / "cache")
    card = dataset.card
    assert len(dataset.train) == SIZES["train"]
    assert len(dataset.query) == SIZES[card.query]
    assert dataset.train.shape[1:] == (card.frames, DIMS)
    assert dataset.self_retrieval is (name in ("fcvid", "yfcc"))
    assert not dataset.labelled_train.has_labels or name in ("fcvid", "ucf101", "hmdb51")
    labels = dataset.query.labels
    assert labels.n_classes == CLASSES + (card.unlabelled == "others")
    assert labels.multi_hot.any(axis=1).all()
    assert dataset.query.labels.relevance(dataset.database.labels).any(axis=1).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("version", ["v5", "v7.3"])
def test_runs_from_the_command_line(
    hashbench_command: CommandLine, tmp_path: Path, name: str, version: str
) -> None:
    write_small(name, tmp_path / "root" / shipped(name).folder, version)
    # The card lies elsewhere: its files are found below the data root.
    card = (tmp_path / "root" / shipped(name).folder / "card.toml").rename(tmp_path / "card.toml")
    command = ["--dataset", card, "--data-root", tmp_path / "root", "--bits", "8", "--k", "5"]
    ran = hashbench_command("run", "itq", *command, "--out", tmp_path / "runs")
    assert ran.returncode == 0, ran.stderr
    records = [json.loads(path.read_text()) for path in (tmp_path / "runs/records").rglob("*.json")]
    assert [record["status"] for record in records] == ["ok"]
    dataset = records[0]["dataset"]
    assert dataset["name"] == name
    assert dataset["n_train"] == SIZES["train"]
    profile = records[0]["evaluation"]["profiles"]["strict"]["expected"]
    assert profile["AP@5"] > 0.5


def test_missing_files_are_listed_with_sizes_and_source(
    hashbench_command: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "fcvid").mkdir()
    (tmp_path / "fcvid" / "fcv_train_feats.h5.part").touch()
    ran = hashbench_command("run", "itq", "--dataset", "FCVID", "--data-root", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    for text in [
        "missing fcv_train_feats.h5 (45585 x 25 x 4096 float32, 19 GB)",
        "fcv_test_labels.mat",
        f"looked in {tmp_path / 'fcvid'} and {tmp_path} and found fcv_train_feats.h5.part",
        "get them from",
    ]:
        assert text in ran.stderr
    ran = hashbench_command("run", "itq", "--dataset", "yfcc")
    assert ran.returncode == 2
    assert "needs its files: name their folder with --data-root or HASHBENCH_DATA" in ran.stderr


def test_the_nine_parts_are_one_array(tmp_path: Path) -> None:
    card = write_small("yfcc", tmp_path, "v5")
    assert len(read_card(card).splits["train"].feats) == 9
    train = load_dataset(card, cache=tmp_path / "cache").train
    parts = [train.take(slice(i, i + 1)) for i in range(SIZES["train"])]
    np.testing.assert_array_equal(np.concatenate(parts), train.take(slice(None)))


def test_unlabelled_test_videos_are_others(tmp_path: Path) -> None:
    query = load_dataset(write_small("yfcc", tmp_path, "v7.3"), cache=tmp_path / "cache").query
    others = query.labels.multi_hot[:, CLASSES]
    assert others.sum() == len(range(3, SIZES["test"], 6))
    relevance = query.labels.relevance(query.labels)
    np.testing.assert_array_equal(relevance[3], others)
