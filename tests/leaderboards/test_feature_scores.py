"""Scores of the exact features, against a sort of every row."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.leaderboards.feature_scores import average_precision


def plain(scores, relevant, divisor, k):
    """One query after the other, from its whole list."""
    found = []
    for row, wanted in zip(scores, relevant, strict=True):
        order = sorted(range(len(row)), key=lambda i: (-row[i], i))
        hits, total = 0, 0.0
        for rank, item in enumerate(order[:k], start=1):
            if wanted[item]:
                hits += 1
                total += hits / rank
        by = {"K": k, "min(R,K)": min(int(wanted.sum()), k), "hits": hits}[divisor]
        found.append(total / max(by, 1))
    return found


@pytest.mark.parametrize("divisor", ["K", "min(R,K)", "hits"])
@pytest.mark.parametrize(("n", "k"), [(60, 20), (20, 20), (7, 20), (300, 1)])
@pytest.mark.parametrize("levels", [2, 9, 10**6])  # almost all equal, some, none
def test_scores_are_those_of_a_whole_sort(levels, n, k, divisor):
    rng = np.random.default_rng([levels, n, k])
    scores = rng.integers(0, levels, (40, n)) / levels
    scores[np.arange(40), rng.integers(0, n, 40)] = -np.inf  # the query itself, dropped
    relevant = rng.random((40, n)) < 0.2
    values = average_precision(scores, relevant, divisor, k)
    assert values == pytest.approx(plain(scores, relevant, divisor, k), abs=1e-12)
