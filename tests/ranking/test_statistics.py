"""Bootstrap, Holm and shared ranks against scipy, the normal theory, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hashbench.errors import UsageError
from hashbench.ranking.statistics import (
    Comparison,
    Interval,
    bootstrap,
    compare,
    compare_each,
    holm,
    shared_ranks,
    two_sided,
)


def test_interval_over_queries_is_scipys():
    values = np.random.default_rng(0).beta(0.5, 2, 800)
    ours = bootstrap(values, replicates=4000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.mean == values.mean()
    assert abs(ours.low - theirs.low) < 0.06 * width
    assert abs(ours.high - theirs.high) < 0.06 * width
    assert not ours.covers_seeds


def test_interval_over_seeds_is_wider_by_their_spread():
    rng = np.random.default_rng(2)
    queries, seeds = rng.normal(0, 1, 1000), rng.normal(0, 0.2, 8)
    both = bootstrap(seeds[:, None] + queries[None, :], replicates=4000)
    spread = np.sqrt(queries.var() / 1000 + seeds.var() / 8)
    assert both.high - both.low == pytest.approx(2 * 1.96 * spread, rel=0.1)
    assert both.covers_seeds


def test_paired_p_agrees_with_the_paired_t_test():
    rng = np.random.default_rng(3)
    hard = rng.normal(0, 1, 600)  # shared by both: pairing must remove it
    a, b = hard + rng.normal(0.02, 0.2, 600), hard + rng.normal(0, 0.2, 600)
    (comparison,) = compare({"a": a, "b": b}, replicates=20_000)
    assert comparison.p == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.02)
    assert comparison.difference.mean == pytest.approx((a - b).mean())
    assert comparison.difference.high - comparison.difference.low < 0.05
    assert "queries only: one seed" in str(comparison)


def test_equal_methods_are_not_separable():
    values = np.random.default_rng(4).random((3, 200))
    (comparison,) = compare({"a": values[:1], "b": values[:1]}, replicates=500)
    assert comparison.p == 1
    assert not comparison.separable
    assert "not separable" in str(comparison)


def test_same_input_same_output():
    values = np.random.default_rng(5).random((2, 3, 100))
    methods = {"a": values[0], "b": values[1]}
    assert compare(methods, replicates=300) == compare(methods, replicates=300)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_step_down_rule(p):
    # Hypothesis i falls at level a exactly if all smaller ones fall: p_(j) (m - j) <= a.
    corrected, order = holm(p), np.argsort(p, kind="stable")
    worst = 0.0
    for rank, i in enumerate(order):
        worst = max(worst, p[i] * (len(p) - rank))
        assert corrected[i] == pytest.approx(min(worst, 1))


def test_two_sided_by_hand():
    assert two_sided(np.array([1.0] * 99)) == 2 / 100
    assert two_sided(np.array([1.0, -1.0] * 10)) == 1


def pair(a, b, p):
    return Comparison(a, b, Interval(0, 0, 0, 0.95, 1, 1), p, p, 0.05)


def test_ranks_are_shared_where_nothing_separates():
    means = {"a": 0.5, "b": 0.49, "c": 0.3, "d": 0.29}
    apart, near = 0.001, 0.5
    comparisons = [
        pair("a", "b", near), pair("a", "c", apart), pair("a", "d", apart),
        pair("b", "c", apart), pair("b", "d", apart), pair("c", "d", near),
    ]  # fmt: skip
    assert shared_ranks(means, comparisons) == {"a": 1, "b": 1, "c": 3, "d": 3}


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"a": [1.0]}, "a comparison takes two"),
        ({"a": [1.0, 2.0], "b": [1.0]}, "same queries; there are: a 2, b 1"),
        ({"a": [1.0, np.nan], "b": [1.0, 2.0]}, "a: finite values"),
        ({"a": [], "b": []}, "a: finite values"),
    ],
)
def test_wrong_input_is_named(methods, message):
    with pytest.raises(UsageError, match=message):
        compare(methods)


def test_numbers_out_of_range_are_refused():
    with pytest.raises(UsageError, match="0 replicates"):
        bootstrap([1.0], replicates=0)
    with pytest.raises(UsageError, match="confidence 1"):
        bootstrap([1.0], confidence=1)


def test_pairs_compared_at_once_are_pairs_compared_alone():
    rng = np.random.default_rng(3)
    made = {name: rng.random((seeds, 60)) for name, seeds in (("a", 1), ("b", 3), ("c", 2))}
    pairs = [("b", "a"), ("a", "c"), ("b", "c")]
    for found, (first, second) in zip(compare_each(made, pairs), pairs, strict=True):
        (alone,) = compare({first: made[first], second: made[second]})
        assert (found.first, found.second) == (first, second)
        assert (found.p, found.p_holm) == (alone.p, alone.p_holm)
        ours, theirs = found.difference, alone.difference
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
        assert (ours.mean, ours.n_seeds) == (theirs.mean, theirs.n_seeds)
