"""Crossed random effects: how far a mean over seeds and queries may lie from the true one.

A method's value of seed s and query q is its mean, an effect of the seed, an effect of the query
and their interaction. Seeds are a method's own. Queries are shared by all methods. Queries may
come in clusters whose members vary together: then a cluster takes the place of a query.

With va and vb the variances of two methods' means due to seeds, vq that of their difference due to
queries, and ia and ib the interactions, which the former hold twice, the variance of a difference
is v = va + vb + vq - ia - ib. All functions take leading axes, for many data sets at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_HALVINGS = 60
"""Of the logarithm of p, and of that of the degrees of freedom."""
_SMALLEST = math.log(1e-100)
"""Logarithm of the smallest p. SciPy's quantiles of t fall, or are NaN, at some below 1e-108."""


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """Queries, or clusters of them, with the share of all queries that each holds.

    Parameters
    ----------
    weights : ndarray of float64, shape (n,)
        They add up to 1.
    members : ndarray of int64, shape (n_query,), optional
        The cluster of each query, 0 to n - 1. None where each query stands for itself.
    """

    weights: Floats
    members: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, n_query: int, clusters: ArrayLike | None = None) -> Queries:
        """Return ``n_query`` queries, those with equal entries of ``clusters`` as one."""
        if clusters is None:
            return cls(np.full(n_query, 1 / n_query))
        _, members, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
        return cls(sizes / n_query, members.astype(np.int64))

    def __len__(self) -> int:
        return len(self.weights)

    def means(self, values: Floats) -> Floats:
        """Return the mean of each cluster, shape (..., n), of values (..., n_query)."""
        if self.members is None:
            return values
        order = np.argsort(self.members, kind="stable")
        starts = np.searchsorted(self.members[order], np.arange(len(self)))
        sums = np.add.reduceat(values[..., order], starts, axis=-1)
        means: Floats = sums / (self.weights * values.shape[-1])
        return means

    def mean(self, values: Floats) -> Floats:
        """Return the mean over all queries, shape (...), of cluster means (..., n)."""
        total: Floats = values @ self.weights
        return total

    def variance(self, values: Floats) -> Floats:
        """Return the variance of :meth:`mean`, shape (...), of cluster means (..., n).

        Squared deviations, each over 1 less its cluster's share (Bell and McCaffrey, Survey
        Methodology 28, 2002), scaled to be unbiased where cluster means vary alike. Without
        clusters it is the sample variance over the number of queries.
        """
        p = self.weights
        scale = (p @ p) / self._traces[0]
        deviations = values - self.mean(values)[..., None]
        found: Floats = scale * (deviations**2 @ (p**2 / (1 - p)))
        return found

    @property
    def df(self) -> float:
        """Degrees of freedom of :meth:`variance`: n - 1, less where clusters differ in size."""
        first, second = self._traces
        return float(min(first**2 / second, len(self) - 1))

    @property
    def _traces(self) -> tuple[float, float]:
        """Traces of M and M^2, where the unscaled variance is x'Mx.

        M = (I - 1p')' W (I - 1p') = W - wp' - pw' + s pp', with w the diagonal of W and s its sum.
        """
        p = self.weights
        w = p**2 / (1 - p)
        s, ww, wp, pp = w.sum(), w @ w, w @ p, p @ p
        first = s - 2 * wp + s * pp
        mixed = -2 * (w**2) @ p + s * (w @ p**2)
        remainder = 2 * (wp**2 + ww * pp) - 4 * s * wp * pp + (s * pp) ** 2
        return float(first), float(ww + 2 * mixed + remainder)


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """A method's values, taken apart.

    Parameters
    ----------
    n_seeds : int
    by_query : ndarray of float64, shape (..., n)
        Means over the seeds.
    seeds : ndarray of float64, shape (...)
        Variance of the method's mean due to seeds, the interaction included; 0 with one seed.
    interaction : ndarray of float64, shape (...)
        The interaction's part of it.
    """

    n_seeds: int
    by_query: Floats
    seeds: Floats
    interaction: Floats

    @classmethod
    def of(cls, values: Floats, queries: Queries) -> Effects:
        """Take values of shape (..., n_seeds, n_query) apart."""
        n_seeds = values.shape[-2]
        by_cluster = queries.means(values)
        by_query = by_cluster.mean(axis=-2)
        if n_seeds == 1:
            nothing = np.zeros(by_query.shape[:-1])
            return cls(1, by_query, nothing, nothing)
        by_seed = queries.mean(by_cluster)
        residuals = by_cluster - by_query[..., None, :]
        scale = 1 / (n_seeds * (n_seeds - 1))
        interaction = scale * queries.variance(residuals).sum(axis=-1)
        centred = by_seed - by_seed.mean(axis=-1, keepdims=True)
        # Rows that are all equal differ by rounding alone: a method without randomness.
        same = np.ptp(by_cluster, axis=-2).max(axis=-1) == 0
        seeds = np.where(same, 0, scale * (centred**2).sum(axis=-1))
        return cls(n_seeds, by_query, seeds, np.where(same, 0, interaction))


@dataclass(frozen=True, slots=True, eq=False)
class Variance:
    """The variance of a mean or of a difference, as two parts known to different precision.

    Parameters
    ----------
    seeds, queries : ndarray of float64, shape (...)
        va + vb, and vq - ia - ib, no less than 0.
    seeds_df, queries_df : ndarray of float64, shape (...)
        Of one shape, or the second one number for all.
    """

    seeds: Floats
    queries: Floats
    seeds_df: Floats
    queries_df: float | Floats

    @classmethod
    def stack(cls, found: Sequence[Variance]) -> Variance:
        """Return variances as one of shape (len(found), ...): together they cost as one does."""
        return cls(
            np.stack([one.seeds for one in found]),
            np.stack([one.queries for one in found]),
            np.stack([one.seeds_df for one in found]),
            np.stack([np.broadcast_to(one.queries_df, one.seeds.shape) for one in found]),
        )

    @property
    def total(self) -> Floats:
        """The variance v."""
        return self.seeds + self.queries

    def critical(self, alpha: ArrayLike) -> Floats:
        """Return what a difference must exceed at level ``alpha``, shape (...).

        c^2 = v_s t_s^2 + v_q t_q^2, where t is the quantile at each part's degrees of freedom.
        It holds the level whatever the ratio of the two parts (Banerjee, Sankhya 22, 1960). One t
        of Satterthwaite's degrees of freedom for their sum does not: where a few seeds happen to
        agree it takes their variance for known.
        """
        from scipy.special import stdtrit

        tail = np.asarray(alpha, dtype=np.float64) / 2
        with np.errstate(over="ignore", invalid="ignore"):
            t_seeds, t_queries = stdtrit(self.seeds_df, tail), stdtrit(self.queries_df, tail)
            by_seeds = np.where(self.seeds > 0, self.seeds * t_seeds**2, 0)
            by_queries = np.where(self.queries > 0, self.queries * t_queries**2, 0)
            found: Floats = np.sqrt(by_seeds + by_queries)
        return found

    def p(self, difference: ArrayLike) -> Floats:
        """Return the smallest level at which ``difference`` is significant, shape (...).

        No less than 1e-100, but for a difference without any variance, whose p is 0.
        """
        size = np.abs(np.asarray(difference, dtype=np.float64))
        low, high = np.full(size.shape, _SMALLEST), np.zeros(size.shape)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            inside = self.critical(np.exp(middle)) >= size
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.where(size == 0, 1.0, np.where(self.total > 0, np.exp(high), 0.0))

    def df(self, alpha: ArrayLike) -> Floats:
        """Return the degrees of freedom of the one t whose quantile gives :meth:`critical`."""
        from scipy.special import stdtrit

        least = np.minimum(self.seeds_df, self.queries_df)
        most = np.maximum(self.seeds_df, self.queries_df)
        tail = np.asarray(alpha, dtype=np.float64) / 2
        error = np.sqrt(np.where(self.total > 0, self.total, 1))
        wanted = self.critical(alpha) / error
        low, high = np.log(least), np.log(most)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            heavier = -stdtrit(np.exp(middle), tail) > wanted
            low, high = np.where(heavier, middle, low), np.where(heavier, high, middle)
        found: Floats = np.where(self.total > 0, np.exp(high), most)
        return found


def mean_variance(effects: Effects, queries: Queries) -> Variance:
    """Return the variance of a method's mean."""
    of_queries = queries.variance(effects.by_query) - effects.interaction
    return _variance([effects], of_queries, queries)


def difference_variance(a: Effects, b: Effects, queries: Queries) -> Variance:
    """Return the variance of the difference of two methods' means, paired over the queries."""
    paired = queries.variance(a.by_query - b.by_query)
    return _variance([a, b], paired - a.interaction - b.interaction, queries)


def _variance(parts: list[Effects], of_queries: Floats, queries: Queries) -> Variance:
    seeds = np.sum([part.seeds for part in parts], axis=0)
    return Variance(seeds, np.maximum(of_queries, 0), _seeds_df(parts, seeds), queries.df)


def _seeds_df(parts: list[Effects], seeds: Floats) -> Floats:
    """Return Satterthwaite's degrees of freedom of a sum of seed variances, made smaller.

    Estimated from one or two degrees of freedom themselves, the weights are too even and the sum
    looks better known than it is. Two methods of two seeds, one with 17 times the deviation of the
    other, would be called different 6.4 times in a hundred at 5 %. With f the fewest of a part, the
    excess over f counts f / (f + 1) of itself.
    """
    squares, fewest = np.zeros_like(seeds), np.full_like(seeds, np.inf)
    for part in parts:
        own = max(part.n_seeds - 1, 1)
        squares = squares + part.seeds**2 / own
        fewest = np.where(part.seeds > 0, np.minimum(fewest, own), fewest)
    fewest = np.where(np.isfinite(fewest), fewest, 1)
    satterthwaite = seeds**2 / np.where(squares > 0, squares, 1)
    return np.where(
        squares > 0, fewest + fewest / (fewest + 1) * np.maximum(satterthwaite - fewest, 0), fewest
    )
