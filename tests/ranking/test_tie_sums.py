"""Compiled sums over tie groups, against every order of small lists and against scipy."""

from __future__ import annotations

from itertools import permutations
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import hypergeom

from hashbench.ranking.ties import Groups, expected_ratio, harmonic

# Per query: tie groups in order, each as a list of relevances.
LISTS = [
    [[1, 0, 1], [0], [1, 1, 0, 0]],
    [[0, 0], [1, 0, 1, 1]],
    [[1], [0, 1], [0, 0, 0]],
    [[0, 0, 0, 0]],
]


def groups_of(lists):
    offsets = np.cumsum([0, *(len(groups) for groups in lists)])
    n, r, n0, r0 = [], [], [], []
    for groups in lists:
        items = hits = 0
        for group in groups:
            n.append(len(group)), r.append(sum(group)), n0.append(items), r0.append(hits)
            items, hits = items + len(group), hits + sum(group)
    columns = (np.array(column, dtype=np.float64) for column in (n, r, n0, r0))
    return Groups(offsets, *columns, harmonic(20))


def orders(groups):
    """Yield every order of a list whose groups are shuffled within."""
    if not groups:
        yield []
        return
    for first in permutations(groups[0]):
        for rest in orders(groups[1:]):
            yield [*first, *rest]


def gain(order, k):
    return sum(sum(order[: i + 1]) / (i + 1) for i in range(min(k, len(order))) if order[i])


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 7, 30])
def test_sums_are_means_over_all_orders(k):
    groups = groups_of(LISTS)
    hits, gains = groups.expected(k)
    ratios = expected_ratio(groups, k)
    for q, lists in enumerate(LISTS):
        every = list(orders(lists))
        assert hits[q] == pytest.approx(fmean(sum(o[:k]) for o in every), abs=1e-12)
        assert gains[q] == pytest.approx(fmean(gain(o, k) for o in every), abs=1e-12)
        told = fmean(gain(o, k) / max(sum(o[:k]), 1) for o in every)
        assert ratios[q] == pytest.approx(told, abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 4, 9])
def test_tie_mass_is_the_share_of_the_straddling_group(k):
    found = groups_of(LISTS).tie_mass(k)
    for q, lists in enumerate(LISTS):
        before, mass = 0, 0.0
        for group in lists:
            if before < k < before + len(group):
                mass = (k - before) / k
            before += len(group)
        assert found[q] == pytest.approx(mass)


def test_chances_of_large_groups_neither_vanish_nor_drift():
    """One group of 100,000 items, 40,000 of them relevant, cut at 20,000."""
    n, r, k = 100_000, 40_000, 20_000
    column = [np.array([value], dtype=np.float64) for value in (n, r, 0, 0)]
    H = harmonic(n)
    groups = Groups(np.array([0, 1]), *column, H)
    x = np.arange(k + 1, dtype=np.float64)
    chance = hypergeom(n, r, k).pmf(x)
    # Given x hits among k places: x / k * (H_k + (x - 1) / (k - 1) * (k - H_k)).
    gains = x / k * (H[k] + (x - 1) / (k - 1) * (k - H[k]))
    wanted = (chance * gains / np.maximum(x, 1)).sum() / chance.sum()
    assert expected_ratio(groups, k)[0] == pytest.approx(wanted, rel=1e-9)
