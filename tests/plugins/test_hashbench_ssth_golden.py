"""SSTH against a training step of its authors' program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from golden_parameters import Places, load, pairs

from hashbench.nn.training.optim import ClippedMomentum
from hashbench_ssth.model import Model


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    with np.load(Path(__file__).parent / "golden" / "ssth_official_step.npz") as archive:
        return dict(archive)


def places(model: Model) -> Places:
    return [
        (model.encoder.binary, ["encoder"]),
        (model.sequence, ["forward", "backward"]),
        (model.output, ["forward", "backward"]),
        (model.globally, ["global"]),
        (model.global_output, ["global"]),
    ]


def test_a_training_step(golden: dict[str, Any]) -> None:
    model = Model(32, 4, 16)
    count = load(places(model), golden, "step0")
    assert count == sum(p.numel() for p in model.parameters())
    assert count == sum(v.size for k, v in golden.items() if k.startswith("step0/"))
    optimiser = ClippedMomentum(model.parameters(), lr=1e-3)
    loss = model(torch.arange(8), torch.from_numpy(golden["x"]))["loss"]
    assert loss.item() == pytest.approx(float(golden["loss1"]), rel=1e-5)
    loss.backward()
    optimiser.step()
    for name, ours, theirs in pairs(places(model), golden, "step1"):
        worst = (ours - theirs).abs().max().item()
        assert worst <= 1e-6, (name, worst)
