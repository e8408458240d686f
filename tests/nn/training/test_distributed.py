"""One model on two processes: its loss is that of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_trainings import AUTOSSVH, BTH, CIBHASH, DH, FAST, Methods, Train, results
from two_processes import launcher


# Together: to start the processes and to have them meet takes longer than to train.
@pytest.mark.parametrize(
    "methods",
    [
        [
            ("ssvh", {**FAST, "variant": "official"}),
            ("ssvh", {**FAST, "early_stop": True}),
            ("dh", DH),
            ("bihalf", {"epochs": 5, "batch_size": 8, "lr": 0.03}),
            ("cibhash", CIBHASH),
        ],
        pytest.param([("autossvh", AUTOSSVH), ("bth", BTH)], marks=pytest.mark.slow),
    ],
    ids=["fast", "slow"],
)
def test_two_processes_have_the_loss_curve_of_one(
    train: Train, tmp_path: Path, methods: Methods
) -> None:
    # Of 44 videos, batches of 8 and 7: one process has a video more than the other in most.
    one = results(train(methods, tmp_path / "alone"))
    two = results(train(methods, tmp_path / "both", launch=launcher()))
    for (name, params), alone, both in zip(methods, one, two, strict=True):
        np.testing.assert_allclose(both["loss"], alone["loss"], rtol=2e-4, err_msg=name)
        assert alone["loss"][-1] < alone["loss"][0], name
        np.testing.assert_allclose(both["recent"], alone["recent"], rtol=2e-3, err_msg=name)
        np.testing.assert_allclose(both["held_out"], alone["held_out"], rtol=2e-4, err_msg=name)
        assert len(alone["held_out"]) == (5 if params.get("early_stop") else 0), name
