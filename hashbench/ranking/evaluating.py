"""From codes and labels to every measure, in one pass over the pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.names import unknown
from hashbench.ranking.clusters import class_clusters
from hashbench.ranking.counts import Counts
from hashbench.ranking.curve import Curve
from hashbench.ranking.engine import (
    HammingEngine,
    Progress,
    check_lengths,
    check_query,
    prepare,
)
from hashbench.ranking.evaluation import Evaluation
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.measures import AP, Measure, Precision, RadiusPrecision, Recall, TieMass
from hashbench.ranking.naming import parse_measure
from hashbench.ranking.profiles import PROFILES, Query
from hashbench.ranking.ranked import Ranked
from hashbench.ranking.ties import Ties, ties_named

_BLOCK_CELLS = 4_000_000
"""Groups, or list places, that a block of queries may hold at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how deep the rankings must be known for it.

    Parameters
    ----------
    measures : tuple of Measure
    depth, list_depth : int
        Rank to which counts and stable lists are needed; 0 for no lists.
    radius : int
        Distance to which counts must be complete.
    """

    k: tuple[int, ...]
    profiles: tuple[str, ...]
    ties: tuple[Ties, ...]
    full: bool
    extra: tuple[str, ...]
    measures: tuple[Measure, ...]
    depth: int
    list_depth: int
    radius: int


def evaluate(
    query: BinaryCodes,
    database: BinaryCodes,
    query_labels: Labels,
    database_labels: Labels,
    *,
    k: Sequence[int] = (20, 40, 60, 80, 100),
    profiles: Sequence[str] = ("paper", "official", "strict"),
    ties: Sequence[str] = ("expected",),
    self_retrieval: bool = False,
    measures: Sequence[Measure | str] = (),
    full: bool = True,
    engine: str = "numba",
    progress: Progress | None = None,
    threads: int | None = None,
) -> Evaluation:
    """Rank the database for each query by Hamming distance and measure the rankings.

    Parameters
    ----------
    query, database : BinaryCodes
        Of one width.
    query_labels, database_labels : Labels
        Two videos are relevant to each other when they share a label.
    k : sequence of int
        Cut-offs of AP@K, P@K, R@K and the tie mass.
    profiles : sequence of {"paper", "official", "strict"}
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
        All cores unless told.

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
    >>> round(measured.summary()["profiles"]["strict"]["expected"]["AP@2"], 3)
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
    plan = make_plan(k, profiles, ties, measures, full, len(database), self_retrieval)
    ranker = prepare(database, database_labels, engine=engine, threads=threads)
    own = np.arange(len(query)) if self_retrieval else None
    blocks = _blocks(ranker, query, query_labels, plan, own, len(database), progress)
    found = measured(blocks, plan, n_database=len(database), n_bits=query.n_bits)
    return replace(found, clusters=class_clusters(query_labels)) if self_retrieval else found


def make_plan(
    k: Sequence[int],
    profiles: Sequence[str],
    ties: Sequence[str],
    measures: Sequence[Measure | str],
    full: bool,
    n_database: int,
    self_retrieval: bool,
) -> Plan:
    """Check what is asked for, and list the measures and depths that it takes.

    Raises
    ------
    UsageError
        If a name is unknown, a cut-off is not a whole number from 1, or the database is smaller
        than the largest K (less the query, where a profile drops it).
    """
    cuts, names = tuple(dict.fromkeys(k)), tuple(dict.fromkeys(profiles))
    kinds = tuple(ties_named(tie) for tie in dict.fromkeys(ties))
    if not cuts or not names or not kinds:
        raise UsageError("at least one cut-off K, one profile and one tie policy are needed")
    for name in names:
        if name not in PROFILES:
            raise unknown("profile", name, PROFILES)
    extra = tuple(parse_measure(m) if isinstance(m, str) else m for m in measures)
    chosen = (*_standard(cuts, names, kinds, full), *extra)
    depth, list_depth = _depths(chosen, n_database, self_retrieval)
    return Plan(
        cuts,
        names,
        kinds,
        full,
        tuple(dict.fromkeys(map(str, extra))),
        tuple(dict.fromkeys(chosen)),
        n_database if full else depth,
        list_depth,
        max(measure.radius for measure in chosen),
    )


def _standard(
    k: tuple[int, ...], profiles: tuple[str, ...], ties: tuple[Ties, ...], full: bool
) -> Iterator[Measure]:
    for cut in k:
        for tie in ties:
            for profile in map(PROFILES.__getitem__, profiles):
                yield AP(cut, profile.divisor, tie, profile.query)
                yield Precision(cut, tie, profile.query)
                yield Recall(cut, tie, profile.query)
                yield TieMass(cut, profile.query)
    for profile in map(PROFILES.__getitem__, profiles):
        yield RadiusPrecision(query=profile.query)
        if full:
            yield from (AP(None, "R", tie, profile.query) for tie in ties if tie != "stable")


def _depths(measures: Sequence[Measure], n_database: int, self_retrieval: bool) -> tuple[int, int]:
    """Return how deep counts and stable lists must go, checking that the database is as deep."""
    depth = list_depth = 0
    for measure in measures:
        dropped = self_retrieval and getattr(measure, "query", "kept") == "dropped"
        available = n_database - dropped
        if measure.k is not None and measure.k > available:
            without = " without the query itself" if dropped else ""
            raise UsageError(
                f"{measure}: the database has {available} items{without}; "
                f"K can be at most {available}"
            )
        reach = n_database if measure.whole_list else (measure.k or 0) + dropped
        depth = max(depth, reach)
        if getattr(measure, "ties", None) == "stable":
            list_depth = max(list_depth, reach)
    return depth, list_depth


def rows_at_once(plan: Plan, n_bits: int, n_database: int) -> int:
    """Return how many queries are ranked together, so that memory does not grow with them."""
    cells = max(min(plan.depth, n_bits + 1, n_database), plan.list_depth, 1)
    return max(64, _BLOCK_CELLS // cells)


def _blocks(
    ranker: HammingEngine,
    query: BinaryCodes,
    labels: Labels,
    plan: Plan,
    own: NDArray[np.int64] | None,
    n_database: int,
    progress: Progress | None,
) -> Iterator[Ranked]:
    labelled: NDArray[np.bool_] = np.any(labels.multi_hot, axis=1)
    step = rows_at_once(plan, query.n_bits, n_database)
    for start in range(0, len(query), step):
        rows = slice(start, min(start + step, len(query)))
        block, block_labels = query[rows], labels[rows]
        counts = ranker.count(block, block_labels, depth=plan.depth, radius=plan.radius)
        lists: RankedLists | None = None
        if plan.list_depth:
            lists = ranker.lists(block, block_labels, depth=plan.list_depth)
        yield Ranked(counts, None if own is None else own[rows], labelled[rows], lists)
        if progress is not None:
            progress(rows.stop, len(query))


def measured(blocks: Iterator[Ranked], plan: Plan, *, n_database: int, n_bits: int) -> Evaluation:
    """Measure rankings block by block, keeping only the values of each query."""
    values: dict[str, list[NDArray[np.float64]]] = {str(m): [] for m in plan.measures}
    curve = Curve(n_bits) if plan.full else None
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
    per_query = {name: np.concatenate(parts) for name, parts in values.items()}
    return Evaluation(
        per_query=per_query,
        k=plan.k,
        profiles=plan.profiles,
        ties=plan.ties,
        n_query=len(next(iter(per_query.values()))),
        n_database=n_database,
        n_bits=n_bits,
        self_retrieval=self_retrieval,
        queries_without_relevant=without,
        extra=plan.extra,
        curve={} if curve is None else curve.means(),
        full=plan.full,
    )


def evaluate_counts(
    counts: Counts,
    plan: Plan,
    *,
    own: NDArray[np.int64] | None = None,
    labelled: NDArray[np.bool_] | None = None,
    lists: RankedLists | None = None,
) -> Evaluation:
    """Measure counts (and lists) that were gathered elsewhere, such as merged shards."""
    ranked = Ranked(counts, own, labelled, lists)
    return measured(iter([ranked]), plan, n_database=counts.size, n_bits=counts.n_bits)
