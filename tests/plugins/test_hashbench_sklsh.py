"""SKLSH against scikit-learn's neighbours, the kernel, and the paper's expected distance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench_sklsh import SKLSH, neighbour_distance


def expected_share(kernel_of_multiple: list[float]) -> float:
    """Return the expected share of differing bits.

    For t uniform on [-1, 1], two bits differ with probability E|cos u - cos v| / 2, whose Fourier
    series is 8 / pi^2 sum_m (1 - k(m x - m y)) / (4 m^2 - 1); m from 1 on.
    """
    return sum(
        8 / math.pi**2 * (1 - k) / (4 * m**2 - 1) for m, k in enumerate(kernel_of_multiple, 1)
    )


@pytest.mark.parametrize("distance", [0.2, 0.7, 1.5, 4.0])
def test_share_of_differing_bits_is_that_of_the_kernel(distance: float) -> None:
    x = np.zeros((2, 1, 5), np.float32)
    x[1, 0, 2] = distance
    shares = []
    for seed in range(4):
        a, b = SKLSH(bits=4096, seed=seed, sigma=1.0).fit(Videos(x)).encode(Videos(x)).unpack()
        shares.append(np.mean(a != b))
    kernels = [math.exp(-((m * distance) ** 2) / 2) for m in range(1, 200)]
    # Numerically: the mean over phases and frequencies of the gap between two cosines.
    random = np.random.default_rng(0)
    u = random.uniform(0, 2 * math.pi, 400_000)
    v = u + distance * random.standard_normal(400_000)
    numeric = np.abs(np.cos(u) - np.cos(v)).mean() / 2
    assert np.mean(shares) == pytest.approx(numeric, abs=0.015)
    assert expected_share(kernels) == pytest.approx(numeric, abs=0.005)


def test_bits_follow_the_formula(small: Videos, others: Videos) -> None:
    method = SKLSH(bits=40, seed=3).fit(small)
    mean = small.mean_pooled().astype(np.float64).mean(axis=0)
    for video, bits in zip(others.mean_pooled(), method.encode(others).unpack(), strict=True):
        for k in range(40):
            angle = float((video - mean) @ method.frequencies_[:, k]) + method.phases_[k]
            assert bits[k] == (math.cos(angle) + method.thresholds_[k] >= 0)


def test_the_bandwidth_is_the_mean_distance_of_the_fiftieth_neighbour(small: Videos) -> None:
    method = SKLSH(bits=8).fit(small)
    X = small.mean_pooled().astype(np.float64)
    distances, _ = NearestNeighbors(n_neighbors=51, algorithm="brute").fit(X).kneighbors(X)
    assert method.sigma_ == pytest.approx(distances[:, 50].mean())
    assert method.diagnostics() == {"sigma": method.sigma_}
    # w is of variance 1 / sigma^2.
    wide = SKLSH(bits=2000).fit(small)
    assert wide.frequencies_.std() * wide.sigma_ == pytest.approx(1, abs=0.01)
    assert np.all(np.abs(wide.thresholds_) <= 1)
    assert np.all((wide.phases_ >= 0) & (wide.phases_ < 2 * math.pi))


def test_neighbours_in_blocks_and_fewer_videos_than_neighbours() -> None:
    X = np.random.default_rng(1).standard_normal((9000, 3)).astype(np.float32)
    mean = X.mean(axis=0, dtype=np.float64)
    found = neighbour_distance(X, mean, 7, seed=0)
    distances, _ = NearestNeighbors(n_neighbors=8).fit(X).kneighbors(X)
    assert found == pytest.approx(distances[:, 7].mean(), rel=0.05)
    few = X[:4]
    far = np.linalg.norm(few[:, None] - few, axis=2).max(axis=1)
    assert neighbour_distance(few, mean, 50, seed=0) == pytest.approx(far.mean(), rel=1e-6)


def test_codes_are_nested(small: Videos) -> None:
    long = SKLSH(bits=90, seed=2).fit(small).encode(small).unpack()
    short = SKLSH(bits=33, seed=2).fit(small).encode(small).unpack()
    np.testing.assert_array_equal(short, long[:, :33])


def test_sigma_that_is_given_is_taken(small: Videos) -> None:
    one = Videos(small.take(slice(0, 1)), name="one")
    assert SKLSH(bits=8, sigma=2.5).fit(one).sigma_ == 2.5
    with pytest.raises(MethodError, match="one has one video, so no neighbours: give sigma"):
        SKLSH(bits=8).fit(one)
    flat = Videos(np.ones((30, 2, 5), np.float32), name="flat")
    with pytest.raises(MethodError, match="videos of flat are as far from neighbour 50 as from"):
        SKLSH(bits=8).fit(flat)


def test_errors(small: Videos) -> None:
    with pytest.raises(UsageError, match="neighbour must be at least 1, not 0"):
        hashbench.method("sklsh", bits=8, neighbour=0)
    with pytest.raises(UsageError, match="sigma must be above 0, not -1"):
        hashbench.method("sklsh", bits=8, sigma=-1.0)
    hole = small.take(slice(None)).copy()
    hole[3, 1, 2] = np.nan
    with pytest.raises(DataError, match="NaN"):
        SKLSH(8).fit(Videos(hole))
    with pytest.raises(DataError, match="hole: features hold NaN"):
        SKLSH(8).fit(small).encode(Videos(hole, name="hole"))
    with pytest.raises(DataError, match=r"\(n, 24\) is needed"):
        SKLSH(8).fit(small).encode(Videos(np.ones((3, 2, 7), np.float32)))
