from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashbench import Videos
from hashbench_lsh import LSH, POOL, hyperplanes
from hashbench_submod import Submod, bit_graph, lazy_greedy, score


def instance(bits: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a random graph with draws, zeros and ones among its edges."""
    rng = np.random.default_rng(seed)
    P = np.round(rng.random((bits, bits)) ** 2, 1)
    P = np.maximum(P, P.T)
    np.fill_diagonal(P, 1)
    return P, np.round(rng.random(bits), 1)


def plain_greedy(P: np.ndarray, w: np.ndarray, size: int) -> list[int]:
    chosen: list[int] = []
    left = w.copy()
    for _ in range(size):
        gains = [-1.0 if u in chosen else float(np.dot(P[u], left)) for u in range(len(w))]
        chosen.append(int(np.argmax(gains)))
        left *= 1 - P[chosen[-1]]
    return chosen


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_score_is_monotone_and_submodular(seed: int, data: st.DataObject) -> None:
    P, w = instance(8, seed)
    T = data.draw(st.sets(st.integers(0, 7), max_size=7))
    S = {u for u in sorted(T) if data.draw(st.booleans())}
    u = data.draw(st.sampled_from(sorted(set(range(8)) - T)))
    gain_small = score(P, w, S | {u}) - score(P, w, S)
    gain_large = score(P, w, T | {u}) - score(P, w, T)
    assert gain_large >= -1e-12
    assert gain_small >= gain_large - 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_lazy_greedy_is_plain_greedy(seed: int) -> None:
    P, w = instance(40, seed)
    chosen, gains = lazy_greedy(P, w, 40)
    assert chosen.tolist() == plain_greedy(P, w, 40)
    assert gains.sum() == pytest.approx(score(P, w, range(40)))
    assert np.all(np.diff(gains) <= 1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_greedy_is_near_the_best_choice(seed: int) -> None:
    P, w = instance(10, seed)
    best = max(score(P, w, S) for S in itertools.combinations(range(10), 4))
    assert score(P, w, lazy_greedy(P, w, 4)[0]) >= (1 - 1 / np.e) * best


def test_graph_is_correlation_and_entropy(small: Videos) -> None:
    X = small.mean_pooled()
    mean = X.mean(axis=0)
    normals = np.ascontiguousarray(hyperplanes(24, 12, 0).T)
    normals[:, 3] = 0  # a bit that is always 1
    P, w = bit_graph(X, normals, mean)
    bits = ((X - mean) @ normals >= 0).astype(float)
    rest = [b for b in range(12) if b != 3]
    np.testing.assert_allclose(P[np.ix_(rest, rest)], np.corrcoef(bits[:, rest].T) ** 2, atol=1e-6)
    q = bits.mean(axis=0)[rest]
    np.testing.assert_allclose(w[rest], -q * np.log2(q) - (1 - q) * np.log2(1 - q), atol=1e-6)
    assert w[3] == 0
    assert P[3].tolist() == np.eye(12)[3].tolist()


@pytest.mark.parametrize("bits", [8, 64, 1024])
def test_choices_are_nested(bits: int, small: Videos) -> None:
    long = Submod(bits=1100, seed=1).fit(small)
    short = Submod(bits=bits, seed=1).fit(small)
    np.testing.assert_array_equal(short.planes_, long.planes_[:bits])
    assert sorted(long.planes_[:POOL]) == list(range(POOL))
    assert long.planes_[POOL:].tolist() == list(range(POOL, 1100))


def test_choice_scores_above_chance(small: Videos) -> None:
    """Both choose from one pool, so the score of the greedy set must lead that of LSH's draw."""
    X = small.mean_pooled()
    pool = np.ascontiguousarray(hyperplanes(24, POOL, 0).T)
    P, w = bit_graph(X, pool, X.mean(axis=0, dtype=np.float64))
    chosen = Submod(bits=16).fit(small)
    drawn = LSH(bits=16).fit(small)
    assert score(P, w, chosen.planes_) > score(P, w, drawn.planes_) * 1.02
    assert sum(chosen.diagnostics()["gains"]) == pytest.approx(score(P, w, chosen.planes_))
