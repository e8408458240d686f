"""The cards of image sets: what they say, small files in their layouts, and the built-in digits."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import MappingProxyType

import hashbench_datasets
import numpy as np
import pytest
from sklearn.datasets import load_digits

from hashbench import load_dataset
from hashbench.data import Card, read_card
from hashbench.data.cardwriter import write_card
from hashbench.data.loading import open_splits
from hashbench.data.verifying import audit
from hashbench.errors import DataError

CIFAR = ("cifar10-1", "cifar10-2", "cifar10-unsup")
BY_LISTS = ("nuswide21", "coco", "imagenet100", "flickr25k")

PUBLISHED = {
    "cifar10-1": {"train": 5000, "query": 1000, "database": 59000},
    "cifar10-2": {"train": 50000, "test": 10000},
    "cifar10-unsup": {"train": 50000, "val": 5000, "query": 5000},
    "nuswide21": {"train": 10500, "query": 2100, "database": 193734},
    "coco": {"train": 10000, "query": 5000, "database": None},
    "imagenet100": {"train": 13000, "query": 5000, "database": None},
    "flickr25k": {"train": 4000, "query": 1000, "database": 20000},
}


def shipped(name: str) -> Card:
    return read_card(Path(hashbench_datasets.__file__).parent / f"{name}.toml")


@pytest.mark.parametrize("name", PUBLISHED)
def test_cards_say_what_was_published(name: str) -> None:
    card = shipped(name)
    assert {split: part.videos for split, part in card.splits.items()} == PUBLISHED[name]
    assert (card.frames, card.dims, card.profile) == (1, 0, "image")


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_missing_is_named_with_where_it_comes_from(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing .*\.npy.*get them from .*data extract") as caught:
        load_dataset(name, data_root=tmp_path)
    assert "\n" not in str(caught.value)


def small_cifar(name: str, folder: Path) -> Path:
    """Write CIFAR-10 with 50 images a class to train and 10 to test, and a card a hundredth."""
    random = np.random.default_rng(0)
    for part, each in (("train", 50), ("test", 10)):
        ids = random.permutation(np.repeat(np.arange(10), each))
        np.save(folder / f"cifar10_{part}.npy", random.normal(size=(len(ids), 8)).astype("f4"))
        np.save(folder / f"cifar10_{part}_labels.npy", ids)
    card = shipped(name)
    splits = {
        split: dataclasses.replace(
            part,
            videos=part.videos // 100 if part.videos else None,
            first_of_class=part.first_of_class // 100,
            last_of_class=part.last_of_class // 100,
        )
        for split, part in card.splits.items()
    }
    path = folder / "card.toml"
    write_card(path, dataclasses.replace(card, splits=MappingProxyType(splits)))
    return path


@pytest.mark.parametrize("name", CIFAR)
def test_parts_of_cifar_come_from_the_batches_that_they_should(name: str, tmp_path: Path) -> None:
    path = small_cifar(name, tmp_path)
    found = load_dataset(path)
    batches = {part: np.load(tmp_path / f"cifar10_{part}.npy") for part in ("train", "test")}
    asked = found.query.take(slice(None))[:, 0]
    in_test = (asked[:, None] == batches["test"][None]).all(axis=2)
    assert in_test.any(axis=1).all()
    trained = found.labelled_train.take(slice(None))[:, 0]
    assert (trained[:, None] == batches["train"][None]).all(axis=2).any(axis=1).all()
    counts = np.bincount(found.query.labels.ids, minlength=10)
    assert set(counts) == {len(found.query) // 10}
    ranked = found.database.take(slice(None))[:, 0]
    assert not (asked[:, None] == ranked[None]).all(axis=2).any()
    assert audit(*open_splits(path)).ok


def test_halves_of_the_test_images_share_none(tmp_path: Path) -> None:
    _, splits, _ = open_splits(small_cifar("cifar10-unsup", tmp_path))
    val, query = (splits[name].take(slice(None))[:, 0] for name in ("val", "query"))
    assert not (val[:, None] == query[None]).all(axis=2).any()


@pytest.mark.parametrize("name", BY_LISTS)
def test_features_in_the_order_of_the_lists_make_a_set(name: str, tmp_path: Path) -> None:
    card = shipped(name)
    sizes = {"train": 12, "query": 6, "database": 30}
    random = np.random.default_rng(0)
    splits = {}
    for split, part in card.splits.items():
        hot = np.zeros((sizes[split], card.classes), int)
        hot[np.arange(len(hot)), np.arange(len(hot)) % 3] = 1
        lines = [f"images/{i}.jpg {' '.join(map(str, row))}\n" for i, row in enumerate(hot)]
        (tmp_path / part.labels[0]).write_text("".join(lines))
        np.save(tmp_path / part.feats[0], random.normal(size=(len(hot), 8)).astype("f4"))
        splits[split] = dataclasses.replace(part, videos=sizes[split])
    write_card(tmp_path / "card.toml", dataclasses.replace(card, splits=MappingProxyType(splits)))
    found = load_dataset(tmp_path / "card.toml")
    assert found.query.labels.multi_hot[:, :3].sum(axis=0).tolist() == [2, 2, 2]
    assert found.database.shape == (30, 1, 8)
    # One image more than features: not a matter of taste.
    with (tmp_path / "database.txt").open("a") as file:
        file.write(lines[0])
    with pytest.raises(DataError, match=r"database.txt: 31 labels for 30 videos"):
        load_dataset(tmp_path / "card.toml")


def test_digits_images_are_those_of_scikit_learn(tmp_path: Path) -> None:
    found = load_dataset("digits-images", cache=tmp_path)
    pixels, digits = load_digits(return_X_y=True)
    train, query = found.database.take(slice(None))[:, 0], found.query.take(slice(None))[:, 0]
    assert np.bincount(found.database.labels.ids).tolist() == [130] * 10
    assert np.bincount(found.query.labels.ids).sum() == 497
    # Together they are all of them, each once.
    both = np.concatenate([train, query]) * 16
    order, expected = np.lexsort(both.T), np.lexsort(pixels.T)
    np.testing.assert_array_equal(both[order], pixels[expected])
    threes = pixels[digits == 3]
    np.testing.assert_array_equal(query[found.query.labels.ids == 3] * 16, threes[130:])


def test_digits_can_be_looked_at() -> None:
    from hashbench.data.loading import frame_images

    drawn = frame_images("digits-images", "query", np.array([3, 0]))
    assert drawn is not None
    assert (drawn.shape, drawn.max()) == ((2, 1, 8, 8), 255)
