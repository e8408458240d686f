"""The curve within growing radii alone, against that of the whole evaluation."""

from __future__ import annotations

import numpy as np
import pytest

from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking import evaluate
from hashbench.ranking import radius_curve as module
from hashbench.ranking.radius_curve import radius_curve


@pytest.mark.parametrize("bits", [5, 64, 200])
@pytest.mark.parametrize("own", [True, False])
def test_it_is_the_curve_of_an_evaluation(bits, own, monkeypatch):
    rng = np.random.default_rng(bits)
    labels = Labels.from_array(rng.integers(0, 6, 300))
    database = BinaryCodes.from_bits(rng.random((300, bits)) < 0.5)
    query, asked = (database, labels) if own else (database[:90], labels[:90])
    found = evaluate(query, database, asked, labels, k=(5,), self_retrieval=own)
    assert radius_curve(query, database, asked, labels) == found.curve
    monkeypatch.setattr(module, "_CELLS", 64 * (bits + 1))  # blocks of 64 queries
    again = radius_curve(query, database, asked, labels, threads=1)
    for name, values in found.curve.items():
        np.testing.assert_allclose(again[name], values, rtol=0, atol=1e-12)


def test_it_is_counted_by_hand():
    codes = BinaryCodes.from_bits([[0, 0], [0, 1], [1, 1]])
    labels = Labels.from_array([0, 0, 1])
    assert radius_curve(codes, codes, labels, labels) == {
        "radius": [0.0, 1.0, 2.0],
        "precision": pytest.approx([1.0, (1 + 2 / 3 + 1 / 2) / 3, (2 / 3 + 2 / 3 + 1 / 3) / 3]),
        "recall": pytest.approx([(0.5 + 0.5 + 1) / 3, 1.0, 1.0]),
    }
