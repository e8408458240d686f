"""Precision and recall as the Hamming radius, or the number of ranks, grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hashbench.ranking.counts import Counts, Ints

_POINTS = 129
"""Points kept at most; beyond 128 bits the radii are thinned evenly."""

_RANKS = 49
"""Ranks kept at most, evenly spaced in the logarithm: the first ranks matter most."""

_BLOCK = 512
"""Queries whose dense tables are looked at together."""


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
        for start in range(0, len(counts), _BLOCK):
            part = counts.take(np.arange(start, min(start + _BLOCK, len(counts))))
            items, hits = _cumulated(part)
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


@dataclass(slots=True, eq=False)
class RankCurve:
    """Mean precision and recall over the queries among the first N ranks, ties expected.

    Within a tie group the expected hits grow evenly, so they are interpolated between the groups.
    Recall is 0 for a query without a relevant item, as in the other measures.
    """

    n_query: int = 0
    _ranks: Ints = field(init=False, repr=False)
    _precision: NDArray[np.float64] = field(init=False, repr=False)
    _recall: NDArray[np.float64] = field(init=False, repr=False)

    def add(self, counts: Counts) -> None:
        """Add queries whose counts cover the whole list; the same database every time."""
        if not self.n_query:
            spaced = np.geomspace(1, max(counts.size, 1), _RANKS)
            self._ranks = np.unique(spaced.round().astype(np.int64))
            self._precision = np.zeros(len(self._ranks))
            self._recall = np.zeros(len(self._ranks))
        for start in range(0, len(counts), _BLOCK):
            part = counts.take(np.arange(start, min(start + _BLOCK, len(counts))))
            for place, hits in enumerate(self._hits(part)):
                self._precision[place] += hits.sum() / self._ranks[place]
                self._recall[place] += (hits / np.maximum(part.relevant, 1)).sum()
        self.n_query += len(counts)

    def _hits(self, counts: Counts) -> Iterator[NDArray[np.float64]]:
        """Yield the expected hits of each query among the first N ranks, for each N."""
        items, hits = (np.pad(table, ((0, 0), (1, 0))) for table in _cumulated(counts))
        rows = np.arange(len(items))
        for rank in self._ranks:
            upper = np.minimum((items < rank).sum(axis=1), items.shape[1] - 1)
            below, above = items[rows, upper - 1], items[rows, upper]
            share = (rank - below) / np.maximum(above - below, 1)
            first = hits[rows, upper - 1]
            yield first + np.minimum(share, 1) * (hits[rows, upper] - first)

    def means(self) -> dict[str, list[float]]:
        """Return rank, precision and recall as equally long lists."""
        return {
            "rank": [float(rank) for rank in self._ranks],
            "precision": (self._precision / self.n_query).tolist(),
            "recall": (self._recall / self.n_query).tolist(),
        }


def _cumulated(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return items and hits within each radius, two tables of shape (n_query, L + 1)."""
    items = np.zeros((len(counts), counts.n_bits + 1))
    hits = np.zeros_like(items)
    items[counts.rows, counts.distances] = counts.items
    hits[counts.rows, counts.distances] = counts.hits
    return np.cumsum(items, axis=1), np.cumsum(hits, axis=1)
