"""Measures as values: ``str(measure)`` is a name that ``parse_measure`` reads back.

>>> from hashbench.ranking.naming import parse_measure
>>> str(AP(20))
'AP(divisor="min(R,K)", ties="expected", query="kept")@20'
>>> parse_measure("ap(divisor='K')@5")
AP(k=5, divisor='K', ties='expected', query='kept', empty='zero')
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from dataclasses import Field, dataclass, field, fields
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.ranking.profiles import DIVISORS, EMPTIES, QUERIES, Divisor, Empty, Query
from hashbench.ranking.ranked import Ranked
from hashbench.ranking.ties import TIES, Floats, Ties

_CHOICES: dict[str, tuple[str, ...]] = {
    "divisor": DIVISORS,
    "ties": TIES,
    "query": QUERIES,
    "empty": EMPTIES,
}


@dataclass(frozen=True)
class Measure(ABC):
    """One number a query, computed from counts.

    A subclass is a frozen dataclass; each field but ``k`` becomes an argument in its name.

    Parameters
    ----------
    k : int, optional
        Rank of the cut-off, written after ``@``; None stands for the whole list.
    """

    k: int | None = None

    name: ClassVar[str]
    distance: ClassVar[str] = "hamming"
    """What the items are ranked by; "spherical" is for :class:`SphericalAP` and its like."""

    def __post_init__(self) -> None:
        if self.k is not None and (not isinstance(self.k, Integral) or self.k < 1):
            raise UsageError(f"{self.name}@{self.k}: the cut-off must be a whole number from 1")
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in _CHOICES and value not in _CHOICES[one.name]:
                raise unknown(f"{one.name} of {self.name}", str(value), _CHOICES[one.name])

    @abstractmethod
    def per_query(self, ranked: Ranked) -> Floats:
        """Return the value of each query, float64 of shape (n_query,)."""

    @property
    def whole_list(self) -> bool:
        """Whether the counts of the whole list are needed."""
        return self.k is None

    @property
    def radius(self) -> int:
        """Distance to which counts must be complete; -1 for none."""
        return -1

    def __str__(self) -> str:
        return self._text

    @functools.cached_property
    def _text(self) -> str:
        arguments = [
            f"{one.name}={_literal(getattr(self, one.name))}"
            for one in fields(self)
            if one.name != "k" and not _unsaid(one, getattr(self, one.name))
        ]
        cut = "" if self.k is None else f"@{self.k}"
        return f"{self.name}({', '.join(arguments)}){cut}"


def _unsaid(argument: Field[Any], value: Any) -> bool:
    """Whether a name leaves an argument out, so that names from before it stay what they were."""
    return bool(argument.metadata.get("unsaid")) and bool(value == argument.default)


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class AP(Measure):
    """Average precision, 1/divisor * sum over ranks i <= K of I_i * R_i / i.

    I_i says whether rank i holds a relevant item, R_i how many ranks up to i do. Without a
    cut-off the sum runs over the whole list, and K in the divisor is its length.

    Parameters
    ----------
    k : int, optional
    divisor : {"min(R,K)", "K", "hits", "R"}
        R counts the relevant items of the database, "hits" those in the top K. A query whose
        divisor is 0 scores 0.
    ties : {"expected", "optimistic", "pessimistic", "stable"}
        Optimistic and pessimistic are orders. With the divisor "hits" they are not bounds: a
        further hit low in the list can lower the ratio.
    query : {"kept", "dropped"}
    empty : {"zero", "skip"}
        Of the divisor "hits" only: whether a query without a hit in the top K counts 0, or is left
        out of the mean. A query whose ties decide whether it has one is left out in the share of
        its orders that have none: the mean is the expected sum of AP over the expected number of
        queries with a hit (:class:`Hit`). Each query's own value is the same.
    """

    divisor: Divisor = "min(R,K)"
    ties: Ties = "expected"
    query: Query = "kept"
    empty: Empty = field(default="zero", metadata={"unsaid": True})

    name: ClassVar[str] = "AP"
    by_hamming: ClassVar[bool] = True
    """Whether items are ranked as for :class:`Hit`, which tells how many queries count."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.empty == "skip" and not self.by_hamming:
            raise UsageError(
                f'{self.name}: queries without a hit count 0: empty can only be "zero"'
            )
        if self.empty == "skip" and self.divisor != "hits":
            raise UsageError(
                f'AP(divisor="{self.divisor}", empty="skip"): only the divisor "hits" leaves '
                "queries without a hit out"
            )

    @property
    def counted(self) -> Hit | None:
        """The measure whose mean is the share of queries that count, None where all do."""
        return Hit(self.k, self.ties, self.query) if self.empty == "skip" else None

    def per_query(self, ranked: Ranked) -> Floats:
        if self.divisor == "hits":
            return ranked.gain_per_hit(self.k, self.ties, self.query)
        relevant = ranked.relevant(self.query)
        k = float(ranked.depth(self.k, self.query))
        divisor = {
            "min(R,K)": np.minimum(relevant, k),
            "K": np.full_like(relevant, k),
            "R": relevant,
        }[self.divisor]
        return _divided(ranked.gains(self.k, self.ties, self.query), divisor)


@dataclass(frozen=True)
class SphericalAP(AP):
    """Average precision of the ranking by spherical Hamming distance.

    That distance is the number of bits that differ over the number that are both 1 (Heo et al.,
    Spherical hashing, CVPR 2012). It is another ranking than that of every other measure, so its
    values stand under a name of their own. Parameters are those of :class:`AP`, but for ties
    "stable" and for queries without a hit, which count 0.
    """

    name: ClassVar[str] = "SphericalAP"
    distance: ClassVar[str] = "spherical"
    by_hamming: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ties == "stable":
            raise UsageError(
                f"{self.name}: ties can be expected, optimistic or pessimistic, not stable: lists "
                "are in the order of Hamming distance"
            )

    def per_query(self, ranked: Ranked) -> Floats:
        if ranked.spherical is None:
            raise UsageError(
                f"{self.name} needs the codes: counts by Hamming distance do not tell how many "
                "bits are both 1"
            )
        return super().per_query(ranked.spherical)


@dataclass(frozen=True)
class Precision(Measure):
    """Precision@K: the share of relevant items among the first K."""

    ties: Ties = "expected"
    query: Query = "kept"

    name: ClassVar[str] = "P"

    def per_query(self, ranked: Ranked) -> Floats:
        k = ranked.depth(self.k, self.query)
        return ranked.hits(self.k, self.ties, self.query) / max(k, 1)


@dataclass(frozen=True)
class Recall(Measure):
    """Recall@K: the share of the relevant items that are among the first K; 0 where R = 0."""

    ties: Ties = "expected"
    query: Query = "kept"

    name: ClassVar[str] = "R"

    def per_query(self, ranked: Ranked) -> Floats:
        hits = ranked.hits(self.k, self.ties, self.query)
        return _divided(hits, ranked.relevant(self.query))


@dataclass(frozen=True)
class Rescored(Measure):
    """Recall of the exact cosine ranking after rescoring: of two-stage search.

    The share of the ``find`` items nearest by the cosine of their features that are among the first
    K by Hamming distance. Labels do not matter. Needs ``features``.

    Parameters
    ----------
    k : int
        K', how many are rescored.
    find : int
        How many are to be found.
    ties : {"expected", "optimistic", "pessimistic"}
    query : {"kept", "dropped"}
    """

    find: int = 10
    ties: Ties = "expected"
    query: Query = "dropped"

    name: ClassVar[str] = "Rescored"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.find, int) or self.find < 1:
            raise UsageError(f"{self.name}(find={self.find!r}): a whole number from 1 is needed")
        if self.ties == "stable":
            raise UsageError(f"{self.name}: ties are expected, optimistic or pessimistic")

    def per_query(self, ranked: Ranked) -> Floats:
        near = ranked.of_cosine(self.find, self.query)
        return near.hits(self.k, self.ties, "kept") / self.find


@dataclass(frozen=True)
class AsymmetricAP(AP):
    """Average precision by asymmetric distance: of a real-valued query against codes.

    Not comparable with numbers of Hamming distance, and never shown among them. Parameters are
    those of :class:`AP`, but for ties "stable" and for queries without a hit, which count 0. Needs
    ``values``.
    """

    name: ClassVar[str] = "AsymmetricAP"
    by_hamming: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ties == "stable":
            raise UsageError(f"{self.name}: ties are expected, optimistic or pessimistic")

    def per_query(self, ranked: Ranked) -> Floats:
        return super().per_query(ranked.asymmetric())


@dataclass(frozen=True)
class Hit(Measure):
    """Hit@K: whether the first K hold a relevant item, as a probability over the orders of ties."""

    ties: Ties = "expected"
    query: Query = "kept"

    name: ClassVar[str] = "Hit"

    def per_query(self, ranked: Ranked) -> Floats:
        return ranked.any_hit(self.k, self.ties, self.query)


@dataclass(frozen=True)
class TieMass(Measure):
    """The share of the top K that lies inside the tie group which straddles rank K."""

    query: Query = "kept"

    name: ClassVar[str] = "TieMass"

    def per_query(self, ranked: Ranked) -> Floats:
        if self.k is None:
            return np.zeros(len(ranked))  # nothing lies beyond the end of the list
        return ranked.tie_mass(self.k, self.query)


@dataclass(frozen=True)
class RadiusPrecision(Measure):
    """The share of relevant items within a Hamming radius; 0 where the ball is empty."""

    within: int = 2
    query: Query = "kept"

    name: ClassVar[str] = "PRadius"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k is not None:
            raise UsageError(f"{self.name} looks at a radius and takes no cut-off @{self.k}")
        if not isinstance(self.within, int) or self.within < 0:
            raise UsageError(f"{self.name}(within={self.within!r}): a distance from 0 is needed")

    @property
    def whole_list(self) -> bool:
        return False

    @property
    def radius(self) -> int:
        return self.within

    def per_query(self, ranked: Ranked) -> Floats:
        counts, within = ranked.counts(self.query), self.within * ranked.scale
        if within > counts.radius and counts.depth < counts.size:
            raise UsageError(f"counts are complete to radius {counts.radius}, not {within}")
        inside = counts.distances <= within
        groups = ranked.groups(self.query)
        hits, items = (groups.total(np.where(inside, v, 0)) for v in (groups.r, groups.n))
        return _divided(hits, items)


def _divided(values: Floats, by: Floats) -> Floats:
    return np.divide(values, by, out=np.zeros_like(values), where=by > 0)
