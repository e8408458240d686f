"""Subset of a source: some of its videos, as a source of their own."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.sources import FeatureSource, ids_of

_GAP = 16  # rows between two that are read rather than jumped over


class SubsetSource:
    """The videos of ``source`` at ``rows``, read from it whenever they are asked for.

    Parameters
    ----------
    source : FeatureSource
    rows : ndarray of int64, shape (m,)
        In ascending order, so that what lies side by side is still read together.
    """

    def __init__(self, source: FeatureSource, rows: NDArray[np.int64]) -> None:
        self.source, self.rows = source, rows

    @property
    def shape(self) -> tuple[int, int, int]:
        _, frames, dims = self.source.shape
        return len(self.rows), frames, dims

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.dtype

    def ids(self) -> list[str]:
        """Return what these videos are called; none where it is not known."""
        names = ids_of(self.source)
        return [names[row] for row in self.rows] if names else []

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return self.source.take(self.rows[start:stop])

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        return self.source.take(self.rows[index])

    def unchecked(self, start: int, stop: int) -> NDArray[Any]:
        """Return videos ``start`` to ``stop`` as stored, NaN and infinity included."""
        whole = getattr(self.source, "unchecked", None)
        rows = self.rows[start:stop]
        if whole is None or not len(rows):
            return self.source.take(rows)
        # Rows that lie close together are read together.
        pieces = np.split(rows, np.flatnonzero(np.diff(rows) > _GAP) + 1)
        return np.concatenate(
            [whole(int(piece[0]), int(piece[-1]) + 1)[piece - piece[0]] for piece in pieces]
        )

    def signature(self) -> str:
        rows = hashlib.sha256(np.ascontiguousarray(self.rows).tobytes()).hexdigest()
        return f"{self.source.signature()}:rows-{rows[:16]}"
