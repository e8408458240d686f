"""Standardisation of each dimension, measured on train, streamed, kept in the cache folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.sources import FeatureSource, FillingSource
from hashbench.data.videos import Videos
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing
from hashbench.files.cached import cached_array

_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and standard deviation of each dimension over all frames, shape (dims,) float32."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write both into an ``.npz``."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, mean=self.mean, deviation=self.deviation)

    @classmethod
    def load(cls, path: Path) -> Moments:
        """Read what :meth:`save` wrote.

        Raises
        ------
        DataError
            If it cannot be read.
        """
        arrays = read_npz(path, ("mean", "deviation"))
        return cls(arrays["mean"], arrays["deviation"])


class Standardized:
    """A source whose dimensions have mean 0 and variance 1 on the videos they were fitted on.

    Parameters
    ----------
    source : FeatureSource
        What is read.
    moments : Moments
        What is taken off and divided by; a dimension that never varies is only centred.

    Attributes
    ----------
    scale : ndarray of float32, shape (dims,)
        1 / deviation, or 1 where a dimension never varies.
    """

    def __init__(self, source: FeatureSource, moments: Moments) -> None:
        self.source = source
        self.moments = moments
        varies = moments.deviation > 0
        scale = np.where(varies, 1 / np.where(varies, moments.deviation, 1), 1)
        self.scale: NDArray[np.float32] = scale.astype(np.float32)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return self._applied(self.source.read(start, stop))

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        return self._applied(self.source.take(index))

    def fill(self, index: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        if isinstance(self.source, FillingSource):
            self.source.fill(index, out)
        else:
            out[:] = self.source.take(index)[:, : out.shape[1]]
        out -= self.moments.mean
        out *= self.scale

    def signature(self) -> str:
        from hashbench.files.digests import array_sha256

        fitted = array_sha256(np.stack([self.moments.mean, self.scale]))
        return f"{self.source.signature()}:standardized:{fitted}"

    def _applied(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        values: NDArray[np.float32] = np.subtract(stored, self.moments.mean, dtype=np.float32)
        values *= self.scale
        return values


def standardized(splits: dict[str, Videos], train: str, cache: Path) -> dict[str, Videos]:
    """Return all splits standardised as measured on the split ``train``."""
    fitted = fit_moments(splits[train], cache)
    return {
        name: videos.through(Standardized(videos.source, fitted)) for name, videos in splits.items()
    }


def fit_moments(videos: Videos, cache: Path) -> Moments:
    """Return the moments of ``videos`` over the frames in use, read once and then kept."""
    signature = videos.signature()
    kept = cached_array(
        cache, "moments", signature, (2, videos.dims), lambda: streamed_moments(videos)
    )
    return Moments(kept[0], kept[1])


def streamed_moments(videos: Videos) -> NDArray[np.float32]:
    """Return mean and standard deviation, shape (2, dims), in one pass.

    Blocks are merged by Chan's rule, so that a large mean does not drown the variance.
    """
    count = 0
    mean = np.zeros(videos.dims)
    scatter = np.zeros(videos.dims)  # sum of squared distances from the mean
    for seen, features in videos.batches(max(1, _BLOCK_BYTES // (4 * videos.frames * videos.dims))):
        rows = features.reshape(-1, videos.dims)
        block_mean = rows.mean(axis=0, dtype=np.float64)
        centred = rows - block_mean.astype(np.float32)
        # The rounding of the block's mean shifts all distances alike; it is taken off again.
        shift = block_mean.astype(np.float32) - block_mean
        block = np.einsum("ij,ij->j", centred, centred, dtype=np.float64) - len(rows) * shift**2
        delta = block_mean - mean
        total = count + len(rows)
        mean += delta * len(rows) / total
        scatter += block + delta**2 * count * len(rows) / total
        count = total
        videos.progress.update(f"moments of {videos.name}", int(seen[-1]) + 1, len(videos))
    deviation = np.sqrt(np.maximum(scatter, 0) / max(count, 1))
    # What rounding alone makes of a constant dimension is no variation.
    deviation[deviation <= 1e-6 * np.abs(mean)] = 0
    return np.stack([mean, deviation]).astype(np.float32)
