"""Spherical Hamming distance against a sort by fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from hashbench import BinaryCodes, Labels
from hashbench.errors import UsageError
from hashbench.ranking import Ranked, evaluate, parse_measure
from hashbench.ranking.spherical import spherical_ranks


def distance(a: np.ndarray, b: np.ndarray) -> Fraction:
    differ, both = int((a != b).sum()), int((a & b).sum())
    if differ == 0:
        return Fraction(0)
    return Fraction(10**9) if both == 0 else Fraction(differ, both)


def average_precision(query: int, bits: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return AP@k with divisor min(R, K), the query dropped, over every order of tied items."""
    others = [i for i in range(len(bits)) if i != query]
    relevant = {i: bool(labels[i] == labels[query]) for i in others}
    by_distance: dict[Fraction, list[int]] = {}
    for i in others:
        by_distance.setdefault(distance(bits[query], bits[i]), []).append(i)
    orders: list[list[int]] = [[]]
    for d in sorted(by_distance):
        orders = [o + list(p) for o in orders for p in permutations(by_distance[d])]
    values = []
    for order in orders:
        hits, total = 0, 0.0
        for rank, item in enumerate(order[:k], 1):
            hits += relevant[item]
            total += relevant[item] * hits / rank
        values.append(total / max(min(sum(relevant.values()), k), 1))
    return float(np.mean(values))


def made(seed: int, n: int = 9, n_bits: int = 6) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (n, n_bits))
    bits[0] = 0
    bits[1] = 0
    bits[2] = bits[3]
    return bits, random.integers(0, 3, n)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_average_precision_over_all_orders_of_ties(seed: int) -> None:
    bits, labels = made(seed)
    codes, shown = BinaryCodes.from_bits(bits), Labels.from_array(labels)
    name = 'SphericalAP(divisor="min(R,K)", ties="expected", query="dropped")@4'
    found = evaluate(codes, codes, shown, shown, k=[4], self_retrieval=True, measures=[name])
    wanted = [average_precision(q, bits, labels, 4) for q in range(len(bits))]
    np.testing.assert_allclose(found.per_query[name], wanted, atol=1e-12)


def test_it_is_another_ranking_than_that_by_hamming_distance() -> None:
    query = BinaryCodes.from_bits([[1, 1, 1, 1, 0, 0, 0, 0]])
    # 2 bits differ and 2 are both 1; 3 differ and 4 are both 1.
    items = BinaryCodes.from_bits([[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 0]])
    one, two = Labels.from_array([1], 2), Labels.from_array([0, 1], 2)
    found = evaluate(query, items, one, two, k=[1], measures=["SphericalAP@1", "AP@1"])
    values = {name.partition("(")[0]: found.per_query[name] for name in found.extra}
    assert values["AP"].tolist() == [0]
    assert values["SphericalAP"].tolist() == [1]


def test_blocks_of_queries_and_items_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    codes = BinaryCodes.from_bits(random.integers(0, 2, (150, 20)))
    labels = Labels.from_array(random.integers(0, 4, 150), 4)

    def values() -> np.ndarray:
        found = evaluate(codes, codes, labels, labels, k=[9], measures=["SphericalAP@9"])
        return found.per_query[found.extra[0]]

    whole = values()
    monkeypatch.setattr("hashbench.ranking.spherical._QUERIES", 7)
    monkeypatch.setattr("hashbench.ranking.spherical._ITEMS", 11)
    np.testing.assert_array_equal(values(), whole)


def test_places_are_in_the_order_of_the_fractions() -> None:
    ranks = spherical_ranks(24)
    pairs = [(x, a) for x in range(25) for a in range(1, 25 - x)]
    fractions = [Fraction(x, a) for x, a in pairs]
    places = [int(ranks[pair]) for pair in pairs]
    order = sorted(set(fractions))
    assert places == [order.index(f) for f in fractions]
    assert {int(ranks[x, 0]) for x in range(1, 25)} == {len(order)}


def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="SphericalAP: ties can be expected, optimistic or pess"):
        parse_measure('SphericalAP(ties="stable")@5')
    with pytest.raises(UsageError, match="queries without a hit count 0"):
        parse_measure('SphericalAP(divisor="hits", empty="skip")@5')
    codes, labels = BinaryCodes.from_bits([[0, 1]]), Labels.from_array([0])
    found = evaluate(codes, codes, labels, labels, k=[1])
    assert not any("Spherical" in name for name in found.per_query)
    from hashbench.ranking import Counts

    counts = Counts.from_dense(
        np.array([[1, 0, 0]]), np.array([[1, 0, 0]]), np.array([1]), size=1, depth=1, radius=2
    )
    with pytest.raises(UsageError, match="SphericalAP needs the codes"):
        parse_measure("SphericalAP@1").per_query(Ranked(counts))
