"""Some videos of a source are read as if they were all."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from hashbench import Videos
from hashbench.data.hdf5 import H5Source
from hashbench.data.sources import ArraySource
from hashbench.data.subset import SubsetSource
from hashbench.nn import Feed

FEATURES = np.random.default_rng(0).standard_normal((11, 3, 2)).astype(np.float32)
ROWS = np.array([0, 4, 5, 9])


def test_it_reads_what_indexing_reads() -> None:
    subset = SubsetSource(ArraySource(FEATURES), ROWS)
    assert (subset.shape, subset.dtype) == ((4, 3, 2), np.float32)
    np.testing.assert_array_equal(subset.read(1, 3), FEATURES[[4, 5]])
    np.testing.assert_array_equal(subset.take(np.array([3, 0])), FEATURES[[9, 0]])


def test_videos_keep_their_own_names(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["feats"] = FEATURES
        file["paths"] = [f"{row}.mp4" for row in range(len(FEATURES))]
    source = H5Source([tmp_path / "a.h5"])
    subset = SubsetSource(source, ROWS)
    assert Videos(subset).ids() == ["0.mp4", "4.mp4", "5.mp4", "9.mp4"]
    assert Videos(SubsetSource(subset, np.array([1, 3]))).ids() == ["4.mp4", "9.mp4"]
    assert Videos(SubsetSource(ArraySource(FEATURES), ROWS)).ids() == []


def test_another_choice_has_another_signature() -> None:
    source = ArraySource(FEATURES)
    signatures = {
        source.signature(),
        SubsetSource(source, ROWS).signature(),
        SubsetSource(source, ROWS + 1).signature(),
        SubsetSource(ArraySource(FEATURES + 1), ROWS).signature(),
    }
    assert len(signatures) == 4


@pytest.mark.parametrize("resident", [True, False])
def test_batches_hold_the_chosen_videos(resident: bool) -> None:
    videos = Videos(SubsetSource(ArraySource(FEATURES), ROWS), frames=2)
    feed = Feed(videos, batch_size=3, seed=0, device="cpu", resident=resident)
    for rows, features in feed.epoch(0):
        np.testing.assert_array_equal(features.numpy(), FEATURES[ROWS[rows.numpy()], :2])
