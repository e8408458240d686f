"""Small videos for the tests of methods."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench import Labels, Videos


def make_videos(
    n: int = 300, frames: int = 4, dims: int = 24, classes: int = 6, seed: int = 0
) -> Videos:
    """Return videos around one centre a class, off the origin, with unequal variances."""
    rng = np.random.default_rng(seed)
    centres = 2 * np.random.default_rng(1234).standard_normal((classes, dims))
    ids = rng.integers(0, classes, n)
    scales = np.linspace(2, 0.2, dims)
    noise = rng.standard_normal((n, frames, dims)) * scales
    features = (5 + centres[ids][:, None] + noise).astype(np.float32)
    return Videos(features, Labels.from_array(ids, classes), name="small")


@pytest.fixture(scope="session")
def small() -> Videos:
    """300 videos of 4 frames x 24 dimensions in 6 classes."""
    return make_videos()


@pytest.fixture(scope="session")
def others() -> Videos:
    """120 further videos of the same classes."""
    return make_videos(120, seed=1)
