"""PCA hashing against scikit-learn's PCA."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench_itq import ITQ
from hashbench_pcah import PCAH


def agreement(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return by how much the columns agree, where a component may point either way."""
    same = (a == b).mean(axis=0)
    return np.maximum(same, 1 - same)


@pytest.mark.parametrize("bits", [1, 16, 24])
def test_bits_are_the_signs_of_scikit_learn_s_components(
    bits: int, small: Videos, others: Videos
) -> None:
    codes = PCAH(bits=bits).fit(small).encode(others).unpack()
    pca = PCA(bits, svd_solver="full").fit(small.mean_pooled().astype(np.float64))
    wanted = pca.transform(others.mean_pooled().astype(np.float64)) >= 0
    np.testing.assert_array_equal(agreement(codes, wanted), 1)


def test_a_rotation_keeps_the_span_and_spreads_the_variance(small: Videos) -> None:
    plain, turned = (PCAH(bits=8, rotation=r).fit(small) for r in ("none", "random"))
    W, WR = plain.projection_, turned.projection_
    np.testing.assert_allclose(W @ W.T, WR @ WR.T, atol=1e-10)
    centred = small.mean_pooled() - plain.mean_
    before, after = (centred @ W).var(axis=0), (centred @ WR).var(axis=0)
    assert after.sum() == pytest.approx(before.sum())
    assert after.max() / after.min() < before.max() / before.min()
    signs = centred @ WR >= 0
    np.testing.assert_array_equal(turned.encode(small).unpack(), signs)


def test_the_seed_turns_the_rotation_alone(small: Videos) -> None:
    def codes(rotation: str, seed: int) -> str:
        return PCAH(bits=12, seed=seed, rotation=rotation).fit(small).encode(small).sha256

    assert codes("none", 0) == codes("none", 1)
    assert codes("random", 0) != codes("random", 1)


def test_itq_begins_at_the_same_rotation(small: Videos) -> None:
    """One round of ITQ from these signs: B^T V = S Omega S'^T, R = S' S^T."""
    begun = PCAH(bits=8, seed=5, rotation="random").fit(small)
    W = PCAH(bits=8).fit(small).projection_
    V = (small.mean_pooled() - begun.mean_) @ W
    B = begun.encode(small).signs().astype(np.float64)
    S, _, St = np.linalg.svd(B.T @ V)
    itq = ITQ(bits=8, seed=5, iterations=1).fit(small)
    np.testing.assert_allclose(itq.projection_, W @ (S @ St).T, atol=1e-9)


def test_more_bits_than_directions_is_said_before_the_work(small: Videos) -> None:
    wide = "25 bits need as many principal directions; small has 24 "
    with pytest.raises(MethodError, match=wide):
        PCAH(bits=25).fit(small)
    few = Videos(small.take(slice(0, 10)), name="few")
    with pytest.raises(MethodError, match=r"few has 9 \(10 videos of 24 dimensions\)"):
        PCAH(bits=16).fit(few)
    flat = Videos(np.ones((30, 2, 5), np.float32), name="flat")
    with pytest.raises(MethodError, match="flat has 1"):
        PCAH(bits=4).fit(flat)


def test_errors(small: Videos) -> None:
    with pytest.raises(UsageError, match="rotation must be one of none, random, not 'half'"):
        hashbench.method("pcah", bits=8, rotation="half")
    with pytest.raises(MethodError, match="not fitted"):
        PCAH(8).encode(small)
    hole = small.take(slice(None)).copy()
    hole[3, 1, 2] = np.nan
    with pytest.raises(DataError, match="NaN"):
        PCAH(8).fit(Videos(hole))
    with pytest.raises(DataError, match=r"\(n, 24\) is needed"):
        PCAH(8).fit(small).encode(Videos(np.ones((3, 2, 7), np.float32)))
