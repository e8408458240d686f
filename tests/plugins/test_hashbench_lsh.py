from __future__ import annotations

import numpy as np
import pytest

from hashbench import Videos
from hashbench.errors import DataError
from hashbench_lsh import LSH, POOL, hyperplanes


def test_codes_are_the_sides_of_the_chosen_planes(small: Videos, others: Videos) -> None:
    method = LSH(bits=32, seed=4).fit(small)
    mean = small.mean_pooled().astype(np.float64).mean(axis=0)
    W = hyperplanes(24, POOL, 4)[method.planes_].T.astype(np.float64)
    np.testing.assert_array_equal(
        method.encode(others).unpack(), (others.mean_pooled() - mean) @ W >= 0
    )


def test_planes_are_distinct_and_pass_through_the_train_mean(small: Videos) -> None:
    method = LSH(bits=512).fit(small)
    assert len(set(method.planes_.tolist())) == 512
    # Off-centre planes would leave nearly all videos, which lie far from 0, on one side.
    share = method.encode(small).unpack().mean(axis=0)
    assert abs(share.mean() - 0.5) < 0.05
    assert np.all((share > 0.05) & (share < 0.95))


@pytest.mark.parametrize("bits", [8, 1024, 1500])
def test_codes_are_nested(bits: int, small: Videos) -> None:
    long = LSH(bits=1500, seed=2).fit(small).encode(small).unpack()
    short = LSH(bits=bits, seed=2).fit(small).encode(small).unpack()
    np.testing.assert_array_equal(short, long[:, :bits])


def test_share_of_differing_bits_is_the_angle() -> None:
    """Charikar's theorem: two points differ in a bit with probability angle / pi."""
    angle = 1.0
    points = np.zeros((4, 1, 2), np.float32)
    points[:2, 0] = [[1, 0], [np.cos(angle), np.sin(angle)]]
    points[2:] = -points[:2]  # so that the mean is 0
    a, b = LSH(bits=4096).fit(Videos(points)).encode(Videos(points)).unpack()[:2]
    assert np.mean(a != b) == pytest.approx(angle / np.pi, abs=0.03)


def test_nan_is_named(small: Videos) -> None:
    hole = small.take(slice(None)).copy()
    hole[0] = np.inf
    with pytest.raises(DataError, match="small: features hold NaN or infinite"):
        LSH(8).fit(Videos(hole, name="small"))
