"""Spherical hashing against its equations, pair by pair."""

from __future__ import annotations

import numpy as np
import pytest

import hashbench
from hashbench import Videos
from hashbench.errors import DataError, MethodError, UsageError
from hashbench_sph import SpH, forces, halved


def overlaps(inside: np.ndarray) -> tuple[float, float]:
    """Return mean |o_ij - m/4| and deviation of o_ij as shares of m / 4, pair by pair."""
    m, bits = inside.shape
    found = [
        sum(1 for a, b in zip(inside[:, i], inside[:, j], strict=True) if a and b) / (m / 4)
        for i in range(bits)
        for j in range(i + 1, bits)
    ]
    return float(np.mean([abs(o - 1) for o in found])), float(np.std(found))


def test_a_bit_says_whether_the_mean_frame_lies_in_the_sphere(
    small: Videos, others: Videos
) -> None:
    method = SpH(bits=12, seed=2).fit(small)
    centres = method.pivots_ + small.mean_pooled().astype(np.float64).mean(axis=0)
    radii = np.sqrt(method.squared_radii_)
    for video, bits in zip(others.mean_pooled(), method.encode(others).unpack(), strict=True):
        wanted = [
            np.linalg.norm(video - centre) <= radius
            for centre, radius in zip(centres, radii, strict=True)
        ]
        assert bits.tolist() == wanted


def test_spheres_halve_the_videos_and_share_a_quarter(small: Videos) -> None:
    method = SpH(bits=12).fit(small)
    inside = method.encode(small).unpack()
    assert inside.sum(axis=0).tolist() == [150] * 12
    mean, deviation = overlaps(inside)
    assert mean <= 0.1
    assert deviation <= 0.15
    assert method.overlaps_[-1].tolist() == pytest.approx([mean, deviation])
    assert len(method.overlaps_) > 1
    assert method.overlaps_[0].max() > method.overlaps_[-1].max()


def test_rounds_are_those_of_the_equations() -> None:
    """Three rounds written out with loops, from the pivots of a method that made none."""
    X = np.random.default_rng(3).standard_normal((80, 6))
    P = np.stack([X[i : i + 5].mean(axis=0) for i in range(0, 20, 5)])
    fast = slow = P
    for _ in range(3):
        inside, _ = halved(X, fast)
        fast = fast + forces(inside.T @ inside / 20 - 1, fast)

        held = np.zeros((80, 4), bool)
        for k, p in enumerate(slow):
            distance = np.linalg.norm(X - p, axis=1)
            held[np.argsort(distance)[:40], k] = True
        moved = slow.copy()
        for i in range(4):
            for j in range(4):
                o = np.count_nonzero(held[:, i] & held[:, j])
                moved[i] += 0.5 * (o - 20) / 20 * (slow[i] - slow[j]) / 4
        slow = moved
        np.testing.assert_array_equal(inside, held)
        np.testing.assert_allclose(fast, slow, atol=1e-12)


def test_the_rounds_end_where_they_must(small: Videos) -> None:
    assert len(SpH(bits=8, rounds=2, mean_tolerance=1e-6).fit(small).overlaps_) == 3
    easy = SpH(bits=8, mean_tolerance=9.0, deviation_tolerance=9.0).fit(small)
    assert len(easy.overlaps_) == 1
    assert SpH(bits=1).fit(small).diagnostics() == {
        "overlap_mean_error": [0.0],
        "overlap_deviation": [0.0],
    }


def test_a_sample_is_drawn_by_the_seed(small: Videos) -> None:
    def pivots(seed: int) -> np.ndarray:
        return SpH(bits=8, seed=seed, sample=60).fit(small).pivots_

    np.testing.assert_array_equal(pivots(4), pivots(4))
    assert not np.allclose(pivots(4), pivots(5))


def test_a_video_on_a_sphere_counts_as_inside() -> None:
    method = SpH(bits=1)
    method.restore(
        {
            "mean_": np.zeros(2),
            "pivots_": np.array([[1.0, 0.0]]),
            "squared_radii_": np.array([4.0]),
            "overlaps_": np.zeros((1, 2)),
        }
    )
    x = np.array([[3, 0], [1, 2], [3.000001, 0], [2.999999, 0]], np.float32)
    codes = method.encode(Videos(x))
    assert codes.unpack().ravel().tolist() == [1, 1, 0, 1]
    assert codes.near_zero == 2


def test_fewer_videos_than_pivots_is_said_before_the_work(small: Videos) -> None:
    few = Videos(small.take(slice(0, 10)), name="few")
    with pytest.raises(MethodError, match="need at least 16 videos; few has 10"):
        SpH(bits=16).fit(few)
    with pytest.raises(UsageError, match="sample is 20; 32 bits are as many pivots and need"):
        SpH(bits=32, sample=20).fit(small)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"sample": 4}, "sample is 4; from 5 to 100000"),
        ({"mean_tolerance": 0}, "mean_tolerance must be above 0, not 0"),
        ({"deviation_tolerance": -1.0}, "deviation_tolerance must be above 0"),
        ({"rounds": 0}, "rounds must be at least 1, not 0"),
    ],
)
def test_parameters_that_cannot_be_right(params: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hashbench.method("sph", bits=8, **params)


def test_errors(small: Videos) -> None:
    hole = small.take(slice(None)).copy()
    hole[3, 1, 2] = np.nan
    with pytest.raises(DataError, match="NaN"):
        SpH(8).fit(Videos(hole))
    with pytest.raises(DataError, match="hole: features hold NaN"):
        SpH(8).fit(small).encode(Videos(hole, name="hole"))
    with pytest.raises(DataError, match=r"\(n, 24\) is needed"):
        SpH(8).fit(small).encode(Videos(np.ones((3, 2, 7), np.float32)))
    flat = Videos(np.ones((30, 2, 5), np.float32))
    assert len(np.unique(SpH(4).fit(flat).encode(flat).packed)) == 1
