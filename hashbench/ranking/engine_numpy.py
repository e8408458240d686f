"""The reference engine: a few lines of numpy, one query after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.engine import check_query
from hashbench.ranking.lists import RankedLists

_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint16)


class NumpyEngine:
    """Counts by looking at every item; what the fast engines are tested against.

    Parameters
    ----------
    database : BinaryCodes
    labels : Labels
    threads : int, optional
        Accepted for the sake of the interface; one thread is used.
    """

    def __init__(
        self, database: BinaryCodes, labels: Labels, *, threads: int | None = None
    ) -> None:
        self.database = database
        self.labels = labels

    def count(
        self,
        query: BinaryCodes,
        labels: Labels,
        *,
        depth: int,
        radius: int = 2,
        bound: Ints | None = None,
    ) -> Counts:
        """Return the counts of each query to rank ``depth`` and to distance ``radius``."""
        check_query(query, labels, self.database, self.labels)
        items = np.zeros((len(query), query.n_bits + 1), dtype=np.int64)
        hits = np.zeros_like(items)
        for row in range(len(query)):
            distances, relevant = self._one(query, labels, row)
            items[row] = np.bincount(distances, minlength=query.n_bits + 1)
            hits[row] = np.bincount(distances[relevant], minlength=query.n_bits + 1)
        return Counts.from_dense(
            items, hits, hits.sum(axis=1), size=len(self.database), depth=depth, radius=radius
        )

    def lists(
        self, query: BinaryCodes, labels: Labels, *, depth: int, bound: Ints | None = None
    ) -> RankedLists:
        """Return the nearest ``depth`` items of each query in stable order."""
        check_query(query, labels, self.database, self.labels)
        shape = (len(query), min(depth, len(self.database)))
        near = np.zeros(shape, dtype=np.uint16)
        items = np.zeros(shape, dtype=np.int64)
        hits = np.zeros(shape, dtype=np.bool_)
        for row in range(len(query)):
            distances, relevant = self._one(query, labels, row)
            items[row] = np.argsort(distances, kind="stable")[:depth]
            near[row], hits[row] = distances[items[row]], relevant[items[row]]
        return RankedLists(depth, near, items, hits)

    def _one(
        self, query: BinaryCodes, labels: Labels, row: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
        differing = _ONES[self.database.packed ^ query.packed[row]]
        shared: NDArray[np.bool_] = self.labels.multi_hot[:, labels.multi_hot[row]]
        distances: NDArray[np.uint16] = differing.sum(axis=1, dtype=np.uint16)
        relevant: NDArray[np.bool_] = np.any(shared, axis=1)
        return distances, relevant
