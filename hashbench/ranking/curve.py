"""The precision-recall curve that a growing Hamming radius draws."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hashbench.ranking.counts import Counts

_POINTS = 129
"""Points kept at most; beyond 128 bits the radii are thinned evenly."""


@dataclass(slots=True, eq=False)
class PrecisionRecall:
    """Mean precision and recall over the queries, within each radius 0..L.

    A query counts 0 in the precision of a radius that holds none of the database, and 0 in the
    recall where it has no relevant item, as in the other measures. Codes of three values are
    counted with ``scale`` 4, and their radii come in half steps.
    """

    n_bits: int
    scale: int = 1
    n_query: int = 0
    _precision: NDArray[np.float64] = field(init=False, repr=False)
    _recall: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._precision = np.zeros(self.n_bits + 1)
        self._recall = np.zeros(self.n_bits + 1)

    def add(self, counts: Counts) -> None:
        """Add queries whose counts cover the whole list."""
        for start in range(0, len(counts), 512):
            part = counts.take(np.arange(start, min(start + 512, len(counts))))
            items = np.zeros((len(part), self.n_bits + 1))
            hits = np.zeros_like(items)
            items[part.rows, part.distances] = part.items
            hits[part.rows, part.distances] = part.hits
            np.cumsum(items, axis=1, out=items)
            np.cumsum(hits, axis=1, out=hits)
            self._precision += (hits / np.maximum(items, 1)).sum(axis=0)
            self._recall += (hits / np.maximum(part.relevant, 1)[:, None]).sum(axis=0)
        self.n_query += len(counts)

    def means(self) -> dict[str, list[float]]:
        """Return radius, precision and recall as equally long lists."""
        step = max(self.scale // 2, 1)
        steps = self.n_bits // step
        radii = np.unique(np.linspace(0, steps, min(_POINTS, steps + 1)).round())
        chosen = radii.astype(int) * step
        return {
            "radius": [float(radius) / self.scale for radius in chosen],
            "precision": (self._precision[chosen] / self.n_query).tolist(),
            "recall": (self._recall[chosen] / self.n_query).tolist(),
        }
