"""Counts per query and Hamming distance: all that a tie-aware measure needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many database items, and how many relevant ones, lie at each distance of each query.

    Groups are kept query after query by rising distance (compressed rows): query ``q`` owns the
    groups ``offsets[q]:offsets[q + 1]``. They reach through the one that holds item ``depth``,
    and through every distance up to ``radius``.

    Parameters
    ----------
    n_bits : int
        Code length L.
    size : int
        Items in the database.
    depth : int
        Rank to which the groups are complete; ``depth >= size`` means the whole list.
    radius : int
        Distance to which the groups are complete whatever the depth; -1 for none.
    relevant : ndarray of int64, shape (n_query,)
        Relevant items R in the whole database.
    offsets : ndarray of int64, shape (n_query + 1,)
    distances, items, hits : ndarray of int64, shape (n_groups,)
        Distance d, items n_d and relevant items r_d of each group.
    """

    n_bits: int
    size: int
    depth: int
    radius: int
    relevant: Ints
    offsets: Ints
    distances: Ints
    items: Ints
    hits: Ints

    def __len__(self) -> int:
        return len(self.relevant)

    @property
    def rows(self) -> Ints:
        """Query of each group, shape (n_groups,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def reach(self) -> Ints:
        """Distance of item ``depth`` of each query, L where fewer are counted, shape (n_query,).

        At least ``radius``: beyond it, further items change no count that is kept.
        """
        after = items_before(self.items, self.offsets) + self.items
        found = np.full(len(self), self.n_bits, dtype=np.int64)
        full = after >= self.depth
        np.minimum.at(found, self.rows[full], self.distances[full])
        return np.maximum(found, min(self.radius, self.n_bits))

    @classmethod
    def from_dense(
        cls, items: Ints, hits: Ints, relevant: Ints, *, size: int, depth: int, radius: int
    ) -> Counts:
        """Compress tables of shape (n_query, L + 1) that are complete to ``depth``, ``radius``."""
        rows, distances = np.nonzero(items)
        return trimmed(
            rows.astype(np.int64),
            distances.astype(np.int64),
            items[rows, distances].astype(np.int64),
            hits[rows, distances].astype(np.int64),
            relevant,
            n_bits=items.shape[1] - 1,
            size=size,
            depth=depth,
            radius=radius,
        )

    @classmethod
    def merge(cls, shards: Sequence[Counts]) -> Counts:
        """Add the counts of database shards; exact, in any order of the shards.

        Raises
        ------
        UsageError
            If the shards differ in queries, code length, depth or radius.
        """
        if not shards:
            raise UsageError("no shards to add")
        first = shards[0]
        for name in ("n_bits", "depth", "radius"):
            values = sorted({getattr(shard, name) for shard in shards})
            if len(values) > 1:
                raise UsageError(f"shards counted with different {name}: {values}")
        if len({len(shard) for shard in shards}) > 1:
            raise UsageError(f"shards of {sorted({len(s) for s in shards})} queries; one is needed")
        keys = np.concatenate([s.rows * (first.n_bits + 1) + s.distances for s in shards])
        order = np.argsort(keys, kind="stable")
        keys, starts = np.unique(keys[order], return_index=True)
        items, hits = (
            np.add.reduceat(np.concatenate([getattr(s, name) for s in shards])[order], starts)
            if len(starts)
            else np.zeros(0, dtype=np.int64)
            for name in ("items", "hits")
        )
        rows, distances = np.divmod(keys, first.n_bits + 1)
        return trimmed(
            rows,
            distances,
            items,
            hits,
            np.sum([shard.relevant for shard in shards], axis=0, dtype=np.int64),
            n_bits=first.n_bits,
            size=sum(shard.size for shard in shards),
            depth=first.depth,
            radius=first.radius,
        )

    @classmethod
    def stack(cls, parts: Sequence[Counts]) -> Counts:
        """Put the counts of consecutive queries against one database below each other."""
        first = parts[0]
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        return replace(
            first,
            relevant=np.concatenate([part.relevant for part in parts]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            distances=np.concatenate([part.distances for part in parts]),
            items=np.concatenate([part.items for part in parts]),
            hits=np.concatenate([part.hits for part in parts]),
        )

    def take(self, rows: Ints) -> Counts:
        """Return the counts of some queries, in the order given."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        groups = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return replace(
            self,
            relevant=self.relevant[rows],
            offsets=offsets,
            distances=self.distances[groups],
            items=self.items[groups],
            hits=self.hits[groups],
        )

    def without_query(self, labelled: NDArray[np.bool_], distances: Ints | None = None) -> Counts:
        """Drop each query from its own list.

        Parameters
        ----------
        labelled : ndarray of bool, shape (n_query,)
            Whether the query has a label, and so was counted as relevant to itself.
        distances : ndarray of int64, shape (n_query,), optional
            Where it lies; at distance 0 by default. One that lies beyond what was counted leaves
            the groups as they are.

        Raises
        ------
        UsageError
            If a query is not in the database that was counted.
        """
        own = np.zeros(len(self), dtype=np.int64) if distances is None else distances
        rows = np.arange(len(self)) * (self.n_bits + 1)
        keys = self.rows * (self.n_bits + 1) + self.distances
        place = np.minimum(np.searchsorted(keys, rows + own), max(len(keys) - 1, 0))
        present = keys[place] == rows + own if len(keys) else np.zeros(len(self), dtype=bool)
        if np.any(~present & (own <= self.reach)):
            raise UsageError("a query is not in its own database: it cannot be dropped from it")
        items, hits = self.items.copy(), self.hits.copy()
        items[place[present]] -= 1
        hits[place[present]] -= labelled[present]
        return replace(
            self,
            size=self.size - 1,
            depth=self.depth - 1,
            relevant=self.relevant - labelled,
            items=items,
            hits=hits,
        )


def trimmed(
    rows: Ints,
    distances: Ints,
    items: Ints,
    hits: Ints,
    relevant: Ints,
    *,
    n_bits: int,
    size: int,
    depth: int,
    radius: int,
) -> Counts:
    """Return counts from sorted groups, without those that neither depth nor radius needs.

    What a shard knows beyond its own depth is incomplete, so it must not survive a merge.
    """
    offsets = np.searchsorted(rows, np.arange(len(relevant) + 1))
    before = items_before(items, offsets)
    keep = (before < depth) | (distances <= radius)
    if not keep.all():
        rows, distances, items, hits = rows[keep], distances[keep], items[keep], hits[keep]
        offsets = np.searchsorted(rows, np.arange(len(relevant) + 1))
    return Counts(n_bits, size, depth, radius, relevant, offsets, distances, items, hits)


def items_before(values: Ints, offsets: Ints) -> Ints:
    """Return, for each group, the sum of ``values`` over the query's earlier groups."""
    total = np.cumsum(values) - values
    starts = offsets[:-1]
    lengths = np.diff(offsets)
    bases = total[np.minimum(starts, max(len(values) - 1, 0))] if len(values) else starts * 0
    before: Ints = total - np.repeat(bases, lengths)
    return before
