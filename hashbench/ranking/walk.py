"""Walk over the shards of a database: one path for counts and lists, in memory or in files.

A job says what to find out, a runner where: in this process, or elsewhere as
:mod:`hashbench.runs.executors.cluster` does on the workers of Dask. Whatever the shards and the
runner, the result is that of the whole database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts
from hashbench.ranking.engine import HammingEngine, Progress
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.shards import Shard, no_labels


class Part(Protocol):
    """What is known of consecutive items."""

    def with_next(self, other: Self, start: int) -> Self:
        """Add what is known of the items that follow, the first at position ``start`` of ours."""


P = TypeVar("P", bound=Part)


class ShardJob(Protocol[P]):
    """What to find out about a database for some queries."""

    @property
    def engine(self) -> str:
        """See :func:`hashbench.ranking.prepare`."""

    @property
    def threads(self) -> int | None:
        """All cores by default."""

    @property
    def labelled(self) -> bool:
        """Whether the database's labels are needed."""

    def of_block(self, block: HammingEngine, before: P | None) -> P:
        """Look at one block; ``before`` is what is known of the items before it, if any is."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts, and lists where positions are needed, of consecutive items of a database."""

    counts: Counts
    lists: RankedLists | None

    def with_next(self, other: Tally, start: int) -> Tally:
        """Add the items that follow, the first of them at position ``start`` of ours."""
        lists = None
        if self.lists is not None and other.lists is not None:
            lists = self.lists.with_next(other.lists, start)
        return Tally(Counts.merge([self.counts, other.counts]), lists)


@dataclass(frozen=True, slots=True)
class CountJob:
    """Count items and relevant items at each distance, for evaluation.

    Parameters
    ----------
    query : BinaryCodes
    labels : Labels
    depth, list_depth, radius : int
        Rank to which counts and stable lists must reach, 0 for no lists; distance to which counts
        are complete.
    engine : str
        See :func:`hashbench.ranking.prepare`.
    threads : int, optional
        All cores by default.
    """

    query: BinaryCodes
    labels: Labels
    depth: int
    list_depth: int
    radius: int
    engine: str = "numba"
    threads: int | None = None

    @property
    def labelled(self) -> bool:
        """Relevance is a matter of labels."""
        return True

    def of_block(self, block: HammingEngine, before: Tally | None) -> Tally:
        """Count one block. What lies beyond the reach of the items before it is left out."""
        counts = block.count(
            self.query,
            self.labels,
            depth=self.depth,
            radius=self.radius,
            bound=None if before is None else before.counts.reach,
        )
        lists = None
        if self.list_depth:
            bound = None if before is None or before.lists is None else before.lists.reach
            lists = block.lists(self.query, self.labels, depth=self.list_depth, bound=bound)
        return Tally(counts, lists)


@dataclass(frozen=True, slots=True)
class ListJob:
    """List the nearest items in database order, for search.

    Parameters
    ----------
    query : BinaryCodes
    depth : int
        Items a query.
    engine : str
        See :func:`hashbench.ranking.prepare`.
    threads : int, optional
        All cores by default.
    """

    query: BinaryCodes
    depth: int
    engine: str = "numba"
    threads: int | None = None

    @property
    def labelled(self) -> bool:
        """Labels are looked up afterwards, for what was found."""
        return False

    def of_block(self, block: HammingEngine, before: RankedLists | None) -> RankedLists:
        """Search one block, for items nearer than those before it."""
        bound = None if before is None else before.reach
        return block.lists(self.query, no_labels(len(self.query)), depth=self.depth, bound=bound)


class Runner(Protocol):
    """Visits shards, here or elsewhere; after each, in order, gives what all up to it give."""

    def __call__(self, shards: Sequence[Shard], job: ShardJob[P]) -> Iterable[P]:
        """Yield one result a shard, the last of which is that of the whole database."""


def visit(shard: Shard, job: ShardJob[P], before: P | None = None) -> P:
    """Do a job in one shard, block by block; no more than a block of it is in memory.

    Each block is told how far the items before it leave a query to look. With ``before``, what all
    shards before this one gave, that is what it starts from, and what it adds to. Otherwise
    positions count from the shard's first item.
    """
    total, first = before, shard.start if before is None else 0
    for position, block in shard.engines(job.engine, job.threads, labelled=job.labelled):
        part = job.of_block(block, total)
        total = part if total is None else total.with_next(part, position - first)
    if total is None:
        raise DataError(f"{shard.name}: holds no codes")
    return total


def serial(shards: Sequence[Shard], job: ShardJob[P]) -> Iterator[P]:
    """Visit shards one after the other in this process, each from what those before it gave."""
    total: P | None = None
    for shard in shards:
        total = visit(shard, job, total)
        yield total


def walk(
    shards: Sequence[Shard],
    job: ShardJob[P],
    runner: Runner = serial,
    visited: Callable[[int], None] | None = None,
) -> P:
    """Do a job in all shards of a database; return what they give together.

    Parameters
    ----------
    shards : sequence of Shard
        In database order; at least one.
    job : ShardJob
    runner : callable
        What visits the shards.
    visited : callable, optional
        Called with the number of shards done.
    """
    total: P | None = None
    for number, part in enumerate(runner(shards, job), start=1):
        total = part
        if visited is not None:
            visited(number)
    assert total is not None
    return total


def query_blocks(
    n_query: int, step: int, n_shards: int, progress: Progress | None
) -> Iterator[tuple[slice, Callable[[int], None]]]:
    """Yield blocks of queries that are walked together, so that memory does not grow with them.

    Each comes with what to call with the number of shards done: ``progress`` is then told of the
    queries done and of queries in all, a query counting once a shard.
    """
    for start in range(0, n_query, step):
        rows = slice(start, min(start + step, n_query))

        def visited(shards: int, rows: slice = rows) -> None:
            if progress is not None:
                done = rows.start * n_shards + (rows.stop - rows.start) * shards
                progress(done, n_query * n_shards)

        yield rows, visited
