"""Features brought to zero mean and unit variance, each dimension for itself, as they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data import FeatureSource, Videos


class StandardSource:
    """(features - mean) * scale of another source.

    Parameters
    ----------
    source : FeatureSource
    mean, scale : ndarray of float32, shape (dims,)
    """

    def __init__(
        self, source: FeatureSource, mean: NDArray[np.float32], scale: NDArray[np.float32]
    ) -> None:
        self.source, self.mean, self.scale = source, mean, scale

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.source.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    @property
    def chunk(self) -> int:
        return self.source.chunk

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return self._apply(self.source.read(start, stop))

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        return self._apply(self.source.take(index))

    def signature(self) -> str:
        return f"{self.source.signature()}:standard"

    def _apply(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        features = stored.astype(np.float32)
        features -= self.mean
        features *= self.scale
        return features


def moments(videos: Videos, rows: int = 256) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and 1 / deviation of each dimension over all frames of all videos.

    A dimension that never changes gets scale 1. Sums are float64, shifted by the first batch's
    mean, so that features far from zero lose nothing.
    """
    shift: NDArray[np.float64] | None = None
    first = np.zeros(videos.dims)
    second = np.zeros(videos.dims)
    for batch in videos.batches(rows):
        flat = batch.features.reshape(-1, videos.dims).astype(np.float64)
        if shift is None:
            shift = flat.mean(axis=0)
        flat -= shift
        first += flat.sum(axis=0)
        second += np.einsum("nd,nd->d", flat, flat)
    assert shift is not None
    n = len(videos) * videos.frames
    mean = first / n
    variance = np.maximum(second / n - mean**2, 0)
    moving = variance > 1e-12 * np.maximum(1.0, (mean + shift) ** 2)
    scale = np.where(moving, 1 / np.sqrt(np.where(moving, variance, 1)), 1.0)
    return (mean + shift).astype(np.float32), scale.astype(np.float32)


def standardised(videos: Videos, mean: NDArray[np.float32], scale: NDArray[np.float32]) -> Videos:
    """Return ``videos`` as seen through :class:`StandardSource`."""
    return Videos(
        StandardSource(videos.source, mean, scale), name=videos.name, frames=videos.frames
    )
