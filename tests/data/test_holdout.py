"""Validation splits: every training video once, no test video, and features as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from two_sets import write_two_sets

from hashbench import run
from hashbench.data import VideoDataset, load_dataset
from hashbench.data.holdout import split_train
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels


@pytest.fixture(scope="module")
def stories() -> VideoDataset:
    return load_dataset("digit-stories")


def contents(videos: Videos) -> list[bytes]:
    return [video.tobytes() for video in videos.take(slice(None))]


def test_parts_are_the_training_videos_and_nothing_else(stories: VideoDataset) -> None:
    trial = split_train(stories, share=0.3, seed=1)
    kept, held, whole = map(contents, (trial.train, trial.query, stories.train))
    assert sorted(kept + held) == sorted(whole)
    assert not set(kept) & set(held)
    assert not set(contents(stories.query)) & set(kept + held)
    assert trial.self_retrieval
    assert np.bincount(trial.query.labels.ids).tolist() == [30] * 40
    assert np.bincount(trial.labelled_train.labels.ids).tolist() == [70] * 40
    with pytest.raises(DataError, match="out of reach"):
        _ = trial.train.labels


def test_labels_and_means_stay_with_their_videos(stories: VideoDataset) -> None:
    trial = split_train(stories)
    label = dict(zip(contents(stories.train), stories.labelled_train.labels.ids, strict=True))
    for part in (trial.labelled_train, trial.query):
        assert [label[video] for video in contents(part)] == part.labels.ids.tolist()
        features = part.take(slice(None))
        np.testing.assert_allclose(part.mean_pooled(), features.mean(axis=1), atol=1e-6)
        np.testing.assert_array_equal(part.take(np.array([5, 0])), features[[5, 0]])
        shuffled = list(part.batches(64, shuffle=True, seed=2))
        for batch in shuffled:
            np.testing.assert_array_equal(batch.features, features[batch.rows])
        assert sum(len(batch.rows) for batch in shuffled) == len(part)


def test_seed_and_share_decide_it(stories: VideoDataset) -> None:
    trial, same = split_train(stories, 0.2, 4), split_train(stories, 0.2, 4)
    assert contents(trial.query) == contents(same.query)
    assert trial.sha256 == same.sha256 != stories.sha256
    assert trial.query.signature() == same.query.signature()
    other = split_train(stories, 0.2, 5)
    assert contents(other.query) != contents(trial.query)
    assert other.sha256 != trial.sha256
    assert other.query.signature() != trial.query.signature()
    assert trial.name == "digit-stories/validation"
    assert trial.card.sha256 is None


def test_from_files_and_where_train_is_ranked(tmp_path: Path) -> None:
    card, _ = write_two_sets(tmp_path)
    dataset = load_dataset(card)
    ranked = replace(dataset, card=replace(dataset.card, database=dataset.card.train))
    labels = Labels.from_array(np.arange(len(dataset.train)) % 3)
    whole = dataset.train.take(slice(None))
    train = Videos(dataset.labelled_train.source, labels, name="train")
    trial = split_train(replace(ranked, labelled_train=train), share=0.5)
    assert trial.database is trial.labelled_train
    assert not trial.self_retrieval
    assert sorted(contents(trial.database) + contents(trial.query)) == sorted(
        video.tobytes() for video in whole
    )


def test_a_grid_does_not_take_the_whole_set_for_it(stories: VideoDataset) -> None:
    trial = split_train(stories)
    with pytest.raises(UsageError, match="digit-stories/validation: a grid opens its data set"):
        run("lsh", trial, bits=2)


def test_several_labels_are_drawn_without_strata(stories: VideoDataset) -> None:
    multi_hot = np.zeros((len(stories.train), 3), bool)
    multi_hot[:, 0] = multi_hot[::2, 1] = True
    train = Videos(stories.labelled_train.source, Labels(multi_hot))
    trial = split_train(replace(stories, labelled_train=train), share=0.1)
    assert len(trial.query) == 400
    assert len(trial.train) == 3600


def test_bad_input(stories: VideoDataset) -> None:
    for share in (0, 1, -0.5, float("nan")):
        with pytest.raises(UsageError, match="a number between 0 and 1"):
            split_train(stories, share)
    with pytest.raises(UsageError, match="of 4000 training videos holds out 0"):
        split_train(stories, 1e-6)
    with pytest.raises(UsageError, match="seed -1; seeds count from 0"):
        split_train(stories, seed=-1)
    bare = replace(stories, labelled_train=stories.train)
    with pytest.raises(DataError, match="digit-stories/train has no labels"):
        split_train(bare)
