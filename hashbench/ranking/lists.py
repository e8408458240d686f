"""The first items of each query in stable order, for the tie policy that positions decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError

FILLER = np.uint16(0xFFFF)
"""Distance that stands where a list is shorter than its row."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedLists:
    """The nearest ``depth`` items of each query, equal distances in database order.

    Parameters
    ----------
    depth : int
        Items asked for; rows are shorter where the database is.
    distances : ndarray of uint16, shape (n_query, min(depth, size))
        Rising; 65535 fills a row whose list is shorter.
    items : ndarray of int64, same shape
        Database positions; -1 as filler.
    relevant : ndarray of bool, same shape
    """

    depth: int
    distances: NDArray[np.uint16]
    items: NDArray[np.int64]
    relevant: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.distances)

    @property
    def reach(self) -> NDArray[np.int64]:
        """Largest distance at which a later item enters each list, shape (n_query,).

        One below the last distance, since equal ones stay out; no bound where there is room.
        """
        if self.distances.shape[1] < self.depth:
            return np.full(len(self), FILLER, dtype=np.int64)
        last = self.distances[:, -1].astype(np.int64)
        return np.where(last == FILLER, last, last - 1)

    def with_next(self, other: RankedLists, start: int) -> RankedLists:
        """Add those of the items that follow, the first of them at position ``start`` of ours."""
        return RankedLists.merge([self, other], [0, start])

    @classmethod
    def merge(cls, shards: Sequence[RankedLists], starts: Sequence[int]) -> RankedLists:
        """Merge the lists of consecutive shards of a database.

        Parameters
        ----------
        shards : sequence of RankedLists
            In database order.
        starts : sequence of int
            Database position of each shard's first item, rising.

        Raises
        ------
        UsageError
            If depths or numbers of queries differ, or the starts do not rise.
        """
        if len({(shard.depth, len(shard)) for shard in shards}) != 1:
            raise UsageError("lists of one depth and the same queries are needed to merge shards")
        if list(starts) != sorted(set(starts)) or len(starts) != len(shards):
            raise UsageError("shard starts must rise, one for each shard")
        depth = shards[0].depth
        distances = np.concatenate([shard.distances for shard in shards], axis=1)
        items = np.concatenate(
            [
                np.where(shard.items < 0, -1, shard.items + start)
                for shard, start in zip(shards, starts, strict=True)
            ],
            axis=1,
        )
        relevant = np.concatenate([shard.relevant for shard in shards], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, :depth]
        take = np.take_along_axis
        return cls(
            depth, take(distances, order, 1), take(items, order, 1), take(relevant, order, 1)
        )

    def without_query(self, own: NDArray[np.int64]) -> RankedLists:
        """Drop each query, at database position ``own``, from its own list."""
        last = self.items.shape[1] - 1
        found = self.items == own[:, None]
        # A query that lies beyond the list pushes nothing up: its row only loses the last item.
        place = np.where(found.any(axis=1), found.argmax(axis=1), last)
        columns = np.arange(last)[None, :]
        order = columns + (columns >= place[:, None])
        take = np.take_along_axis
        return RankedLists(
            self.depth - 1,
            take(self.distances, order, 1),
            take(self.items, order, 1),
            take(self.relevant, order, 1),
        )
