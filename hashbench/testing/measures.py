"""The conformance checks of measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hashbench.ranking import Counts, Measure, Ranked, RankedLists, parse_measure
from hashbench.testing.checks import BoundCheck, Check, bind, run_all

_BITS = 8
_QUERIES, _ITEMS = 25, 40


@dataclass(frozen=True)
class _World:
    """Distances and relevance of a small ranking, made without the engine."""

    distances: NDArray[np.int64]
    relevant: NDArray[np.bool_]

    @classmethod
    def random(cls) -> _World:
        rng = np.random.default_rng(5)
        distances = rng.integers(0, _BITS + 1, (_QUERIES, _ITEMS))
        relevant = rng.random((_QUERIES, _ITEMS)) < rng.random((_QUERIES, 1))
        relevant[0] = False  # a query without any answer
        distances[1] = 3  # nothing but ties
        return cls(distances, relevant)

    def take(self, queries: NDArray[np.int64]) -> _World:
        return _World(self.distances[queries], self.relevant[queries])

    def shuffled(self, seed: int) -> _World:
        order = np.random.default_rng(seed).permutation(_ITEMS)
        return _World(self.distances[:, order], self.relevant[:, order])

    def ranked(self) -> Ranked:
        """Return what a measure is given: counts by distance, and stable lists.

        What they hold by Hamming distance stands for the spherical one, too.
        """
        cells = self.distances[..., None] == np.arange(_BITS + 1)
        order = np.argsort(self.distances, axis=1, kind="stable")
        counts = Counts.from_dense(
            cells.sum(axis=1),
            (cells & self.relevant[..., None]).sum(axis=1),
            self.relevant.sum(axis=1),
            size=_ITEMS,
            depth=_ITEMS,
            radius=_BITS,
        )
        lists = RankedLists(
            _ITEMS,
            np.take_along_axis(self.distances, order, axis=1).astype(np.uint16),
            order,
            np.take_along_axis(self.relevant, order, axis=1),
        )
        return Ranked(counts, lists=lists, spherical=Ranked(counts))


def name_round_trips(measure: Measure) -> None:
    again = parse_measure(str(measure))
    assert again == measure, f"{measure} is read back as {again!r}"
    assert str(again) == str(measure), f"{measure} is written as {again} the second time"


def is_a_value(measure: Measure) -> None:
    assert hash(measure) == hash(replace(measure)), "equal, yet hashed apart"
    try:
        measure.k = 1  # type: ignore[misc]
    except FrozenInstanceError:
        return
    raise AssertionError("its fields can be changed")


def one_number_a_query(measure: Measure) -> None:
    values = measure.per_query(_World.random().ranked())
    assert values.shape == (_QUERIES,), f"shape {values.shape} for {_QUERIES} queries"
    assert values.dtype == np.float64, f"values are {values.dtype}"
    assert np.isfinite(values).all(), f"{np.count_nonzero(~np.isfinite(values))} are not finite"


def lies_between_0_and_1(measure: Measure) -> None:
    values = measure.per_query(_World.random().ranked())
    low, high = float(values.min()), float(values.max())
    assert low >= 0, f"the least value is {low}"
    assert high <= 1 + 1e-12, f"the largest value is {high}"


def queries_are_independent(measure: Measure) -> None:
    world = _World.random()
    values = measure.per_query(world.ranked())
    order = np.random.default_rng(1).permutation(_QUERIES)[:10]
    some = measure.per_query(world.take(order).ranked())
    assert np.allclose(some, values[order], atol=1e-12), "a query's value depends on the others"


def database_order_does_not_matter(measure: Measure) -> None:
    if getattr(measure, "ties", None) == "stable":
        return  # the one policy that says that it does
    world = _World.random()
    values = measure.per_query(world.ranked())
    other = measure.per_query(world.shuffled(2).ranked())
    assert np.allclose(values, other, atol=1e-12), "values change with the order of the database"


def prefers_the_better_ranking(measure: Measure) -> None:
    near = _World.random()
    best = _World(np.where(near.relevant, 0, _BITS), near.relevant)
    worst = _World(np.where(near.relevant, _BITS, 0), near.relevant)
    gap = (measure.per_query(best.ranked()) - measure.per_query(worst.ranked())).mean()
    assert gap > 0, f"the best ranking scores {gap:+.3g} against the worst"


MEASURE_CHECKS = (
    Check(
        "name-round-trips",
        "records, which keep a measure by its name",
        "make it a frozen dataclass whose fields are strings and numbers, and register its name",
        name_round_trips,
    ),
    Check(
        "is-a-value",
        "sets and tables keyed by measures",
        "decorate it with @dataclass(frozen=True)",
        is_a_value,
    ),
    Check(
        "one-number-a-query",
        "statistics over queries, where one NaN spoils every mean",
        "return float64 of shape (n_query,), and 0 where the value is not defined",
        one_number_a_query,
    ),
    Check(
        "lies-between-0-and-1",
        "tables in percent",
        "normalise it; declare an exception where the measure has another range",
        lies_between_0_and_1,
    ),
    Check(
        "queries-are-independent",
        "evaluation in blocks and over shards",
        "use only the counts of a query for its value",
        queries_are_independent,
    ),
    Check(
        "database-order-does-not-matter",
        "numbers that a class-sorted database does not move",
        "work on counts by distance, or name the field `ties` and its value 'stable'",
        database_order_does_not_matter,
    ),
    Check(
        "prefers-the-better-ranking",
        "readers, to whom a larger value means a better ranking",
        "turn its sign; declare an exception where it does not judge the ranking",
        prefers_the_better_ranking,
    ),
)


def measure_checks(
    measure: str | Measure, *, exceptions: Mapping[str, str] | None = None
) -> list[BoundCheck]:
    """Return the checks of one measure, for :func:`parametrize_with_checks`.

    Parameters
    ----------
    measure : str or Measure
        Such as ``"AP@20"``.
    exceptions : mapping of str to str, optional
        Names of checks that are known to fail, each with the reason.
    """
    value = parse_measure(measure) if isinstance(measure, str) else measure
    return bind(str(value), MEASURE_CHECKS, value, exceptions)


def check_measure(measure: str | Measure, *, exceptions: Mapping[str, str] | None = None) -> None:
    """Run all checks of one measure; the arguments are those of :func:`measure_checks`.

    Raises
    ------
    ConformanceError
        With every check that failed, what it protects and how to mend it.
    """
    run_all(measure_checks(measure, exceptions=exceptions))
