"""For each check of data sets, one that is broken in just that way: every check can fail."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from hashbench import Labels, VideoDataset, Videos
from hashbench.data.cards import Card
from hashbench.data.sources import ArraySource
from hashbench.testing import (
    DATASET_CHECKS,
    ConformanceError,
    check_dataset,
    dataset_checks,
    small_videos,
)

CARD = Card(
    name="made",
    version="1",
    licence="CC0",
    citation="nobody",
    frames=12,
    dims=20,
    classes=5,
    profile="paper",
    splits={},
    query="test",
    database="test",
)


def made(
    card: Card = CARD,
    train: Videos | None = None,
    test: Videos | None = None,
    digest: Callable[[], str] = lambda: "0",
) -> VideoDataset:
    """Return a data set that keeps every promise unless a part is given."""
    test = test or small_videos(60, seed=1)
    return VideoDataset(card, train or small_videos(80), test, test, digest())


_openings = itertools.count()


def restless() -> str:
    """Return another digest each time."""
    return str(next(_openings))


class Unhidden(VideoDataset):
    __slots__ = ()

    @property
    def train(self) -> Videos:
        return self.labelled_train


class Unordered(ArraySource):
    """A source that returns rows as they lie instead of as they were asked for."""

    def take(self, index: np.ndarray) -> np.ndarray:
        return super().take(np.sort(index))


def unhidden() -> VideoDataset:
    sound = made()
    return Unhidden(sound.card, sound.labelled_train, sound.query, sound.database, "0")


def leaking() -> VideoDataset:
    train = small_videos(80)
    return made(train=train, test=Videos(train.take(slice(0, 30)), train.labels[:30]))


def with_hole() -> VideoDataset:
    features = small_videos(80).take(slice(None)).copy()
    features[5, 3, 2] = np.nan
    return made(train=Videos(features))


def unordered() -> VideoDataset:
    return made(train=Videos(Unordered(small_videos(80).take(slice(None)))))


def unlabelled() -> VideoDataset:
    return made(test=small_videos(60, seed=1).unlabelled())


def all_alone() -> VideoDataset:
    test = Videos(small_videos(5, seed=1).take(slice(None)), Labels.from_array(range(5), 5))
    return made(test=test)


BROKEN: dict[str, list[Callable[[], VideoDataset]]] = {
    "shapes-match-the-card": [partial(made, dataclasses.replace(CARD, dims=21))],
    "card-is-complete": [partial(made, dataclasses.replace(CARD, licence=" "))],
    "features-are-finite": [with_hole],
    "reads-agree": [unordered],
    "labels-rank": [unlabelled, all_alone, partial(made, dataclasses.replace(CARD, classes=6))],
    "training-labels-are-hidden": [unhidden],
    "test-videos-are-new": [leaking],
    "same-bytes-again": [partial(made, digest=restless)],
}


def test_the_sound_data_set_passes_every_check() -> None:
    check_dataset(made)


@pytest.mark.parametrize(
    ("name", "broken"), [(name, load) for name, all_ in BROKEN.items() for load in all_]
)
def test_a_broken_data_set_fails_its_check(name: str, broken: Callable[[], VideoDataset]) -> None:
    check = next(c for c in dataset_checks(broken) if c.check.name == name)
    with pytest.raises(ConformanceError, match=rf"fails {name}: "):
        check()


def test_every_check_has_something_broken() -> None:
    assert [c.name for c in DATASET_CHECKS] == list(BROKEN)
