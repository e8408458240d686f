"""For each check of measures, one that is broken in just that way: every check can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from hashbench.ranking import AP, Measure, Ranked
from hashbench.testing import MEASURE_CHECKS, ConformanceError, check_measure, measure_checks


@dataclass(frozen=True)
class Unregistered(AP):
    name: ClassVar[str] = "Unheard"


@dataclass(unsafe_hash=True)
class Mutable:
    """Not a Measure of ours, which would forbid it: what a stranger may hand over."""

    k: int | None = 5


@dataclass(frozen=True)
class NotANumber(AP):
    def per_query(self, ranked: Ranked) -> Any:
        relevant = ranked.relevant()
        with np.errstate(invalid="ignore"):
            return super().per_query(ranked) * (relevant / relevant)


@dataclass(frozen=True)
class PerCent(AP):
    def per_query(self, ranked: Ranked) -> Any:
        return 100 * super().per_query(ranked)


@dataclass(frozen=True)
class AgainstTheBest(AP):
    def per_query(self, ranked: Ranked) -> Any:
        values = super().per_query(ranked)
        return values - values.mean()


@dataclass(frozen=True)
class HiddenStable(AP):
    def per_query(self, ranked: Ranked) -> Any:
        return ranked.hits(self.k, "stable", "kept") / 5


@dataclass(frozen=True)
class Backwards(AP):
    def per_query(self, ranked: Ranked) -> Any:
        return 1 - super().per_query(ranked)


BROKEN: dict[str, Any] = {
    "name-round-trips": Unregistered(k=5),
    "is-a-value": Mutable(),
    "one-number-a-query": NotANumber(k=5),
    "lies-between-0-and-1": PerCent(k=5),
    "queries-are-independent": AgainstTheBest(k=5),
    "database-order-does-not-matter": HiddenStable(k=5),
    "prefers-the-better-ranking": Backwards(k=5),
}


def test_a_sound_measure_passes_every_check() -> None:
    check_measure("AP@5")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_measure_fails_its_check(name: str) -> None:
    measure: Measure = BROKEN[name]
    check = next(c for c in measure_checks(measure) if c.check.name == name)
    with pytest.raises(ConformanceError, match=rf"fails {name}: "):
        check()


def test_every_check_has_something_broken() -> None:
    assert [c.name for c in MEASURE_CHECKS] == list(BROKEN)
