"""Variances of crossed effects against closed forms and a second implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hashbench.ranking.effects import (
    Effects,
    Queries,
    Variance,
    difference_variance,
    mean_variance,
)


def anova(values):
    """Return variance components of a two-way layout by the textbook's mean squares."""
    s, n = values.shape
    grand = values.mean()
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    residual = values - rows[:, None] - columns[None, :] + grand
    ms_rows = n * np.sum((rows - grand) ** 2) / (s - 1)
    ms_both = np.sum(residual**2) / ((s - 1) * (n - 1))
    return ms_rows, ms_both


def by_mean_squares(a, b):
    """Return the variance of a difference from the expected mean squares of both methods."""
    total = 0.0
    for values in (a, b):
        s, n = values.shape
        ms_rows, ms_both = anova(values)
        seed = (ms_rows - ms_both) / n
        total += seed / s + ms_both / (s * n)
    # Queries: what the variance of paired query means holds beyond both interactions.
    paired = a.mean(axis=0) - b.mean(axis=0)
    n = len(paired)
    total += paired.var(ddof=1) / n
    return total - sum(anova(x)[1] / (len(x) * n) for x in (a, b))


def layout(rng, s, n, seed=0.3, both=0.5):
    return seed * rng.normal(size=(s, 1)) + both * rng.normal(size=(s, n))


@pytest.mark.parametrize(("s", "t", "n"), [(2, 2, 7), (3, 5, 40), (10, 2, 25)])
def test_variance_of_a_difference_is_that_of_the_mean_squares(s, t, n):
    rng = np.random.default_rng(s * n)
    shared, own = rng.normal(size=n), 2 * rng.normal(size=n)
    a, b = shared + layout(rng, s, n), shared + own + layout(rng, t, n, seed=1.0)
    queries = Queries.of(n)
    ours = difference_variance(Effects.of(a, queries), Effects.of(b, queries), queries)
    assert ours.total == pytest.approx(by_mean_squares(a, b))


def test_variance_is_unbiased():
    rng = np.random.default_rng(5)
    s, n, repeats = 3, 20, 4000
    queries = Queries.of(n)
    values = (
        rng.normal(size=(repeats, 1, n))
        + 0.3 * rng.normal(size=(repeats, s, 1))
        + 0.8 * rng.normal(size=(repeats, s, n))
    )
    ours = mean_variance(Effects.of(values, queries), queries).total
    true = 1 / n + 0.3**2 / s + 0.8**2 / (s * n)
    assert ours.mean() == pytest.approx(true, rel=0.04)
    assert values.mean(axis=(1, 2)).var() == pytest.approx(true, rel=0.08)


def test_equal_rows_have_no_seed_variance():
    row = np.random.default_rng(1).random(30)
    effects = Effects.of(np.stack([row] * 3), Queries.of(30))
    assert (effects.seeds, effects.interaction) == (0, 0)


def test_unclustered_queries_have_the_variance_of_a_mean():
    values = np.random.default_rng(2).random(50)
    queries = Queries.of(50)
    assert queries.variance(values) == pytest.approx(values.var(ddof=1) / 50)
    assert queries.df == pytest.approx(49)


def test_clusters_of_one_query_are_queries():
    values = np.random.default_rng(3).random(40)
    alone, clustered = Queries.of(40), Queries.of(40, np.arange(40)[::-1])
    assert clustered.df == pytest.approx(alone.df)
    assert clustered.variance(clustered.means(values)) == pytest.approx(alone.variance(values))


def test_clusters_of_one_size_are_their_means():
    rng = np.random.default_rng(4)
    values, clusters = rng.random(60), rng.permutation(np.repeat(np.arange(12), 5))
    queries = Queries.of(60, clusters)
    means = np.array([values[clusters == c].mean() for c in range(12)])
    np.testing.assert_allclose(queries.means(values), means)
    assert queries.variance(queries.means(values)) == pytest.approx(means.var(ddof=1) / 12)
    assert queries.df == pytest.approx(11)


def test_unequal_clusters_by_the_matrix():
    sizes = np.array([1, 2, 3, 10, 30])
    clusters = np.repeat(np.arange(5), sizes)
    queries = Queries.of(len(clusters), clusters)
    p = sizes / sizes.sum()
    centre = np.eye(5) - np.outer(np.ones(5), p)
    M = centre.T @ np.diag(p**2 / (1 - p)) @ centre
    M *= (p @ p) / np.trace(M)
    x = np.random.default_rng(6).normal(size=5)
    assert queries.variance(x) == pytest.approx(x @ M @ x)
    assert queries.df == pytest.approx(np.trace(M) ** 2 / np.trace(M @ M))
    assert queries.df < 4
    drawn = np.random.default_rng(7).normal(size=(20_000, 5))
    assert queries.variance(drawn).mean() == pytest.approx(p @ p, rel=0.03)


def test_p_and_critical_are_each_others_inverse():
    variance = Variance(np.array(0.04), np.array(0.01), np.array(2.4), 99.0)
    for alpha in (0.5, 0.05, 1e-4, 1e-12):
        assert variance.p(variance.critical(alpha)) == pytest.approx(alpha, rel=1e-9)
    assert variance.p(0) == 1


def test_p_where_scipy_has_no_quantile():
    """At tails near 1e-150 SciPy's quantile is NaN for these degrees of freedom."""
    df = np.array([2.179383809408877, 2.002356678888181])
    variance = Variance(np.full(2, 7.56e-5), np.full(2, 1.44e-3), df, 4.153947226907858)
    assert variance.p(0.0382) == pytest.approx([0.38, 0.38], abs=0.01)
    assert variance.p(1e300) == pytest.approx([1e-100, 1e-100])
    for alpha in np.logspace(-99, -1, 25):
        assert variance.p(variance.critical(alpha)) == pytest.approx(alpha, rel=1e-6)


def test_df_is_that_of_the_t_which_gives_the_limit():
    variance = Variance(np.array(0.04), np.array(0.01), np.array(2.4), 99.0)
    df = variance.df(0.05)
    assert 2.4 < df < 99
    assert stats.t.ppf(0.975, df) * np.sqrt(0.05) == pytest.approx(variance.critical(0.05))


@pytest.mark.parametrize("ratio", [0.1, 1, 10, 100])
@pytest.mark.parametrize("df", [1, 2, 4])
def test_the_level_holds_for_any_ratio_of_the_parts(ratio, df):
    rng = np.random.default_rng(8)
    n = 40_000
    seeds = ratio * rng.chisquare(df, n) / df
    difference = rng.normal(size=n) * np.sqrt(1 + ratio)
    limit = Variance(seeds, np.ones(n), np.full(n, float(df)), 1e6).critical(0.05)
    # Three standard errors of a simulated 5 % are 0.33 %.
    assert np.mean(np.abs(difference) > limit) < 0.0535
