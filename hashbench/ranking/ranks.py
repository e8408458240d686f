"""Ranks as ranges: the places that comparisons leave open to each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashbench.ranking.statistics import Comparison


def rank_ranges(
    means: Mapping[str, float], comparisons: Sequence[Comparison]
) -> dict[str, tuple[int, int]]:
    """Return the first and the last place that each method may hold.

    A method stands behind all methods that are better and separable from it, and before all that
    are worse and separable from it. A range then widens until no method has a better end than one
    of higher mean: of .495, .4745 and .4705, where the first is separable from the second alone,
    the last may be first, so the second may be too. Ranges never claim more than was shown.

    Examples
    --------
    >>> rank_ranges({"a": 0.5, "b": 0.4}, [])
    {'a': (1, 2), 'b': (1, 2)}
    """
    apart = {frozenset((c.a, c.b)) for c in comparisons if c.separable}

    def separated(name: str, *, better: bool) -> int:
        return sum(
            (means[other] > means[name] if better else means[other] < means[name])
            and frozenset((name, other)) in apart
            for other in means
        )

    first = {name: 1 + separated(name, better=True) for name in means}
    last = {name: len(means) - separated(name, better=False) for name in means}
    return {
        name: (
            min(first[other] for other in means if means[other] <= means[name]),
            max(last[other] for other in means if means[other] >= means[name]),
        )
        for name in means
    }
