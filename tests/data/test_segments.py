"""Means of segments against numpy, from memory and from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_data import features, write_set

from hashbench import Videos
from hashbench.data import load_dataset
from hashbench.data.segments import segment_bounds, segment_means
from hashbench.errors import UsageError


@pytest.mark.parametrize("frames", [1, 2, 7, 24])
def test_bounds_are_numpys_even_cut(frames: int) -> None:
    for segments in range(1, frames + 1):
        parts = np.array_split(np.arange(frames), segments)
        bounds = segment_bounds(frames, segments)
        assert bounds.dtype == np.int64
        assert bounds.tolist() == [0, *(int(part[-1]) + 1 for part in parts)]


@pytest.mark.parametrize("segments", [1, 2, 3, 5, 7])
def test_means_are_those_of_each_part(segments: int) -> None:
    array = features(11, frames=7)
    parts = np.array_split(array.astype(np.float64), segments, axis=1)
    wanted = np.stack([part.mean(axis=1) for part in parts], axis=1)
    found = Videos(array).segment_means(segments)
    assert found.shape == (11, segments, array.shape[2])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


def test_halves_are_the_even_and_the_odd_frames_of_the_video() -> None:
    array = features(5, frames=9)
    bounds = segment_bounds(9, 3)  # the second segment begins with an odd frame
    for half in (0, 1):
        found = segment_means(array, bounds, half)
        for s, frames in enumerate(np.array_split(np.arange(9), 3)):
            mine = [frame for frame in frames if frame % 2 == half]
            wanted = array[:, mine].astype(np.float64).mean(axis=1)
            np.testing.assert_allclose(found[:, s], wanted, rtol=1e-6, atol=1e-7)


def test_one_segment_is_the_mean_frame() -> None:
    videos = Videos(features(6))
    np.testing.assert_array_equal(videos.segment_means(1)[:, 0], videos.mean_pooled())


def test_only_the_frames_in_use_are_cut() -> None:
    array = features(6, frames=8)
    np.testing.assert_array_equal(
        Videos(array, frames=5).segment_means(2), Videos(array[:, :5]).segment_means(2)
    )


def test_files_are_read_once_and_the_result_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = load_dataset(write_set(tmp_path), cache=tmp_path / "cache").train
    wanted = Videos(train.take(slice(None))).segment_means(3)
    passes: list[int] = []
    batches = Videos.batches

    def counted(self: Videos, size: int, **more: object) -> object:
        passes.append(size)
        return batches(self, size, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Videos, "batches", counted)
    np.testing.assert_array_equal(train.segment_means(3), wanted)
    np.testing.assert_array_equal(train.unlabelled().segment_means(3), wanted)
    assert len(passes) == 1
    train.segment_means(2)  # another number is another result
    assert len(passes) == 2
    assert len(list((tmp_path / "cache" / "segments").glob("*.npy"))) == 2


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        (0, "from 1 on, not 0"),
        (-1, "from 1 on, not -1"),
        (2.0, r"whole number from 1 on, not 2\.0"),
        (True, "whole number from 1 on, not True"),
        (5, "5 segments of 4 frames: segments must be at most 4"),
    ],
)
def test_wrong_numbers_of_segments(segments: int, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Videos(features(3, frames=4)).segment_means(segments)
    assert "\n" not in str(caught.value)
