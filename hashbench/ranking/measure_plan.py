"""Plan of an evaluation: its measures, and how deep the rankings must be known for them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.ranking.cutoffs import cutoffs, rank_of
from hashbench.ranking.measures import AP, Measure, Precision, RadiusPrecision, Recall, TieMass
from hashbench.ranking.naming import parse_measure
from hashbench.ranking.profiles import PROFILES, Query
from hashbench.ranking.ties import Ties, ties_named

_BLOCK_CELLS = 4_000_000
"""Groups, or list places, that a block of queries may hold at most."""


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """What is measured, and how deep the rankings must be known for it.

    Parameters
    ----------
    k : tuple of int
        Cut-offs.
    profiles : tuple of str
    ties : tuple of str
        Tie policies.
    full : bool
        Whether the whole list is ranked, too.
    extra : tuple of str
        Names of the measures beside those of the profiles.
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

    @property
    def queries(self) -> tuple[Query, ...]:
        """Whether the profiles keep the query, drop it, or some one and some the other."""
        return tuple(dict.fromkeys(PROFILES[name].query for name in self.profiles))


def make_plan(
    k: int | str | Sequence[int | str],
    profiles: Sequence[str],
    ties: Sequence[str],
    measures: Sequence[Measure | str],
    full: bool,
    n_database: int,
    self_retrieval: bool,
    scale: int = 1,
) -> MeasurePlan:
    """Check what is asked for, and list the measures and depths that it takes.

    ``scale`` is the distance that one bit of a code makes.

    Raises
    ------
    UsageError
        If a name is unknown, a cut-off is not a whole number from 1, or the database is smaller
        than the largest K (less the query, where a profile drops it).
    """
    cuts, names = cutoffs(k), tuple(dict.fromkeys(profiles))
    kinds = tuple(ties_named(tie) for tie in dict.fromkeys(ties))
    if not cuts or not names or not kinds:
        raise UsageError("at least one cut-off K, one profile and one tie policy are needed")
    for name in names:
        if name not in PROFILES:
            raise unknown("profile", name, PROFILES)
    extra = tuple(parse_measure(m) if isinstance(m, str) else m for m in measures)
    chosen = tuple(_with_counted((*_standard(cuts, names, kinds, full), *extra)))
    depth, list_depth = _depths(chosen, n_database, self_retrieval)
    return MeasurePlan(
        cuts,
        names,
        kinds,
        full,
        tuple(dict.fromkeys(map(str, extra))),
        tuple(dict.fromkeys(chosen)),
        n_database if full else depth,
        list_depth,
        max(measure.radius for measure in chosen) * scale,
    )


@functools.lru_cache(maxsize=64)
def _standard(
    k: tuple[int, ...], profiles: tuple[str, ...], ties: tuple[Ties, ...], full: bool
) -> tuple[Measure, ...]:
    """Return the measures of profiles; a board of thousands of records asks for the same ones."""
    return tuple(_of_profiles(k, profiles, ties, full))


def _of_profiles(
    k: tuple[int, ...], profiles: tuple[str, ...], ties: tuple[Ties, ...], full: bool
) -> Iterator[Measure]:
    for cut in map(rank_of, k):
        for tie in ties:
            for profile in map(PROFILES.__getitem__, profiles):
                yield AP(cut, profile.divisor, tie, profile.query, profile.empty)
                yield Precision(cut, tie, profile.query)
                yield Recall(cut, tie, profile.query)
                yield TieMass(cut, profile.query)
    for profile in map(PROFILES.__getitem__, profiles):
        yield RadiusPrecision(query=profile.query)
        if full:
            yield from (AP(None, "R", tie, profile.query) for tie in ties if tie != "stable")


def _with_counted(measures: Iterable[Measure]) -> Iterator[Measure]:
    """Yield the measures, and after each the one that its mean is divided by."""
    for measure in measures:
        yield measure
        if isinstance(measure, AP) and measure.counted is not None:
            yield measure.counted


def _depths(measures: Sequence[Measure], n_database: int, self_retrieval: bool) -> tuple[int, int]:
    """Return how deep counts and stable lists must go, checking that the database is as deep."""
    depth = list_depth = 0
    for measure in measures:
        dropped = self_retrieval and getattr(measure, "query", "kept") == "dropped"
        available = n_database - dropped
        if measure.k is not None and measure.k > available:
            without = " without the query itself" if dropped else ""
            raise UsageError(
                f"K = {measure.k}: the database has {available} items{without}; "
                f"K can be at most {available}; 'all' stands for the whole database"
            )
        reach = n_database if measure.whole_list else (measure.k or 0) + dropped
        depth = max(depth, reach)
        if getattr(measure, "ties", None) == "stable":
            list_depth = max(list_depth, reach)
    return depth, list_depth


def rows_at_once(plan: MeasurePlan, n_bits: int, n_database: int) -> int:
    """Return how many queries are ranked together, so that memory does not grow with them."""
    cells = max(min(plan.depth, n_bits + 1, n_database), plan.list_depth, 1)
    return max(64, _BLOCK_CELLS // cells)
