"""Videos in memory: shapes, labels out of reach, batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_feats

from hashbench import Labels, Videos
from hashbench.data.hdf5 import H5Source
from hashbench.errors import DataError, UsageError


def test_labels_are_out_of_reach() -> None:
    videos = Videos(features(3), Labels.from_array([0, 1, 1]))
    hidden = videos.unlabelled()
    assert videos.has_labels
    assert not hidden.has_labels
    assert hidden.with_frames(2).frames == 2
    for reach in [hidden, hidden.with_frames(2), hidden.unlabelled()]:
        with pytest.raises(DataError, match="out of reach"):
            _ = reach.labels


def test_mean_is_shared_and_locked() -> None:
    videos = Videos(features(9))
    earlier = videos.unlabelled()
    mean = videos.mean_pooled()
    assert earlier.mean_pooled() is mean
    assert videos.unlabelled().mean_pooled() is mean
    with pytest.raises(ValueError, match="read-only"):
        mean[0, 0] = 1


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_hold_every_video_once(shuffle: bool) -> None:
    array = features(23)
    batches = list(Videos(array).batches(5, shuffle=shuffle, seed=1))
    # Shuffled batches differ by one video at most. In order, each but the last is full.
    sizes = [5, 5, 5, 4, 4] if shuffle else [5, 5, 5, 5, 3]
    assert sorted((len(rows) for rows, _ in batches), reverse=True) == sizes
    rows = np.concatenate([rows for rows, _ in batches])
    assert sorted(rows.tolist()) == list(range(23))
    assert (rows.tolist() == list(range(23))) is not shuffle
    np.testing.assert_array_equal(np.concatenate([f for _, f in batches]), array[rows])


def test_take() -> None:
    array = features(10)
    videos = Videos(array.astype(np.float16), frames=3)
    for index in [slice(2, 5), slice(None, None, 3), np.array([4, 4, 0])]:
        taken = videos.take(index)
        assert taken.dtype == np.float32
        np.testing.assert_array_equal(taken, array.astype(np.float16)[index, :3])


def test_positions_are_whole_numbers_or_a_mask(tmp_path: Path) -> None:
    array = features(6)
    write_feats(tmp_path / "x.h5", array)
    mask = np.arange(6) % 3 == 2
    for videos in (Videos(array), Videos(H5Source([tmp_path / "x.h5"]))):
        np.testing.assert_array_equal(videos.take(mask), array[mask])
        np.testing.assert_array_equal(videos.take(np.array([5, 0], np.uint8)), array[[5, 0]])
        assert videos.take([]).shape == (0, 4, 6)
        for index, message in [
            ([-1], "videos: no video -1; its videos are 0 to 5"),
            ([0, 6], "no video 6"),
            ([2.9], r"are float64 of shape \(1,\); whole numbers"),
            (mask[:5], r"are bool of shape \(5,\); whole numbers \(m,\) or a mask \(6,\)"),
            ([[1]], r"shape \(1, 1\)"),
            (3, r"shape \(\)"),
        ]:
            with pytest.raises(UsageError, match=message):
                videos.take(index)


def test_wrong_arguments() -> None:
    with pytest.raises(DataError, match=r"shape \(3,\); \(n, frames, dims\) or \(n, dims\) is"):
        Videos(np.zeros(3))
    with pytest.raises(DataError, match="numbers are needed"):
        Videos(np.full((1, 1, 1), "a"))
    with pytest.raises(DataError, match=r"clips: features are int8, .* store them as float32"):
        Videos(np.ones((3, 4), np.int8), name="clips")
    with pytest.raises(DataError, match=r"features are a list; an array of shape \(n, frames,"):
        Videos([[1.0, 2.0]])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="2 labels for 3 videos"):
        Videos(features(3), Labels.from_array([0, 1]))
    with pytest.raises(DataError, match=r"labels are a list; Labels\.from_array makes them"):
        Videos(features(2), [0, 1])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="5 frames are asked for, 4 are stored"):
        Videos(features(3), frames=5)
    with pytest.raises(UsageError, match="at least one video, not 0"):
        Videos(features(3)).batches(0)


def test_mean_is_added_up_in_float64_and_rounded_once() -> None:
    """Four frames whose float32 sum loses the small ones."""
    frames = np.array([2.0**24, 1, 1, 1], np.float32).reshape(1, 4, 1)
    videos = Videos(np.repeat(frames, 3, axis=2))
    assert videos.mean_pooled().tolist() == [[np.float32((2**24 + 3) / 4)] * 3]
    random = np.random.default_rng(0).standard_normal((70, 5, 6)).astype(np.float32)
    whole = Videos(random).mean_pooled()
    singly = [Videos(random[i : i + 1]).mean_pooled()[0] for i in range(70)]
    np.testing.assert_array_equal(whole, singly)
