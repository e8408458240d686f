"""Evaluation: from codes and labels to every measure, in one pass over the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels, same_ids
from hashbench.ranking.beside import Beside
from hashbench.ranking.clusters import ClassClusters
from hashbench.ranking.counts import Counts
from hashbench.ranking.curve import PrecisionRecall, RankCurve
from hashbench.ranking.engine import Progress, check_lengths, check_query
from hashbench.ranking.evaluation import Evaluation
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.measure_plan import MeasurePlan, make_plan, rows_at_once
from hashbench.ranking.measures import Measure
from hashbench.ranking.profiles import Query
from hashbench.ranking.ranked import Ranked
from hashbench.ranking.shards import MemoryShard, Shard
from hashbench.ranking.spherical import spherical_ranked
from hashbench.ranking.walk import CountJob, Runner, query_blocks, serial, walk
from hashbench.ternary import as_queries, own_distances


def evaluate(
    query: BinaryCodes,
    database: BinaryCodes,
    query_labels: Labels,
    database_labels: Labels,
    *,
    k: int | str | Sequence[int | str] = (20, 40, 60, 80, 100),
    profiles: Sequence[str] = ("paper", "official", "strict"),
    ties: Sequence[str] = ("expected",),
    self_retrieval: bool = False,
    measures: Sequence[Measure | str] = (),
    full: bool = True,
    engine: str = "numba",
    progress: Progress | None = None,
    threads: int | None = None,
    features: tuple[NDArray[Any], NDArray[Any]] | None = None,
    values: NDArray[Any] | None = None,
) -> Evaluation:
    """Rank the database for each query by Hamming distance and measure the rankings.

    Parameters
    ----------
    query, database : BinaryCodes
        Of one width.
    query_labels, database_labels : Labels
        Two videos are relevant to each other when they share a label.
    k : int, "all" or sequence of these
        Cut-offs of AP@K, P@K, R@K and the tie mass; "all" is the whole database.
    profiles : sequence of str
        Of :data:`hashbench.ranking.PROFILES`.
    ties : sequence of {"expected", "optimistic", "pessimistic", "stable"}
        ``stable`` is database order.
    self_retrieval : bool
        Whether query ``i`` is item ``i`` of the database.
    measures : sequence of Measure or str
        Measured beside those of the profiles.
    full : bool
        Also rank the whole list: full-list mAP and the precision-recall curve. This looks at
        every pair, where cut-offs alone look at few.
    engine : {"numba", "numpy", "torch"}
    progress : callable, optional
        Called with (queries done, queries in all).
    threads : int, optional
        All cores by default.
    features : (ndarray, ndarray), optional
        Of queries (n_query, dims) and database (n, dims), for measures of rescoring.
    values : ndarray, shape (n_query, L), optional
        What the queries' codes are the signs of, for asymmetric measures.

    Returns
    -------
    Evaluation

    Raises
    ------
    UsageError
        If lengths, widths, names or cut-offs do not fit; a database smaller than the largest K
        is refused.

    Examples
    --------
    >>> codes = BinaryCodes.from_bits([[0, 0], [0, 1], [1, 1], [1, 0]])
    >>> labels = Labels.from_array([0, 0, 1, 1])
    >>> measured = evaluate(codes, codes, labels, labels, k=[2], self_retrieval=True)
    >>> round(measured.scores.get("strict", "expected", "AP", 2), 3)
    0.75
    """
    check_lengths("query set", query, query_labels)
    check_lengths("database", database, database_labels)
    check_query(query, query_labels, database, database_labels)
    if self_retrieval and len(query) != len(database):
        raise UsageError(
            f"self-retrieval ranks one set against itself, but there are {len(query)} queries "
            f"and {len(database)} database items"
        )
    sides = (query, query_labels), (database, database_labels)
    beside = None
    if features is not None or values is not None:
        beside = Beside(*sides, features, values, self_retrieval)
        beside.check()
    return evaluate_shards(
        [MemoryShard(database, database_labels)],
        (query, query_labels),
        k=k,
        profiles=profiles,
        ties=ties,
        self_retrieval=self_retrieval,
        measures=measures,
        full=full,
        engine=engine,
        progress=progress,
        threads=threads,
        beside=beside,
    )


def evaluate_shards(
    shards: Sequence[Shard],
    query: tuple[BinaryCodes, Labels] | None = None,
    *,
    k: int | str | Sequence[int | str] = (20, 40, 60, 80, 100),
    profiles: Sequence[str] = ("paper", "official", "strict"),
    ties: Sequence[str] = ("expected",),
    self_retrieval: bool | None = None,
    measures: Sequence[Measure | str] = (),
    full: bool = False,
    engine: str = "numba",
    runner: Runner = serial,
    progress: Progress | None = None,
    threads: int | None = None,
    beside: Beside | None = None,
) -> Evaluation:
    """Measure rankings of a database in shards; equal to the last bit to those of the whole.

    Parameters
    ----------
    shards : sequence of Shard
        In database order.
    query : (BinaryCodes, Labels), optional
        By default each item of the database is a query.
    self_retrieval : bool, optional
        Whether query ``i`` is item ``i`` of the database; by default where no query is given.
    runner : callable
        What visits the shards.
    progress : callable, optional
        Called with (queries done, queries in all). A query counts once a shard.
    k, profiles, ties, measures, full, engine, threads
        As in :func:`evaluate`.
    beside : Beside, optional
        For measures that look at more than codes and labels.

    Raises
    ------
    UsageError
        If queries and database do not fit each other, or a name or cut-off is wrong.
    """
    size = sum(len(shard) for shard in shards)
    n_bits, n_query = shards[0].n_bits, size if query is None else len(query[0])
    if query is not None:
        _check_fit(query, shards[0])
    own = query is None if self_retrieval is None else self_retrieval
    scale = shards[0].scale
    plan = make_plan(k, profiles, ties, measures, full, size, own, scale)
    clusters = ClassClusters()

    def rankings() -> Iterator[Ranked]:
        step = rows_at_once(plan, n_bits, size)
        for rows, visited in query_blocks(n_query, step, len(shards), progress):
            codes, labels = _queries(shards, query, rows)
            job = CountJob(
                as_queries(codes), labels, plan.depth, plan.list_depth, plan.radius, engine, threads
            )
            tally = walk(shards, job, runner, visited)
            labelled: NDArray[np.bool_] = np.any(labels.multi_hot, axis=1)
            positions = np.arange(rows.start, rows.stop) if own else None
            if own:
                clusters.add(labels)
            away = None if scale == 1 else own_distances(codes)
            spherical = None
            if any(measure.distance == "spherical" for measure in plan.measures):
                if scale != 1:
                    raise UsageError("SphericalAP: bits of codes with zeros are neither 0 nor 1")
                spherical = spherical_ranked(
                    shards, codes, labels, own=positions, labelled=labelled
                )
            yield Ranked(
                tally.counts, positions, labelled, tally.lists, beside, rows, scale, away, spherical
            )

    found = measured(rankings(), plan, n_database=size, n_bits=n_bits, scale=scale)
    return replace(found, clusters=clusters.found()) if own else found


def _queries(
    shards: Sequence[Shard], query: tuple[BinaryCodes, Labels] | None, rows: slice
) -> tuple[BinaryCodes, Labels]:
    """Return some queries; where they are items of the database, they may lie in several shards."""
    if query is not None:
        return query[0][rows], query[1][rows]
    codes, labels = [], []
    for shard in shards:
        low, high = max(rows.start - shard.start, 0), min(rows.stop - shard.start, len(shard))
        if low < high:
            part = shard.read(low, high)
            codes.append(part[0])
            labels.append(part[1].multi_hot)
    return BinaryCodes.concatenate(codes), Labels(np.concatenate(labels), shards[0].class_ids)


def _check_fit(query: tuple[BinaryCodes, Labels], shard: Shard) -> None:
    codes, labels = query
    if codes.scale != shard.scale:
        raise UsageError(
            f"query codes and {shard.name} must be of one kind: one has three values, one has bits"
        )
    if codes.n_bits != shard.n_bits:
        raise UsageError(
            f"query codes have {codes.n_bits} bits, {shard.name} {shard.n_bits}; "
            "queries and database must be of one width"
        )
    if labels.n_classes != shard.n_classes:
        raise UsageError(
            f"query labels have {labels.n_classes} classes, the database's {shard.n_classes}; "
            "both must be of one set"
        )
    if not same_ids(labels.class_ids, shard.class_ids):
        raise UsageError(
            f"query labels number other class ids than {shard.name}; give query_ids to open_shards"
        )


def measured(
    blocks: Iterator[Ranked], plan: MeasurePlan, *, n_database: int, n_bits: int, scale: int = 1
) -> Evaluation:
    """Measure rankings block by block, keeping only the values of each query."""
    values: dict[str, list[NDArray[np.float64]]] = {str(m): [] for m in plan.measures}
    curve = PrecisionRecall(n_bits, scale) if plan.full else None
    by_rank = {query: RankCurve() for query in plan.queries} if plan.full else {}
    without = {"kept": 0, "dropped": 0}
    self_retrieval = False
    for ranked in blocks:
        self_retrieval = ranked.own is not None
        for measure in plan.measures:
            values[str(measure)].append(measure.per_query(ranked))
        queries: tuple[Query, ...] = ("kept", "dropped")
        for which in queries:
            without[which] += int(np.count_nonzero(ranked.relevant(which) == 0))
        if curve is not None:
            curve.add(ranked.kept)
        for which, one in by_rank.items():
            one.add(ranked.counts(which))
    per_query = {name: np.concatenate(parts) for name, parts in values.items()}
    return Evaluation(
        per_query=per_query,
        k=plan.k,
        profiles=plan.profiles,
        ties=plan.ties,
        n_query=len(next(iter(per_query.values()))),
        n_database=n_database,
        n_bits=n_bits // scale,
        self_retrieval=self_retrieval,
        queries_without_relevant=without,
        extra=plan.extra,
        curve={} if curve is None else curve.means(),
        full=plan.full,
        by_rank={which: one.means() for which, one in by_rank.items()},
    )


def evaluate_counts(
    counts: Counts,
    plan: MeasurePlan,
    *,
    own: NDArray[np.int64] | None = None,
    labelled: NDArray[np.bool_] | None = None,
    lists: RankedLists | None = None,
) -> Evaluation:
    """Measure counts (and lists) that were gathered elsewhere, such as merged shards."""
    ranked = Ranked(counts, own, labelled, lists)
    return measured(iter([ranked]), plan, n_database=counts.size, n_bits=counts.n_bits)
