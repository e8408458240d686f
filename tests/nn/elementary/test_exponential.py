"""e^x against numpy in float64, over its whole range and at its ends."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.nn.elementary.exponential import exp32


def test_the_exponential_is_exact_to_rounding() -> None:
    x = np.concatenate([np.linspace(-87.3, 88.3, 2000), [0, -1e-30, 1e-8]]).astype(np.float32)
    found = np.array([exp32(value) for value in x], np.float64)
    np.testing.assert_allclose(found, np.exp(x.astype(np.float64)), rtol=1.5e-7)
    ends = np.float32([-np.inf, -1e4, 1e4, np.inf, np.nan])
    assert [exp32(value) for value in ends[:2]] == pytest.approx([0, 0], abs=2e-38)
    assert np.isinf([exp32(value) for value in ends[2:4]]).all()
    assert np.isnan(exp32(ends[4]))
