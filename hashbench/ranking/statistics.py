"""Paired comparisons of methods with Holm's correction.

Values come as arrays of shape (n_seeds, n_query): one row a trained model, the same queries in
every row. The model and its variances are in :mod:`hashbench.ranking.effects`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from hashbench.errors import UsageError
from hashbench.ranking.effects import Effects, Variance, difference_variance
from hashbench.ranking.intervals import Floats, checked, queries_of

POWER = 0.8
"""Chance at which a difference of the size ``detectable`` would have been found."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired difference of two methods, ``a`` minus ``b``.

    Attributes
    ----------
    a, b : str
    difference, low, high : float
        Of the means, and the ends of its confidence interval, which is not corrected.
    p : float
        Two-sided p-value of "no difference".
    df : float
        Degrees of freedom of the t distribution that gives the interval.
    p_holm : float
        p after Holm's correction over all pairs compared together.
    alpha : float
        Level at which the pair counts as separable.
    detectable : float
        The smallest true difference that would have been found with a power of 80 %, with so
        many seeds and queries and after the correction.
    n_seeds : tuple of (int, int)
    n_query : int
    n_clusters : int or None
        As in :class:`hashbench.ranking.intervals.Interval`.
    uncovered : tuple of str
        Which of the two has one seed, so that another training run of it is not covered.
    variance : Variance
        Of the difference.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    df: float
    p_holm: float
    alpha: float
    detectable: float
    n_seeds: tuple[int, int]
    n_query: int
    n_clusters: int | None
    uncovered: tuple[str, ...]
    variance: Variance = field(repr=False, compare=False)

    @property
    def separable(self) -> bool:
        """Whether the difference stands after correction."""
        return self.p_holm < self.alpha

    @property
    def covers_seeds(self) -> bool:
        """Whether the comparison also holds for other training runs of both methods."""
        return not self.uncovered

    @property
    def scope(self) -> str:
        """Over what the comparison generalises, in words."""
        queries = "queries" if self.n_clusters is None else f"queries in {self.n_clusters} classes"
        if not self.uncovered:
            return f"seeds and {queries}"
        if len(self.uncovered) == 2:
            return f"{queries} only: one seed"
        (alone,) = self.uncovered
        other = self.b if alone == self.a else self.a
        return f"{queries} and seeds of {other}: one seed of {alone}"

    def __str__(self) -> str:
        verdict = "separable" if self.separable else "not separable"
        return (
            f"{self.a} - {self.b}: {self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}] "
            f"({self.scope}), p = {self.p_holm:.2g} after Holm: {verdict}, "
            f"{self.detectable:.4f} or more would show"
        )


def compare(
    methods: Mapping[str, ArrayLike],
    clusters: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    deterministic: Collection[str] = (),
) -> list[Comparison]:
    """Compare all pairs of methods on the same queries.

    Parameters
    ----------
    methods : mapping of str to array of shape (n_seeds, n_query) or (n_query,)
        A value of each query, such as AP@20, a row a seed. Methods may differ in seeds but not in
        queries.
    clusters : array of shape (n_query,), optional
        Queries with equal entries vary together and count as one draw. Where the queries are the
        database, give the class of each.
    confidence : float
        Of the intervals; a pair is separable where Holm's p is below ``1 - confidence``.
    deterministic : collection of str
        Methods known to give the same values with every seed. One seed of them covers all. Two or
        more equal rows say so themselves.

    Returns
    -------
    list of Comparison
        One a pair, in the order of the mapping.

    Raises
    ------
    UsageError
        If there are under two methods, values are not finite, methods were not measured on as
        many queries, or there are fewer than two queries or clusters.

    Notes
    -----
    Seeds are random within a method, queries are random and shared, and both interact. Where a
    method has one seed and is not known to be deterministic, the comparison holds for that trained
    model: it generalises over queries and not over its training runs. See docs/statistics.md for
    simulated error rates.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(0.5, 0.1, (2, 3, 200))
    >>> (pair,) = compare({"a": values[0] + 0.1, "b": values[1]})
    >>> pair.a, pair.b, pair.separable, pair.low < 0.1 < pair.high
    ('a', 'b', True, True)
    """
    if len(methods) < 2:
        raise UsageError(f"{len(methods)} method given; a comparison takes two")
    pairs = list(combinations(methods, 2))
    found = compare_pairs(
        methods, pairs, clusters, confidence=confidence, deterministic=deterministic
    )
    return corrected(found)


def compare_pairs(
    methods: Mapping[str, ArrayLike],
    pairs: Sequence[tuple[str, str]],
    clusters: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    deterministic: Collection[str] = (),
) -> list[Comparison]:
    """Return the comparison of each pair as if it stood alone; :func:`corrected` takes families.

    Parameters
    ----------
    methods, clusters, confidence, deterministic
        As in :func:`compare`.
    pairs : sequence of (a, b)
        Names in ``methods``.

    Raises
    ------
    UsageError
        As :func:`compare`.
    """
    arrays = checked(methods, confidence)
    strangers = sorted(set(deterministic) - set(arrays))
    if strangers:
        raise UsageError(f"deterministic: no method {', '.join(strangers)} is compared")
    if not pairs:
        return []
    n_query = next(iter(arrays.values())).shape[1]
    queries = queries_of(n_query, clusters)
    effects = {name: Effects.of(array, queries) for name, array in arrays.items()}
    variances = [difference_variance(effects[a], effects[b], queries) for a, b in pairs]
    differences = np.array([arrays[a].mean() - arrays[b].mean() for a, b in pairs])
    alpha, together = 1 - confidence, Variance.stack(variances)
    numbers = np.stack(
        [
            differences,
            together.critical(alpha),
            together.p(differences),
            together.df(alpha),
            _detectable(together, alpha),
        ]
    ).T.tolist()
    return [
        Comparison(
            a=a,
            b=b,
            difference=difference,
            low=difference - half,
            high=difference + half,
            p=p,
            df=df,
            p_holm=p,
            alpha=alpha,
            detectable=detectable,
            n_seeds=(len(arrays[a]), len(arrays[b])),
            n_query=n_query,
            n_clusters=None if clusters is None else len(queries),
            uncovered=tuple(n for n in (a, b) if len(arrays[n]) == 1 and n not in deterministic),
            variance=variance,
        )
        for (a, b), variance, (difference, half, p, df, detectable) in zip(
            pairs, variances, numbers, strict=True
        )
    ]


def corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons as one family: Holm's p, and what would have shown after it."""
    if not comparisons:
        return []
    raised = holm([c.p for c in comparisons])
    # The pairs left over when Holm's procedure stopped had all faced this level.
    left = max(1, sum(p >= c.alpha for p, c in zip(raised, comparisons, strict=True)))
    levels = np.array([c.alpha for c in comparisons]) / left
    sizes = _detectable(Variance.stack([c.variance for c in comparisons]), levels)
    return [
        replace(c, p_holm=float(p), detectable=float(size))
        for c, p, size in zip(comparisons, raised, sizes, strict=True)
    ]


def holm(p: Sequence[float]) -> Floats:
    """Return p-values corrected by Holm's step-down procedure (1979), in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    scaled = raw[order] * np.arange(len(raw), 0, -1)
    corrected = np.empty_like(raw)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected


def _detectable(variance: Variance, level: ArrayLike) -> Floats:
    """Return the true difference that is found at ``level`` with the chance :data:`POWER`."""
    from scipy.special import stdtrit

    found: Floats = variance.critical(level) + (
        stdtrit(variance.df(level), POWER) * np.sqrt(variance.total)
    )
    return found
