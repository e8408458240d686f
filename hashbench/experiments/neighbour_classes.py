"""How often the nearest training videos are of one class, by features and by codes.

Labels are read for this report and for nothing else: no method is trained on it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hashbench.data import VideoDataset, Videos
from hashbench.data.segments import segment_bounds, segment_means
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.ranking.cutoffs import ALL, cutoff, rank_of
from hashbench.ranking.neighbour_precision import (
    NeighbourPrecision,
    chance_shares,
    neighbour_shares,
    precision_of,
)
from hashbench.workspace import Progress, default_cache

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes

DEFAULT_K = (5, 10, 20)

WIDEST = 1 << 14
"""Dimensions of the vectors that frames in order make, unless segments are named."""

IN_MEMORY = 1 << 28
"""Values (1 GiB) from which such vectors are kept in a file that is gone when the work is done."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NeighbourClasses:
    """Of each training video's nearest, the share that has a class in common with it.

    Attributes
    ----------
    dataset, sha256 : str
        Of what set.
    videos : int
        Training videos.
    k : tuple of int
    shares : dict of (str, int) to NeighbourPrecision
        By what the neighbours were found by, and K.
    without_direction : int
        Videos whose mean frame is zero, and so has no cosine.
    """

    dataset: str
    sha256: str
    videos: int
    k: tuple[int, ...]
    shares: dict[tuple[str, int], NeighbourPrecision]
    without_direction: int = 0

    @property
    def ways(self) -> list[str]:
        """What neighbours were found by, in order."""
        return list(dict.fromkeys(by for by, _ in self.shares))


def neighbour_classes(
    dataset: VideoDataset,
    k: Sequence[int | str] = DEFAULT_K,
    *,
    codes: Mapping[str, BinaryCodes] | None = None,
    segments: int | None = None,
    device: str = "cpu",
    cache: Path | None = None,
    progress: Progress | None = None,
) -> NeighbourClasses:
    """Return how often the nearest training videos share a class, and how often by chance.

    Neighbours are found by the cosine of the mean frames, by that of the frames in order (the
    means of consecutive segments, one after the other) and by the Hamming distance of codes. Equal
    cosines go to the lower index. Of codes at equal distances any may come first, so the expected
    share over their orders is given. The work goes in tiles: no (n, n) array is formed.

    Parameters
    ----------
    dataset : VideoDataset
        Its training videos must be labelled.
    k : sequence of int
        How many nearest to look at, each below the number of training videos; ``"all"`` is all
        the others.
    codes : mapping of str to BinaryCodes, optional
        Codes of the training videos, in order, by the name to show.
    segments : int, optional
        From 1 to the frames, which is no pooling at all. By default as many as keep the vectors
        within :data:`WIDEST` dimensions, and at least two.
    device : str
        Where cosines are computed; the result does not depend on it.
    cache : Path, optional
        Where wide vectors lie while they are needed; by default the cache folder.
    progress : Progress, optional

    Raises
    ------
    UsageError
        If a K or the segments are out of range, or codes are of another number of videos.
    DataError
        If the training videos have no labels, or a feature is not finite.
    """
    videos = dataset.labelled_train
    if not videos.has_labels:
        raise DataError(f"{videos.name} has no labels: whether neighbours are right is not known")
    cuts = _checked_k(k, len(videos))
    for name, given in (codes or {}).items():
        if len(given) != len(videos):
            raise UsageError(f"{name}: {len(given)} codes for {len(videos)} training videos")
    parts = _segments(videos, segments)
    without_direction = 0
    found: dict[tuple[str, int], NeighbourPrecision] = {}
    bare = videos.unlabelled()
    ways = {"mean frame": 1} | ({_in_order(parts, videos.frames): parts} if parts > 1 else {})
    for by, pieces in ways.items():
        vectors = _vectors(bare, pieces, cache or default_cache())
        if pieces == 1:
            without_direction = int(np.count_nonzero(~vectors.any(axis=1)))
        for cut, shares in _by_cosine(vectors, videos.labels, cuts, device, progress):
            found[by, cut] = precision_of(shares, videos.labels)
    for by, given in (codes or {}).items():
        for cut, shares in _by_hamming(given, videos.labels, cuts):
            found[by, cut] = precision_of(shares, videos.labels)
    return NeighbourClasses(
        dataset.name, dataset.sha256, len(videos), cuts, found, without_direction
    )


def _checked_k(k: Sequence[int | str], n: int) -> tuple[int, ...]:
    cuts = tuple(dict.fromkeys(cutoff(one) if isinstance(one, str) else one for one in k))
    wrong = [cut for cut in cuts if cut != ALL and not 1 <= cut < n]
    if wrong or not cuts:
        given = f"K = {wrong[0]}" if wrong else "no K"
        raise UsageError(f"{given} of {n} training videos; K must be from 1 to {n - 1}, or 'all'")
    return cuts


def _segments(videos: Videos, wanted: int | None) -> int:
    if wanted is None:
        return min(videos.frames, max(2, WIDEST // videos.dims))
    if not 1 <= wanted <= videos.frames:
        raise UsageError(
            f"{wanted} segments of {videos.frames} frames; from 1 to {videos.frames} are possible"
        )
    return wanted


def _in_order(segments: int, frames: int) -> str:
    what = "frames" if segments == frames else "segments"
    return f"{segments} {what} in order"


def _vectors(videos: Videos, segments: int, folder: Path) -> NDArray[np.float32]:
    """Return the means of consecutive segments side by side, shape (n, segments * dims)."""
    if segments == 1:
        return videos.mean_pooled()
    shape = (len(videos), segments * videos.dims)
    if shape[0] * shape[1] <= IN_MEMORY:
        out = np.empty(shape, np.float32)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # the map outlives the open file
            out = np.memmap(file, np.float32, "w+", shape=shape)
    bounds = segment_bounds(videos.frames, segments)
    size = max(1, (1 << 24) // (videos.frames * videos.dims))
    for rows, features in videos.batches(size):
        out[rows] = segment_means(features, bounds).reshape(len(rows), -1)
    return out


def _by_cosine(
    vectors: NDArray[np.float32],
    labels: Labels,
    cuts: Sequence[int],
    device: str,
    progress: Progress | None,
) -> Iterator[tuple[int, Floats]]:
    from hashbench.nn.graph.nearest_first import nearest_first

    some = [cut for cut in cuts if cut != ALL]
    if some:
        order = nearest_first(vectors, max(some), device=device, progress=progress)
    for cut in cuts:
        # All the others are what chance draws from, and take no ranking.
        shares = chance_shares(labels) if cut == ALL else neighbour_shares(order[:, :cut], labels)
        yield cut, shares


def _by_hamming(
    codes: BinaryCodes, labels: Labels, cuts: Sequence[int]
) -> Iterator[tuple[int, Floats]]:
    from hashbench.ranking import Precision, evaluate

    # P@K with the query dropped from its own list is the share asked for, ties included.
    ranked = evaluate(
        codes,
        codes,
        labels,
        labels,
        k=cuts,
        profiles=("strict",),
        self_retrieval=True,
        full=False,
    )
    for cut in cuts:
        yield cut, ranked.per_query[str(Precision(rank_of(cut), "expected", "dropped"))]
