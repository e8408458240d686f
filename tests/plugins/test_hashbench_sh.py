"""Spectral hashing against the eigenfunctions written out, on scikit-learn's PCA."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA

from hashbench import Videos
from hashbench.errors import DataError, MethodError
from hashbench_sh import SH, lowest_modes


def eigenfunctions(train: np.ndarray, query: np.ndarray, bits: int) -> np.ndarray:
    """Return the values of the eigenfunctions at ``query``, by ascending eigenvalue."""
    pca = PCA(min(bits, *train.shape), svd_solver="full").fit(train)
    inside, asked = pca.transform(train), pca.transform(query)
    found = []
    for i in range(inside.shape[1]):
        a, b = inside[:, i].min(), inside[:, i].max()
        for k in range(1, bits + 1):
            omega = k * math.pi / (b - a)
            found.append((omega**2, np.sin(math.pi / 2 + omega * (asked[:, i] - a))))
    found.sort(key=lambda pair: pair[0])
    return np.stack([values for _, values in found[:bits]], axis=1)


@pytest.mark.parametrize("bits", [1, 8, 24, 60])
def test_bits_are_the_signs_of_the_eigenfunctions(bits: int, small: Videos, others: Videos) -> None:
    codes = SH(bits=bits).fit(small).encode(others).unpack()
    train, query = (v.mean_pooled().astype(np.float64) for v in (small, others))
    same = (codes == (eigenfunctions(train, query, bits) >= 0)).mean(axis=0)
    # A component may point either way: a mode of odd k is then its opposite.
    np.testing.assert_array_equal(np.maximum(same, 1 - same), 1)


def test_a_box_twice_as_long_gets_its_second_mode_with_the_first_of_the_other() -> None:
    modes = lowest_modes(np.array([4.0, 2.0, 0.0]), 6)
    assert modes.tolist() == [[0, 1], [0, 2], [1, 1], [0, 3], [0, 4], [1, 2]]


def test_no_training_video_decides_the_sign_of_its_own_edge(small: Videos) -> None:
    """At both ends of the box a mode is +1 or -1, never near 0."""
    method = SH(bits=24).fit(small)
    assert method.encode(small).near_zero == 0


def test_a_zero_of_a_mode_counts_as_plus() -> None:
    line = Videos(np.linspace(0, 8, 9, dtype=np.float32)[:, None])
    codes = SH(bits=2).fit(line).encode(line)
    first, second = codes.unpack().T.tolist()
    # cos(pi x / 8) is 0 at x = 4, cos(2 pi x / 8) at 2 and at 6.
    assert first[4] == 1
    assert sum(first) == 5
    assert second == [1, 1, 1, 0, 0, 0, 1, 1, 1]
    assert codes.near_zero == 3


def test_nothing_is_random(small: Videos) -> None:
    assert SH(16, seed=0).fit(small).encode(small) == SH(16, seed=9).fit(small).encode(small)


def test_errors(small: Videos) -> None:
    flat = Videos(np.full((30, 2, 5), 0.1, np.float32), name="flat")
    with pytest.raises(MethodError, match="sh: all videos of flat are equal"):
        SH(bits=4).fit(flat)
    hole = small.take(slice(None)).copy()
    hole[3, 1, 2] = np.inf
    with pytest.raises(DataError, match="small: features hold NaN"):
        SH(8).fit(Videos(hole, name="small"))
    with pytest.raises(DataError, match="hole: features hold NaN"):
        SH(8).fit(small).encode(Videos(hole, name="hole"))
    with pytest.raises(DataError, match=r"\(n, 24\) is needed"):
        SH(8).fit(small).encode(Videos(np.ones((3, 2, 7), np.float32)))
