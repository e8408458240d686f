"""Mean values of measures, by profile, tie policy, measure and cut-off.

Records hold them as nested JSON objects, ``{"paper": {"expected": {"AP@20": 0.5}}}``. This module
is the only one that writes or reads names such as ``"AP@20"``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hashbench.ranking.cutoffs import ALL

AVERAGE_PRECISION = "AP"
"""The measure that tables and curves show."""

Place = tuple[str, str, str, int | None]
"""Profile, tie policy, measure and cut-off; None where the measure's name has none."""


class Wanted(Protocol):
    """What is asked to be measured."""

    @property
    def k(self) -> tuple[int, ...]:
        """Cut-offs."""

    @property
    def ties(self) -> tuple[str, ...]:
        """Tie policies."""

    @property
    def profiles(self) -> tuple[str, ...]:
        """Profiles."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Mean values of the measures of one set of codes.

    Parameters
    ----------
    values : mapping of (str, str, str, int or None) to float
        By profile, tie policy, measure and cut-off K; fractions in [0, 1].

    Examples
    --------
    >>> scores = Scores.from_json({"paper": {"expected": {"AP@20": 0.5, "P@20": 0.25}}})
    >>> scores.get("paper", "expected", "AP", 20), scores.get("paper", "expected", "AP", 40)
    (0.5, None)
    >>> scores.k, scores.ties, scores.profiles
    ((20,), ('expected',), ('paper',))
    """

    values: Mapping[Place, float] = field(default_factory=dict)

    def get(self, profile: str, ties: str, measure: str, k: int | None) -> float | None:
        """Return one number, or None where it was not measured."""
        return self.values.get((profile, ties, measure, k))

    def __iter__(self) -> Iterator[tuple[Place, float]]:
        """Yield places and values in the order in which they were measured."""
        return iter(self.values.items())

    @property
    def k(self) -> tuple[int, ...]:
        """Every cut-off at which average precision was measured, ascending, ``ALL`` last."""
        cuts = {k for _, _, name, k in self.values if name == AVERAGE_PRECISION and k is not None}
        return tuple(sorted(cuts))

    @property
    def ties(self) -> tuple[str, ...]:
        """Every tie policy, by name."""
        return tuple(sorted({ties for _, ties, _, _ in self.values}))

    @property
    def profiles(self) -> tuple[str, ...]:
        """Every profile, by name."""
        return tuple(sorted({profile for profile, _, _, _ in self.values}))

    def covers(self, wanted: Wanted) -> bool:
        """Whether average precision is there for each K, tie policy and profile."""
        return all(
            (profile, ties, AVERAGE_PRECISION, k) in self.values
            for profile in wanted.profiles
            for ties in wanted.ties
            for k in wanted.k
        )

    def union(self, *others: Scores) -> Scores:
        """Return the numbers of all; where two have one place, the last one's."""
        merged = dict(self.values)
        for other in others:
            merged.update(other.values)
        return Scores(merged)

    def to_json(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return nested objects: profile, tie policy, name of the measure."""
        nested: dict[str, dict[str, dict[str, float]]] = {}
        for (profile, ties, measure, k), value in self:
            name = score_name(measure, k)
            nested.setdefault(profile, {}).setdefault(ties, {})[name] = value
        return nested

    @classmethod
    def from_json(cls, nested: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Scores:
        """Take back what :meth:`to_json` returned."""
        return cls(
            {
                (profile, ties, *_parsed(name)): value
                for profile, by_ties in nested.items()
                for ties, by_name in by_ties.items()
                for name, value in by_name.items()
            }
        )


def score_name(measure: str, k: int | None) -> str:
    """Return the name of a measure at a cut-off, as records hold it.

    Examples
    --------
    >>> score_name("AP", 20)
    'AP@20'
    >>> score_name("AP", ALL)
    'AP@all'
    """
    return measure if k is None else f"{measure}@{k}"


@functools.lru_cache(maxsize=1024)
def _parsed(name: str) -> tuple[str, int | None]:
    measure, at, k = name.rpartition("@")
    if at and k == str(ALL):
        return measure, ALL
    return (measure, int(k)) if at and k.isdecimal() else (name, None)
