"""Compiled sums over tie groups, one pass over the groups that reach rank k.

The formulas are those of :mod:`hashbench.ranking.ties`. Arrays of groups are as
:class:`hashbench.ranking.ties.Groups` has them, in the order of a list.
"""

from __future__ import annotations

from typing import Any

from hashbench.compiling import jit


@jit
def gain(m: float, n: float, r: float, n0: float, r0: float, H: Any) -> float:
    """Return the expected sum of I * R / rank over the first ``m`` places of a group."""
    span = H[int(n0 + m)] - H[int(n0)]
    pairs = (r - 1) / max(n - 1, 1.0)
    return float(r / max(n, 1.0) * ((r0 + 1) * span + pairs * (m - (n0 + 1) * span)))


@jit
def expected_sums(
    offsets: Any, n: Any, r: Any, n0: Any, r0: Any, H: Any, k: float, hits: Any, gains: Any
) -> None:
    """Fill the expected hits, and sums of I * R / rank, of ranks 1..k.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n_query + 1,)
    n, r, n0, r0 : ndarray of float64, shape (n_groups,)
    H : ndarray of float64
    k : float
    hits, gains : ndarray of float64, shape (n_query,)
    """
    for q in range(len(hits)):
        found = summed = 0.0
        for g in range(offsets[q], offsets[q + 1]):
            if n0[g] >= k:
                break  # and so do all groups behind it
            if r[g] > 0:
                m = min(n[g], k - n0[g])
                found += m * r[g] / max(n[g], 1.0)
                summed += gain(m, n[g], r[g], n0[g], r0[g], H)
        hits[q], gains[q] = found, summed


@jit
def straddled(offsets: Any, n: Any, n0: Any, k: float, mass: Any) -> None:
    """Fill the share of the top k that lies in the group with places on both sides of rank k.

    Parameters
    ----------
    offsets, n, n0, k
        As in :func:`expected_sums`.
    mass : ndarray of float64, shape (n_query,)
    """
    for q in range(len(mass)):
        share = 0.0
        for g in range(offsets[q], offsets[q + 1]):
            if n0[g] >= k:
                break
            if n0[g] + n[g] > k:
                share = (k - n0[g]) / k
        mass[q] = share


@jit
def mean_ratios(
    before: Any, n: Any, r: Any, n0: Any, r0: Any, k: float, H: Any, ratios: Any
) -> None:
    """Fill the expected AP@k whose divisor is the hits in the top k.

    Of the straddling group, x relevant items stand among the ``k - n0`` places before rank k. Then
    these places are a group of their own. The chances of x are hypergeometric. Each is a multiple
    of that of its neighbour, so the most probable x is given the weight 1, and the sum of all
    weights divides.

    Parameters
    ----------
    before : ndarray of float64, shape (n_cut,)
        Sum of I * R / rank over the ranks before the straddling group of some queries.
    n, r, n0, r0 : ndarray of float64, shape (n_cut,)
        Their straddling groups.
    k : float
    H : ndarray of float64
    ratios : ndarray of float64, shape (n_cut,)
    """
    for q in range(len(ratios)):
        m = k - n0[q]
        others = n[q] - r[q] - m
        lowest, highest = max(0.0, -others), min(m, r[q])
        mode = (m + 1) * (r[q] + 1) // (n[q] + 2)
        mode = min(max(mode, lowest), highest)
        weights = weighted = 0.0
        for step in (1.0, -1.0):
            x, weight = mode, 1.0
            if step < 0:
                weight = x * (others + x) / ((r[q] - x + 1) * (m - x + 1))
                x -= 1
            while lowest <= x <= highest and weight > 0:
                weights += weight
                if r0[q] + x > 0:
                    told = before[q] + gain(m, m, x, n0[q], r0[q], H)
                    weighted += weight * told / (r0[q] + x)
                if step > 0:
                    weight *= (r[q] - x) * (m - x) / ((x + 1) * (others + x + 1))
                else:
                    weight *= x * (others + x) / ((r[q] - x + 1) * (m - x + 1))
                x += step
        ratios[q] = weighted / weights
