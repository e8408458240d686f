"""Videos cut into ordered, equal segments, and the mean frame of each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError


def segment_bounds(frames: int, segments: int) -> NDArray[np.int64]:
    """Return where the segments of a video begin and end, as ``numpy.array_split`` cuts.

    Their lengths differ by one frame at most, the longer ones first.

    Parameters
    ----------
    frames : int
        Frames a video.
    segments : int
        S, from 1 to ``frames``.

    Returns
    -------
    ndarray of int64, shape (segments + 1,)
        Segment s holds the frames from entry s up to, not including, entry s + 1.

    Raises
    ------
    UsageError
        If S is no whole number, below 1 or above the frames.

    Examples
    --------
    >>> segment_bounds(8, 3).tolist()
    [0, 3, 6, 8]
    """
    if isinstance(segments, bool) or not isinstance(segments, int | np.integer) or segments < 1:
        raise UsageError(f"segments must be a whole number from 1 on, not {segments!r}")
    if segments > frames:
        raise UsageError(
            f"{segments} segments of {frames} frames: segments must be at most {frames}"
        )
    number = np.arange(segments + 1)
    bounds: NDArray[np.int64] = number * (frames // segments) + np.minimum(
        number, frames % segments
    )
    return bounds


def middle_frames(frames: int, count: int) -> NDArray[np.int64]:
    """Return the frames in the middle of ``count`` equal spans; some again where there are fewer.

    Examples
    --------
    >>> middle_frames(12, 3).tolist(), middle_frames(2, 4).tolist()
    ([2, 6, 10], [0, 0, 1, 1])
    """
    rows: NDArray[np.int64] = (2 * np.arange(count) + 1) * frames // (2 * count)
    return rows


def segment_means(
    features: NDArray[np.float32], bounds: NDArray[np.int64], half: int | None = None
) -> NDArray[np.float32]:
    """Return the mean frame of each segment, shape (m, S, D) float32.

    Frames are added up in order and in float64, and each mean is rounded once.

    Parameters
    ----------
    features : ndarray of float32, shape (m, M, D)
        Frames of m videos.
    bounds : ndarray of int64, shape (S + 1,)
        As of :func:`segment_bounds`.
    half : {0, 1}, optional
        Of the even (0) or odd (1) frames alone. Each segment needs two frames then.
    """
    means = np.empty((len(features), len(bounds) - 1, features.shape[2]), np.float32)
    for number, (start, stop) in enumerate(pairwise(bounds.tolist())):
        frames = slice(start, stop) if half is None else slice(start + (start + half) % 2, stop, 2)
        means[:, number] = features[:, frames].mean(axis=1, dtype=np.float64)
    return means
