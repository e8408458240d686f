"""Exact evaluation over shards: counts of each are added, and measured like those of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts
from hashbench.ranking.engine import prepare
from hashbench.ranking.evaluating import Plan, make_plan, measured, rows_at_once
from hashbench.ranking.evaluation import Evaluation
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.ranked import Ranked
from hashbench.ranking.shards import Shard, one_by_one


@dataclass(frozen=True, slots=True)
class Job:
    """What to find out about a shard for some queries.

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
        All cores unless told.
    """

    query: BinaryCodes
    labels: Labels
    depth: int
    list_depth: int
    radius: int
    engine: str = "numba"
    threads: int | None = None


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


Counter = Callable[[Sequence[Shard], Job], Iterable[Tally]]
"""Tallies shards, here or on a cluster; after each, in order, gives that of all up to it."""


def tally(shard: Shard, job: Job, before: Tally | None = None) -> Tally:
    """Count one shard, block by block; no more than a block of it is in memory.

    Each block is told how far the items before it leave a query to look. With ``before``, the
    tally of all shards before this one, that is what it starts from, and what it adds to.
    """
    total, first = before, shard.start if before is None else 0
    for position, codes, labels in shard.blocks():
        engine = prepare(codes, labels, engine=job.engine, threads=job.threads)
        counts = engine.count(
            job.query,
            job.labels,
            depth=job.depth,
            radius=job.radius,
            bound=None if total is None else total.counts.reach,
        )
        lists = None
        if job.list_depth:
            known = None if total is None or total.lists is None else total.lists.reach
            lists = engine.lists(job.query, job.labels, depth=job.list_depth, bound=known)
        part = Tally(counts, lists)
        total = part if total is None else total.with_next(part, position - first)
    if total is None:
        raise DataError(f"{shard.codes.path}: holds no codes")
    return total


def here(shards: Sequence[Shard], job: Job) -> Iterator[Tally]:
    """Tally shards one after the other in this process."""
    return one_by_one(tally, shards, job)


def evaluate_shards(
    shards: Sequence[Shard],
    query: tuple[BinaryCodes, Labels] | None = None,
    *,
    k: Sequence[int] = (20, 40, 60, 80, 100),
    profiles: Sequence[str] = ("paper", "official", "strict"),
    ties: Sequence[str] = ("expected",),
    measures: Sequence[str] = (),
    full: bool = False,
    engine: str = "numba",
    threads: int | None = None,
    counter: Counter = here,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Measure rankings of a database in shards; equal to the last bit to those of the whole.

    Parameters
    ----------
    shards : sequence of Shard
        In database order.
    query : (BinaryCodes, Labels), optional
        By default each item of the database is a query.
    k, profiles, ties, measures, full, engine, threads
        As in :func:`hashbench.ranking.evaluate`.
    counter : callable
        What tallies the shards.
    progress : callable, optional
        Called with (shards done, shards in all); each pass over the database counts anew.

    Raises
    ------
    UsageError
        If queries and database do not fit each other, or a name or cut-off is wrong.
    """
    size = sum(len(shard) for shard in shards)
    n_bits, n_query = shards[0].n_bits, size if query is None else len(query[0])
    if query is not None:
        _check(query, shards[0])
    plan = make_plan(k, profiles, ties, measures, full, size, query is None)
    step = rows_at_once(plan, n_bits, size)
    total = len(shards) * -(-n_query // step)

    def rankings() -> Iterator[Ranked]:
        done = 0
        for start in range(0, n_query, step):
            stop = min(start + step, n_query)
            codes, labels = _queries(shards, query, start, stop)
            job = Job(codes, labels, plan.depth, plan.list_depth, plan.radius, engine, threads)
            whole: Tally | None = None
            for latest in counter(shards, job):
                whole = latest
                done += 1
                if progress is not None:
                    progress(done, total)
            yield _ranked(whole, labels, plan, start if query is None else None)

    return measured(rankings(), plan, n_database=size, n_bits=n_bits)


def _ranked(whole: Tally | None, labels: Labels, plan: Plan, first: int | None) -> Ranked:
    assert whole is not None
    own = None if first is None else np.arange(first, first + len(labels))
    labelled = np.any(labels.multi_hot, axis=1)
    return Ranked(whole.counts, own, labelled, whole.lists if plan.list_depth else None)


def _queries(
    shards: Sequence[Shard], query: tuple[BinaryCodes, Labels] | None, start: int, stop: int
) -> tuple[BinaryCodes, Labels]:
    """Return queries ``start`` to ``stop``; items of the database may lie in several shards."""
    if query is not None:
        return query[0][start:stop], query[1][start:stop]
    codes, labels = [], []
    for shard in shards:
        low, high = max(start - shard.start, 0), min(stop - shard.start, len(shard))
        if low < high:
            part = shard.read(low, high)
            codes.append(part[0])
            labels.append(part[1].multi_hot)
    return BinaryCodes.concatenate(codes), Labels(np.concatenate(labels))


def _check(query: tuple[BinaryCodes, Labels], shard: Shard) -> None:
    codes, labels = query
    if codes.n_bits != shard.n_bits:
        raise UsageError(
            f"query codes have {codes.n_bits} bits, {shard.codes.path} {shard.n_bits}; "
            "queries and database must be of one width"
        )
    if labels.n_classes != shard.n_classes:
        raise UsageError(
            f"query labels have {labels.n_classes} classes, the database's {shard.n_classes}; "
            "both must be of one set"
        )
