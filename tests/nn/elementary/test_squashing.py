"""tanh and the logistic function against numpy in float64, over their range and at its ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hashbench.nn.elementary.squashing import sigmoid32, tanh32

ENDS = np.array([-np.inf, -1e4, -0.0, 0.0, 1e4, np.inf], np.float32)


@pytest.mark.parametrize(
    ("ours", "reference"),
    [(tanh32, np.tanh), (sigmoid32, lambda x: 1 / (1 + np.exp(-x)))],
    ids=["tanh", "sigmoid"],
)
def test_they_are_exact_to_rounding(ours: Any, reference: Any) -> None:
    spread = np.concatenate([np.linspace(-20, 20, 3000), np.geomspace(1e-30, 1, 100)])
    around = [-0.626, -0.625, -0.624, 0.624, 0.625, 0.626]  # where the polynomial ends
    for x in np.concatenate([spread, around]).astype(np.float32):
        expected = reference(np.float64(x))
        assert abs(ours(x) - expected) <= 3 * np.spacing(np.float32(abs(expected)))


def test_their_ends() -> None:
    assert [float(tanh32(x)) for x in ENDS] == [-1, -1, 0, 0, 1, 1]
    assert [float(sigmoid32(x)) for x in ENDS] == pytest.approx([0, 0, 0.5, 0.5, 1, 1], abs=2e-38)
    assert np.isnan(tanh32(np.float32("nan")))
    assert np.isnan(sigmoid32(np.float32("nan")))
