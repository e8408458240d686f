"""Codes of three values: distances of published programs, and every measure by brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from hashbench import BinaryCodes, Labels
from hashbench.errors import DataError, UsageError
from hashbench.ranking import AP, PROFILES, Precision, RadiusPrecision, Recall, evaluate
from hashbench.ranking.profiles import ALWAYS
from hashbench.retrieval.nearest import nearest
from hashbench.ternary import as_queries, own_distances, signs_of, ternary_codes

N, L, K = 6, 5, 3
TIES = ("expected", "optimistic", "pessimistic", "stable")


def published(query, database):
    """The distance as the programs take it."""
    return 0.5 * (query.shape[1] - query @ database.T)


def distances(a, b):
    bits = as_queries(a).unpack().astype(int)
    return (bits[:, None, :] != b.unpack()[None, :, :]).sum(axis=2) / a.scale


@pytest.mark.parametrize("width", [1, 2, 3, 8, 64, 1024])
def test_distances_are_those_of_published_programs(width):
    signs = np.random.default_rng(width).integers(-1, 2, (9, width))
    codes = ternary_codes(signs)
    assert (codes.length, codes.n_bits) == (width, 4 * width)
    assert np.array_equal(signs_of(codes), signs)
    assert np.array_equal(distances(codes, codes), published(signs, signs))
    assert np.array_equal(own_distances(codes) / 4, (signs == 0).sum(axis=1) / 2)


def test_without_zeros_distances_are_hamming():
    signs = np.random.default_rng(0).choice([-1, 1], (8, 7))
    codes, bits = ternary_codes(signs), BinaryCodes.from_bits(signs)
    assert np.array_equal(distances(codes, codes), distances(bits, bits))
    assert not own_distances(codes).any()


def every_order(distance, relevant, value):
    """The value of each order that the distances allow, the stable one first."""
    found = []
    for order in permutations(range(len(distance))):
        order = np.array(order)
        ranked = order[np.argsort(distance[order], kind="stable")]
        found.append(value(relevant[ranked]))
    return np.array(found)


def brute(distance, relevant, value):
    values = every_order(distance, relevant, value)
    return dict(zip(TIES, (values.mean(), values.max(), values.min(), values[0]), strict=True))


def ap(divisor, n_relevant):
    def value(hits):
        top = hits[:K]
        total = (top * np.cumsum(top) / np.arange(1, len(top) + 1)).sum()
        by = {"min(R,K)": min(n_relevant, K), "K": K}[divisor]
        return total / by if by else 0.0

    return value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_every_measure_and_tie_policy_is_that_of_brute_force(seed, engine):
    rng = np.random.default_rng(seed)
    signs, ids = rng.integers(-1, 2, (N, L)), rng.integers(0, 2, N)
    codes, labels = ternary_codes(signs), Labels.from_array(ids)
    within = [RadiusPrecision(within=r, query=q) for r in (1, 2, 3) for q in ("kept", "dropped")]
    found = evaluate(
        codes, codes, labels, labels,
        k=[K], ties=TIES, self_retrieval=True, measures=within, engine=engine,
    )  # fmt: skip
    assert found.n_bits == L
    for i in range(N):
        for profile in (PROFILES[name] for name in ALWAYS):
            here = np.arange(N) != i if profile.query == "dropped" else np.ones(N, dtype=bool)
            distance, relevant = published(signs[[i]], signs)[0][here], (ids == ids[i])[here]
            n_relevant = int(relevant.sum())
            measures = {
                AP: (ap(profile.divisor, n_relevant), {"divisor": profile.divisor}),
                Precision: (lambda hits: hits[:K].mean(), {}),
                Recall: (lambda hits, n=n_relevant: hits[:K].sum() / n if n else 0.0, {}),
            }
            for kind, (value, more) in measures.items():
                wanted = brute(distance, relevant, value)
                for ties in TIES:
                    measure = kind(K, ties=ties, query=profile.query, **more)
                    assert found.per_query[str(measure)][i] == pytest.approx(wanted[ties]), measure
            for radius in (1, 2, 3):
                inside = distance <= radius
                share = relevant[inside].mean() if inside.any() else 0.0
                name = str(RadiusPrecision(within=radius, query=profile.query))
                assert found.per_query[name][i] == pytest.approx(share), name


def test_the_curve_has_radii_in_half_steps():
    rng = np.random.default_rng(1)
    signs, ids = rng.integers(-1, 2, (20, 4)), rng.integers(0, 3, 20)
    codes, labels = ternary_codes(signs), Labels.from_array(ids)
    curve = evaluate(codes, codes, labels, labels, k=[3], self_retrieval=True).curve
    assert curve["radius"] == [i / 2 for i in range(9)]
    distance, relevant = published(signs, signs), ids[:, None] == ids
    for radius, recall in zip(curve["radius"], curve["recall"], strict=True):
        inside = (distance <= radius) & relevant
        assert recall == pytest.approx((inside.sum(1) / relevant.sum(1)).mean())


def test_a_query_far_from_itself_is_dropped_all_the_same():
    signs = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, -1], [-1, 1, 1, 1], [1, 1, 0, 1]])
    codes, labels = ternary_codes(signs), Labels.from_array([0, 0, 1, 1, 0])
    found = evaluate(
        codes, codes, labels, labels, k=[1], profiles=["strict"], ties=["expected", "stable"],
        self_retrieval=True, full=False,
    )  # fmt: skip
    # The code of zeros is two bits from every code, its own one too.
    values = found.per_query[str(AP(1, "min(R,K)", "expected", "dropped"))]
    assert values[0] == pytest.approx(2 / 4)
    assert values[1] == 1  # the last one is half a bit away


def test_search_gives_distances_in_half_steps():
    signs = np.random.default_rng(3).integers(-1, 2, (30, 9))
    codes, labels = ternary_codes(signs), Labels.from_array(np.zeros(30, int))
    found = nearest(codes[:4], None, codes, labels, top=10)
    for i, row in enumerate(found):
        wanted = np.sort(published(signs[[i]], signs)[0])[:10]
        assert [one.distance for one in row] == wanted.tolist()


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"the value 2; all values must be -1, 0 or \+1"):
        ternary_codes(np.array([[2, 0]]))
    with pytest.raises(DataError, match="1025 bits; 1024 are possible"):
        ternary_codes(np.zeros((1, 1025)))
    codes = ternary_codes(np.zeros((2, 2)))
    with pytest.raises(UsageError, match="codes of three values are not kept"):
        codes.save("x.npz")
    bits, labels = BinaryCodes.from_bits(np.zeros((2, 8))), Labels.from_array([0, 1])
    with pytest.raises(UsageError, match="one has three values"):
        evaluate(codes, bits, labels, labels, k=[1])
    with pytest.raises(UsageError, match="one width"):
        BinaryCodes.concatenate([codes, bits])
    assert codes != BinaryCodes(codes.packed, codes.n_bits)
