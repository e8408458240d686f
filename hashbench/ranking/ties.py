"""Sums over the first k ranks under each way of breaking ties, in closed form.

A tie group has n items, r of them relevant, and stands behind N0 items of which R0 are relevant.
Its place j holds a relevant item with probability r/n, and given that, place i < j holds one
with probability (r - 1)/(n - 1). So the expected value of I * R / rank at place j is

    (r / n) * (R0 + 1 + (j - 1) (r - 1) / (n - 1)) / (N0 + j)

(McSherry and Najork, Computing information retrieval performance measures efficiently in the
presence of tied scores, ECIR 2008). Summed over the places 1..m, with H the harmonic numbers and
dH = H(N0 + m) - H(N0):

    sum 1 / (N0 + j)       = dH
    sum (j - 1) / (N0 + j) = m - (N0 + 1) dH

so a group costs the same whether it has two items or the whole database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hashbench.names import unknown
from hashbench.ranking.counts import Counts, Ints, items_before

Ties = Literal["expected", "optimistic", "pessimistic", "stable"]
TIES: tuple[Ties, ...] = ("expected", "optimistic", "pessimistic", "stable")

Floats = NDArray[np.float64]


def ties_named(name: str) -> Ties:
    """Return a tie policy by its name.

    ``optimistic`` and ``pessimistic`` are orders: relevant items first, or last, in each group. For
    AP they bound what any order gives where the divisor does not depend on the order. Divided by
    the hits in the top K they bound nothing: a further hit low in the list can lower the ratio.

    Raises
    ------
    UsageError
        If there is no such policy.
    """
    for known in TIES:
        if name == known:
            return known
    raise unknown("tie policy", name, TIES)


def harmonic(n: int) -> Floats:
    """Return the harmonic numbers H(0)..H(n), shape (n + 1,)."""
    terms = np.zeros(n + 1, dtype=np.longdouble)
    terms[1:] = 1 / np.arange(1, n + 1, dtype=np.longdouble)
    return np.cumsum(terms).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The tie groups of a block of queries with what stands before each.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n_query + 1,)
    n, r : ndarray of float64, shape (n_groups,)
        Items and relevant items of each group.
    n0, r0 : ndarray of float64, shape (n_groups,)
        Items and relevant items before it.
    H : ndarray of float64
        Harmonic numbers up to the size of the database.
    """

    offsets: Ints
    n: Floats
    r: Floats
    n0: Floats
    r0: Floats
    H: Floats

    @classmethod
    def of(cls, counts: Counts) -> Groups:
        """Return the groups of ``counts``."""
        n0 = items_before(counts.items, counts.offsets)
        r0 = items_before(counts.hits, counts.offsets)
        deepest = int((n0 + counts.items).max(initial=0))
        columns = (counts.items, counts.hits, n0, r0)
        n, r, before, relevant_before = (column.astype(np.float64) for column in columns)
        return cls(counts.offsets, n, r, before, relevant_before, harmonic(deepest))

    def places(self, k: float) -> Floats:
        """Return how many places of each group lie within the first ``k`` ranks."""
        return np.clip(k - self.n0, 0, self.n)

    def gains(self, k: float, ties: Ties) -> Floats:
        """Return the sum of I * R / rank over ranks 1..k, shape (n_query,)."""
        if ties == "expected":
            return self.expected(k)[1]
        m = self.places(k)
        # The relevant items stand at the front of their group, or at its end.
        front = self.n0 if ties == "optimistic" else self.n0 + self.n - self.r
        hits = self.hits_in_group(m, ties)
        span = self.harmonic_span(front, hits)
        return self.total(hits + (self.r0 - front) * span)

    def hits(self, k: float, ties: Ties) -> Floats:
        """Return the number of relevant items in ranks 1..k, shape (n_query,)."""
        if ties == "expected":
            return self.expected(k)[0]
        return self.total(self.hits_in_group(self.places(k), ties))

    def expected(self, k: float) -> tuple[Floats, Floats]:
        """Return expected hits and gains of ranks 1..k in one pass, each of shape (n_query,)."""
        from hashbench.ranking.tie_sums import expected_sums

        hits, gains = np.empty((2, len(self.offsets) - 1))
        columns = (self.offsets, self.n, self.r, self.n0, self.r0)
        expected_sums(*columns, self.H, float(k), hits, gains)
        return hits, gains

    def tie_mass(self, k: int) -> Floats:
        """Return the share of the top k inside the group that straddles it, shape (n_query,)."""
        from hashbench.ranking.tie_sums import straddled

        mass = np.empty(len(self.offsets) - 1)
        straddled(self.offsets, self.n, self.n0, float(k), mass)
        return mass

    def hits_in_group(self, m: Floats, ties: Ties) -> Floats:
        """Return the relevant items in the first ``m`` places of each group, in one order."""
        if ties == "optimistic":
            return np.minimum(m, self.r)
        return np.maximum(m - (self.n - self.r), 0)

    def harmonic_span(self, start: Floats, length: Floats) -> Floats:
        """Return H(start + length) - H(start)."""
        lower = start.astype(np.int64)
        upper = np.minimum((start + length).astype(np.int64), len(self.H) - 1)
        span: Floats = self.H[upper] - self.H[lower]
        return span

    def straddling(self, k: int) -> tuple[Ints, Ints]:
        """Return (query, group) of the groups with places on both sides of rank ``k``."""
        cut = np.flatnonzero((self.n0 < k) & (self.n0 + self.n > k))
        return np.searchsorted(self.offsets, cut, side="right") - 1, cut

    def total(self, values: Floats) -> Floats:
        """Add per-group values up to one per query, shape (n_query,)."""
        sums = np.zeros(len(self.offsets) - 1)
        filled = np.flatnonzero(np.diff(self.offsets))
        if len(filled):
            sums[filled] = np.add.reduceat(values, self.offsets[filled])
        return sums


def expected_gain(m: Floats, n: Floats, r: Floats, n0: Floats, r0: Floats, H: Floats) -> Floats:
    """Return the expected sum of I * R / rank over the first ``m`` places of groups."""
    start = n0.astype(np.int64)
    dH = H[start + m.astype(np.int64)] - H[start]
    pairs = (r - 1) / np.maximum(n - 1, 1)
    gain: Floats = r / np.maximum(n, 1) * ((r0 + 1) * dH + pairs * (m - (n0 + 1) * dH))
    return gain


def expected_ratio(groups: Groups, k: int) -> Floats:
    """Return the expected AP@k whose divisor is the hits in the top k, shape (n_query,).

    The divisor varies with the order, so the mean of the ratio is not the ratio of the means. It
    is taken over the hits among the visible places of the straddling group
    (:func:`hashbench.ranking.tie_sums.mean_ratios`).
    """
    from hashbench.ranking.tie_sums import mean_ratios

    hits, gains = groups.expected(k)
    values = np.divide(gains, hits, out=np.zeros_like(gains), where=hits > 0)
    queries, cut = groups.straddling(k)
    mixed = (groups.r[cut] > 0) & (groups.r[cut] < groups.n[cut])
    queries, cut = queries[mixed], cut[mixed]
    if not len(cut):
        return values
    n, r, n0, r0 = groups.n[cut], groups.r[cut], groups.n0[cut], groups.r0[cut]
    before = gains[queries] - expected_gain(k - n0, n, r, n0, r0, groups.H)
    ratios = np.empty(len(cut))
    mean_ratios(before, n, r, n0, r0, float(k), groups.H, ratios)
    values[queries] = ratios
    return values


def chance_of_hit(groups: Groups, k: int) -> Floats:
    """Return the chance that the first k ranks hold a relevant item, shape (n_query,).

    It is 0 or 1 unless the only relevant items in reach lie in the group that straddles rank k.
    There none of its m visible places holds one with chance C(n - r, m) / C(n, m).
    """
    chance = (groups.hits(k, "expected") > 0).astype(np.float64)
    queries, cut = groups.straddling(k)
    open_ = (groups.r0[cut] == 0) & (groups.r[cut] > 0)
    queries, cut = queries[open_], cut[open_]
    if len(cut):
        n, r, m = groups.n[cut], groups.r[cut], k - groups.n0[cut]
        chance[queries] = 1 - _chance_of_none(n, r, m)
    return chance


def _chance_of_none(n: Floats, r: Floats, m: Floats) -> Floats:
    """Return C(n - r, m) / C(n, m), which is 0 where m > n - r."""
    from scipy.special import betaln

    possible = m <= n - r
    safe = np.where(possible, m, 0)

    def log_choose(a: Floats) -> Floats:
        logs: Floats = -betaln(1 + a - safe, 1 + safe) - np.log1p(a)
        return logs

    return np.where(possible, np.exp(log_choose(n - r) - log_choose(n)), 0)
