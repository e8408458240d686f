"""Comparisons and intervals against scipy's tests, by hand, and by simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import hashbench
from hashbench.errors import UsageError
from hashbench.ranking.intervals import mean_interval, ratio_interval
from hashbench.ranking.statistics import compare, compare_pairs, holm


def paired(seed=3, n=600):
    rng = np.random.default_rng(seed)
    hard = rng.normal(0, 1, n)  # shared by both: pairing must remove it
    return hard + rng.normal(0.02, 0.2, n), hard + rng.normal(0, 0.2, n)


def test_one_seed_is_the_paired_t_test():
    a, b = paired()
    (found,) = hashbench.compare({"a": a, "b": b})
    theirs = stats.ttest_rel(a, b)
    low, high = theirs.confidence_interval(0.95)
    assert (found.a, found.b) == ("a", "b")
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.df == pytest.approx(len(a) - 1)
    assert found.difference == pytest.approx((a - b).mean())
    assert not found.covers_seeds
    assert "queries only: one seed" in str(found)


def test_without_query_effects_it_is_welchs_test_with_fewer_degrees_of_freedom():
    rng = np.random.default_rng(4)
    seeds_a, seeds_b = rng.normal(0, 1, 4), rng.normal(0.5, 0.1, 6)
    shared = rng.normal(size=50)
    values = {"a": seeds_a[:, None] + shared, "b": seeds_b[:, None] + shared}
    (found,) = compare(values)
    welch = stats.ttest_ind(seeds_a, seeds_b, equal_var=False)
    df = 3 + 3 / 4 * (welch.df - 3)
    assert found.df == pytest.approx(df)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(welch.statistic), df))
    assert found.covers_seeds


def test_one_method_is_the_t_interval():
    values = np.random.default_rng(0).beta(0.5, 2, 800)
    found = mean_interval(values, confidence=0.9)
    low, high = stats.t.interval(0.9, 799, values.mean(), stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert (found.n_seeds, found.n_query, found.covers_seeds) == (1, 800, False)


def test_p_has_no_floor():
    a, b = paired()
    (found,) = compare({"a": a + 1, "b": b})
    assert 0 < found.p < 1e-100


def test_equal_methods_are_not_separable():
    values = np.random.default_rng(4).random((3, 200))
    (found,) = compare({"a": values, "b": values})
    assert (found.p, found.difference, found.separable) == (1, 0, False)
    json.dumps([found.p, found.df, found.low, found.detectable], allow_nan=False)


def test_constant_methods_differ_for_certain():
    (found,) = compare({"a": np.ones((2, 5)), "b": np.zeros((2, 5))})
    assert (found.p, found.low, found.high, found.separable) == (0, 1, 1, True)


def test_a_method_of_one_seed_is_named_unless_it_is_known_to_need_no_more():
    rng = np.random.default_rng(6)
    values = {"one": rng.random(40), "many": rng.random((3, 40))}
    (found,) = compare(values)
    assert (found.covers_seeds, found.uncovered) == (False, ("one",))
    assert found.scope == "queries and seeds of many: one seed of one"
    (known,) = compare(values, deterministic=["one"])
    assert known.covers_seeds
    assert (known.p, known.low) == (found.p, found.low)
    # Two equal rows say the same themselves.
    (repeated,) = compare({**values, "one": np.stack([values["one"]] * 2)})
    assert repeated.covers_seeds
    assert repeated.p == pytest.approx(found.p)


def test_clusters_that_vary_together_widen_the_interval():
    rng = np.random.default_rng(7)
    clusters = rng.permutation(np.repeat(np.arange(10), 20))
    effect = rng.normal(size=10)[clusters]
    a = rng.normal(size=(2, 200)) * 0.1
    (plain,) = compare({"a": a + effect, "b": a[::-1]})
    (found,) = compare({"a": a + effect, "b": a[::-1]}, clusters)
    assert found.high - found.low > 3 * (plain.high - plain.low)
    assert found.n_clusters == 10
    assert found.scope == "seeds and queries in 10 classes"


def test_type_one_error_where_a_noisy_method_meets_a_deterministic_one():
    """The case in which a t of Satterthwaite's degrees of freedom errs in 8 of 100 cases."""
    rng = np.random.default_rng(11)
    repeats, n = 600, 50
    found = 0
    for _ in range(repeats):
        noisy = 0.3 * rng.normal(size=(3, 1)) + rng.normal(size=n)
        steady = np.broadcast_to(rng.normal(size=n), (3, n))
        (pair,) = compare({"noisy": noisy, "steady": steady})
        found += pair.p < 0.05
        assert (pair.p < 0.05) == (pair.low > 0 or pair.high < 0)
    # 5 % and two standard errors of it.
    assert found / repeats < 0.068


def test_detectable_is_found_four_times_in_five():
    rng = np.random.default_rng(12)
    repeats, s, n, found, size = 400, 5, 40, 0, 0.9
    sizes = []
    for _ in range(repeats):
        a, b = (0.4 * rng.normal(size=(s, 1)) + rng.normal(size=(s, n)) for _ in "ab")
        (pair,) = compare({"a": a + size, "b": b})
        sizes.append(pair.detectable)
        found += pair.separable
    # At a true difference of the mean detectable size 80 % are found; more above it.
    assert np.mean(sizes) == pytest.approx(size, rel=0.15)
    assert 0.72 < found / repeats < 0.92


def test_more_methods_can_detect_less():
    rng = np.random.default_rng(13)
    values = {name: rng.random((3, 30)) for name in "abcd"}
    alone = compare({name: values[name] for name in "ab"})[0]
    together = compare(values)[0]
    assert together.p == alone.p
    assert together.detectable > alone.detectable


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_step_down_rule(p):
    # Hypothesis i falls at level a exactly if all smaller ones fall: p_(j) (m - j) <= a.
    corrected, order = holm(p), np.argsort(p, kind="stable")
    worst = 0.0
    for rank, i in enumerate(order):
        worst = max(worst, p[i] * (len(p) - rank))
        assert corrected[i] == pytest.approx(min(worst, 1))


def test_all_pairs_are_corrected_together():
    rng = np.random.default_rng(14)
    found = compare({name: rng.random((2, 60)) for name in "abc"})
    assert [c.p_holm for c in found] == pytest.approx(list(holm([c.p for c in found])))


def test_pairs_compared_at_once_are_pairs_compared_alone():
    rng = np.random.default_rng(3)
    made = {name: rng.random((seeds, 60)) for name, seeds in (("a", 1), ("b", 3), ("c", 2))}
    pairs = [("b", "a"), ("a", "c"), ("b", "c")]
    for found, (first, second) in zip(compare_pairs(made, pairs), pairs, strict=True):
        assert found == compare({first: made[first], second: made[second]})[0]


def test_the_other_way_round_the_sign_changes():
    rng = np.random.default_rng(15)
    values = {"a": rng.random((2, 30)), "b": rng.random((4, 30))}
    (one,) = compare(values)
    (other,) = compare(dict(reversed(values.items())))
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
    assert other.p == pytest.approx(one.p)


@pytest.mark.parametrize(
    ("methods", "more", "message"),
    [
        ({"a": [1.0, 2.0]}, {}, "a comparison takes two"),
        ({"a": [1.0, 2.0], "b": [1.0]}, {}, "same queries; there are: a 2, b 1"),
        ({"a": [1.0, np.nan], "b": [1.0, 2.0]}, {}, "a: finite values"),
        ({"a": [], "b": []}, {}, "a: finite values"),
        ({"a": [1.0], "b": [2.0]}, {}, "one query; nothing can be said"),
        ({"a": [1, 2], "b": [1, 3]}, {"clusters": [4, 4]}, "one cluster of queries; nothing"),
        ({"a": [1, 2], "b": [1, 3]}, {"clusters": [1, 2, 3]}, r"shape \(3,\); one entry for each"),
        ({"a": [1, 2], "b": [1, 3]}, {"confidence": 1}, "confidence 1"),
        ({"a": [1, 2], "b": [1, 3]}, {"deterministic": ["c"]}, "no method c is compared"),
    ],
)
def test_wrong_input_is_named(methods, more, message):
    with pytest.raises(UsageError, match=message):
        compare(methods, **more)


def test_ratio_covers_as_often_as_it_says():
    rng = np.random.default_rng(16)
    repeats, covered = 400, 0
    for _ in range(repeats):
        query = 1 + 0.3 * rng.normal(size=40)
        below = query + 0.05 * rng.normal(size=(3, 1)) + 0.2 * rng.normal(size=40)
        above = 0.8 * query + 0.05 * rng.normal(size=(3, 1)) + 0.2 * rng.normal(size=40)
        low, high = ratio_interval(above, below)
        covered += low <= 0.8 <= high
    assert 0.93 <= covered / repeats <= 0.995


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(UsageError, match="ratio to a mean of 0; a mean above 0"):
        ratio_interval([0.1, 0.2], [0.0, 0.0])
