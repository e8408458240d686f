"""Functions of published programs, against the same computed plainly."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import torch

from hashbench.compat import CalcHammingDist, CalcMap, CalcTopMap, mAP
from hashbench.errors import HashbenchError

rng = np.random.default_rng(0)


def distances(query, database):
    return 0.5 * (query.shape[1] - query @ database.T)


def averaged(query, database, relevant, value, orders):
    """The mean over queries of ``value`` of the hits, averaged over orders of the database."""
    total = []
    for i, distance in enumerate(distances(query, database)):
        for order in orders:
            order = np.array(order)
            ranked = order[np.argsort(distance[order], kind="stable")]
            total.append(value(relevant[i][ranked].astype(float)))
    return np.mean(total)


def by_hits(k):
    def value(hits):
        top = hits[:k]
        ranks = np.flatnonzero(top) + 1
        return np.mean(np.arange(1, len(ranks) + 1) / ranks) if len(ranks) else 0.0

    return value


def by_k(k):
    return lambda hits: (hits[:k] * np.cumsum(hits[:k]) / np.arange(1, k + 1)).sum() / k


@pytest.mark.parametrize("low", [-1, 0])
@pytest.mark.parametrize("topk", [2, 6, None, -1])
def test_top_map_is_the_mean_over_all_orders(low, topk):
    """With codes of -1 and +1 (low 0: zeros among them), which are half a bit from anything."""
    choice = [-1, 1] if low else [-1, 0, 1]
    database, query = rng.choice(choice, (6, 4)), rng.choice(choice, (5, 4))
    labels, asked = rng.integers(0, 2, (6, 3)), rng.integers(0, 2, (5, 3))
    relevant = asked @ labels.T > 0
    k = 6 if topk in (None, -1) else topk
    wanted = averaged(query, database, relevant, by_hits(k), list(permutations(range(6))))
    assert CalcTopMap(database, query, labels, asked, topk) == pytest.approx(wanted)
    if topk is None:
        assert CalcMap(query, database, asked, labels) == pytest.approx(wanted)
    stable = averaged(query, database, relevant, by_hits(k), [range(6)])
    assert CalcTopMap(database, query, labels, asked, topk, ties="stable") == pytest.approx(stable)


@pytest.mark.parametrize("divisor", ["K", "hits"])
def test_argsort_is_what_the_programs_do(divisor):
    database, query = rng.choice([-1, 1], (400, 8)), rng.choice([-1, 1], (31, 8))
    labels, asked = rng.integers(0, 5, 400), rng.integers(0, 5, 31)
    value = by_k(50) if divisor == "K" else by_hits(50)
    wanted = np.mean([
        value((labels == asked[i])[np.argsort(d)].astype(float))
        for i, d in enumerate(distances(query, database))
    ])  # fmt: skip
    found = mAP(query, asked, 50, database, labels, divisor=divisor, ties="argsort")
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("query", ["kept", "dropped"])
def test_map_of_a_set_against_itself(query):
    codes, labels = rng.choice([-1, 1], (6, 3)), np.array([0, 1, 0, 1, 1, 0])
    total = []
    for i, distance in enumerate(distances(codes, codes)):
        here = np.arange(6) != i if query == "dropped" else np.ones(6, bool)
        for order in permutations(np.flatnonzero(here)):
            order = np.array(order)
            hits = (labels == labels[i])[order[np.argsort(distance[order], kind="stable")]]
            total.append(by_k(3)(hits.astype(float)))
    assert mAP(codes, labels, 3, query=query) == pytest.approx(np.mean(total))
    assert mAP((codes + 1) // 2, labels, 3, query=query) == pytest.approx(np.mean(total))


def test_tensors_arrays_and_lists_are_one():
    codes, labels = rng.choice([-1.0, 1.0], (20, 8)), rng.integers(0, 3, 20)
    hot = np.eye(3)[labels]
    wanted = mAP(codes, labels, 5)
    assert mAP(torch.tensor(codes, requires_grad=True), torch.tensor(hot), 5) == wanted
    assert mAP(codes.tolist(), labels.tolist(), 5) == wanted


def test_distances():
    one, other = rng.integers(-1, 2, (4, 9)), rng.integers(-1, 2, (5, 9))
    assert np.array_equal(CalcHammingDist(one, other), distances(one, other))
    assert np.array_equal(CalcHammingDist(one[0], other), distances(one, other)[0])
    bits = rng.integers(0, 2, (5, 9))
    assert np.array_equal(CalcHammingDist(bits, bits), (bits[:, None] != bits).sum(-1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, y: mAP(c, y, 21), "at most 20"),
        (lambda c, y: mAP(c, y, 21, ties="argsort"), "the database has 20 items"),
        (lambda c, y: mAP(c, y[:3], 5), "20 codes but 3 labels"),
        (lambda c, y: mAP(c, y[:3], 5, ties="argsort"), "a label for each code"),
        (lambda c, y: mAP(c, y, 5, ties="random"), "random"),
        (lambda c, y: mAP(c, y, 5, divisor="N"), "divisor"),
        (lambda c, y: mAP(c, y, 5, c), "one is missing"),
        (lambda c, y: mAP(c, y, 5, c[:, :3], y), "4 and 3 bits"),
        (lambda c, y: mAP(c * 0.5, y, 5), "the value"),
        (lambda c, y: CalcTopMap(c, c, np.eye(3)[y], np.eye(4)[y], 5), "one width"),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    codes, labels = rng.choice([-1, 1], (20, 4)), rng.integers(0, 3, 20)
    with pytest.raises(HashbenchError, match=message):
        call(codes, labels)
