"""What a run says of an odd data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features, multi_hot, write_feats, write_set
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels, run
from hashbench.data import load_dataset
from hashbench.data.featuretypes import WholeNumbersWarning
from hashbench.places import Places
from hashbench.ranking import evaluate
from hashbench.runs.cautions import cautions, without_relevant
from hashbench.runs.executors.base import Unwatched


def two_splits(folder: Path, database: NDArray[np.float32], labels: NDArray[np.uint8]) -> Path:
    """Write a set whose database is another split than its queries."""
    card = write_set(folder)
    write_feats(folder / "base.h5", database)
    np.save(folder / "base.npy", labels)
    text = card.read_text().replace('database = "test"', 'database = "base"')
    card.write_text(text + '\n[splits.base]\nfeats = "base.h5"\nlabels = "base.npy"\n')
    return card


class Listener(Unwatched):
    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str) -> None:
        self.said.append(text)


def test_a_sound_set_needs_no_word(tmp_path: Path) -> None:
    assert cautions(load_dataset(write_set(tmp_path), cache=tmp_path / "c")) == []
    (tmp_path / "two").mkdir()
    card = two_splits(tmp_path / "two", features(40, seed=8), multi_hot(40))
    assert cautions(load_dataset(card, cache=tmp_path / "c")) == []


def test_one_set_under_two_names(tmp_path: Path) -> None:
    card = two_splits(tmp_path, features(20, seed=3), multi_hot(20))
    (text,) = cautions(load_dataset(card, cache=tmp_path / "c"))
    assert text.startswith("the splits 'test' and 'base' of mine hold the same videos")


def test_queries_in_the_database_are_counted(tmp_path: Path) -> None:
    base = features(40, seed=8)
    base[[5, 30]] = features(20, seed=3)[[4, 2]]
    card = two_splits(tmp_path, base, multi_hot(40))
    (text,) = cautions(load_dataset(card, cache=tmp_path / "c"))
    assert text.startswith("mine: 2 of 20 queries are videos of the database too (2, 4)")


@pytest.mark.parametrize("alone", [False, True])
def test_queries_without_anything_to_find_are_those_the_evaluator_counts(alone: bool) -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        query = Labels(rng.random((6, 5)) < 0.2)
        database = query if alone else Labels(rng.random((9, 5)) < 0.15)
        codes = BinaryCodes.from_bits(np.zeros((len(database), 4)))
        counted = evaluate(
            codes[: len(query)], codes, query, database, k=[2], self_retrieval=alone, full=False
        ).queries_without_relevant["dropped" if alone else "kept"]
        said = without_relevant(query, database, alone, "mine")
        expected = f"mine: {counted} of 6 queries share a class with no "
        assert [text[: len(expected)] for text in said] == ([expected] if counted else [])


def test_a_run_says_it_once_and_keeps_it(tmp_path: Path) -> None:
    labels = np.zeros((20, 3), np.uint8)
    card = write_set(tmp_path)
    labels[np.arange(20), 0] = 1
    labels[7] = [0, 1, 0]
    np.save(tmp_path / "labels.npy", labels)
    listener = Listener()
    how = {"bits": 4, "k": 5, "device": "cpu", "out": tmp_path / "runs", "cache": tmp_path / "c"}
    result = run(["lsh", "itq"], card, watcher=listener, **how)
    wanted = (
        "mine: 1 of 20 queries share a class with no other item of the database, and so have "
        "nothing to find"
    )
    assert result.cautions == (wanted,)
    assert listener.said == [f"hashbench: warning: {wanted}"]


def test_embeddings_that_are_whole_numbers_are_told_of(tmp_path: Path) -> None:
    card = write_set(tmp_path)
    whole = (10 * features(30)[:, :1]).astype(np.int8)
    for name in ("train", "test"):
        write_feats(tmp_path / f"{name}.h5", whole[: 30 if name == "train" else 20])
    text = card.read_text().replace("frames = 4", "frames = 1")
    card.write_text(text.replace("stored_frames = 4", "stored_frames = 1"))
    with pytest.warns(WholeNumbersWarning, match=r"mine: features are int8, .* undo the scale"):
        dataset = load_dataset(card, cache=tmp_path / "c")
    (said,) = cautions(dataset)
    assert cautions(Places(cache=tmp_path / "c").open(card)) == [said]
    assert said.startswith("mine: features are int8, whole numbers as quantised embeddings have")
