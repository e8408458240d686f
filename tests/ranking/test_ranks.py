"""Ranges of ranks: by hand, and what must hold of any comparisons."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from hashbench.ranking.ranks import rank_ranges


class Pair:
    """What ranks look at of a comparison."""

    def __init__(self, a: str, b: str, separable: bool) -> None:
        self.a, self.b, self.separable = a, b, separable


def test_groups_stand_behind_one_another():
    means = {"a": 0.5, "b": 0.49, "c": 0.3, "d": 0.29}
    near = [{"a", "b"}, {"c", "d"}]
    pairs = [Pair(a, b, {a, b} not in near) for a, b in combinations(means, 2)]
    assert rank_ranges(means, pairs) == {"a": (1, 2), "b": (1, 2), "c": (3, 4), "d": (3, 4)}


def test_a_better_mean_does_not_read_worse():
    means = {"a": 0.495, "b": 0.4745, "c": 0.4705}
    pairs = [Pair("a", "b", True), Pair("a", "c", False), Pair("b", "c", False)]
    assert rank_ranges(means, pairs) == {"a": (1, 2), "b": (1, 3), "c": (1, 3)}


@st.composite
def outcomes(draw):
    values = draw(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=1, max_size=7))
    means = {str(i): value for i, value in enumerate(values)}
    pairs = [
        Pair(a, b, means[a] != means[b] and draw(st.booleans())) for a, b in combinations(means, 2)
    ]
    return means, pairs


@given(outcomes())
def test_ranges_are_monotone_and_claim_no_more_than_was_shown(outcome):
    means, pairs = outcome
    ranges = rank_ranges(means, pairs)
    for name, (first, last) in ranges.items():
        apart = [p.b if p.a == name else p.a for p in pairs if p.separable and name in (p.a, p.b)]
        better = sum(means[other] > means[name] for other in apart)
        worse = sum(means[other] < means[name] for other in apart)
        assert 1 <= first <= 1 + better
        assert len(means) - worse <= last <= len(means)
        for other, (others_first, others_last) in ranges.items():
            if means[other] >= means[name]:
                assert others_first <= first
                assert others_last <= last
