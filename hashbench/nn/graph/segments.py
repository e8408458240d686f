"""Number of segments of a video's descriptor, chosen without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.data import Videos
from hashbench.data.segments import segment_bounds, segment_means
from hashbench.files.cached import cached_array
from hashbench.nn.graph.neighbours import find_nearest

SAMPLE = 2000
"""Training videos that the choice is made on, at most, spread evenly over the set."""


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """A number of segments, and why it was chosen.

    Attributes
    ----------
    segments : int
        The chosen S.
    agreement : dict of int to float
        By S, the mean share of K1 nearest that two halves of the frames agree on; empty where
        there was nothing to choose.
    """

    segments: int
    agreement: dict[int, float]


def choose_segments(
    videos: Videos,
    k1: int,
    *,
    band: int = 0,
    device: str = "cpu",
    cache: Path | None = None,
) -> SegmentChoice:
    """Choose S: the least whose nearest neighbours are as reproducible as those of any S.

    The even and the odd frames of a video show the same thing under different noise. For every S
    of 1, 2, 3, 4, 6, 8, 12, ... up to half the frames, the K1 nearest are found twice, from the
    segment means of either half. Too few segments confuse videos that differ in order, too many
    average too little noise away, and both make the halves disagree.

    Of the S whose agreement is within one standard error of the best one's, the least is chosen
    (the rule of Breiman et al., Classification and Regression Trees, 1984, Sec. 3.4.3). The error
    is that of the difference, over videos.

    Parameters
    ----------
    videos : Videos
        Training videos; labels are not read. A sample of at most ``SAMPLE`` is compared.
    k1 : int
        K1 of the graph.
    band : int
        Of the graph: how many segments apart two that are compared may be.
    device : str
        Where the cosines are computed; the choice does not depend on it.
    cache : Path, optional
        Folder of results that are kept.

    Raises
    ------
    UsageError
        If there are not more than ``k1`` videos, or the device is not there.
    DataError
        If a feature is not finite.

    Examples
    --------
    >>> from itertools import permutations
    >>> random = np.random.default_rng(0)
    >>> things = random.standard_normal((3, 20))  # shown in one of six orders, four frames each
    >>> orders = np.repeat(list(permutations(range(3))), 4, axis=1).repeat(11, axis=0)
    >>> noise = 0.5 * random.standard_normal((66, 12, 20))
    >>> videos = Videos((things[orders] + noise).astype(np.float32))
    >>> choose_segments(videos, k1=10).segments
    3
    """
    candidates = _candidates(videos.frames)
    if len(candidates) == 1:
        return SegmentChoice(candidates[0], {})
    rows = np.linspace(0, len(videos) - 1, min(len(videos), SAMPLE)).astype(np.int64)

    def compute() -> NDArray[np.float32]:
        features = videos.take(rows)
        return np.stack([_agreement(features, s, k1, band, device) for s in candidates])

    if cache is None:
        shares = compute()
    else:
        signature = f"{videos.signature()} k1={k1} band={band} sample={len(rows)}"
        shape = (len(candidates), len(rows))
        shares = cached_array(Path(cache), "agreement", signature, shape, compute)
    return _least(candidates, shares.astype(np.float64))


def _candidates(frames: int) -> list[int]:
    """Return 1, 2, 3, 4, 6, 8, 12, ... as far as each segment has two frames."""
    powers = [2**power for power in range(frames.bit_length())]
    numbers = sorted({*powers, *(3 * power for power in powers)})
    return [number for number in numbers if number == 1 or number <= frames // 2]


def _agreement(
    features: NDArray[np.float32], segments: int, k1: int, band: int, device: str
) -> NDArray[np.float32]:
    """Return the share of each video's K1 nearest that both halves find, shape (n,) float32."""
    bounds = segment_bounds(features.shape[1], segments)
    found = []
    for half in (0, 1):
        means = segment_means(features, bounds, half)
        vectors = means.reshape(len(means), -1)
        found.append(find_nearest(vectors, k1, segments, band, device=device))
    shares: NDArray[np.float32] = (_common(*found) / k1).astype(np.float32)
    return shares


def _common(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many entries the rows of two lists have in common, shape (n,)."""
    both = np.sort(np.concatenate([first, second], axis=1), axis=1)
    counts: NDArray[np.int64] = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return counts


def _least(candidates: Sequence[int], shares: NDArray[np.float64]) -> SegmentChoice:
    agreement = shares.mean(axis=1)
    best = int(agreement.argmax())
    behind = shares[best] - shares
    error = behind.std(axis=1, ddof=1) / np.sqrt(shares.shape[1])
    near = np.flatnonzero(behind.mean(axis=1) <= error)
    rounded = [round(share, 6) for share in agreement.tolist()]
    return SegmentChoice(candidates[int(near[0])], dict(zip(candidates, rounded, strict=True)))
