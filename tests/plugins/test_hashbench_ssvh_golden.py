"""The official variant of SSVH against two training steps of its authors' program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from golden_parameters import Places, load, pairs

from hashbench.nn import Graph
from hashbench.nn.training.optim import ClippedMomentum
from hashbench_ssvh.model import VARIANTS, Model, Shape, Variant

OFFICIAL = VARIANTS["official"]


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    with np.load(Path(__file__).parent / "golden" / "ssvh_official_step.npz") as archive:
        return dict(archive)


def places(model: Model) -> Places:
    sequence, globally = model.sequence, model.globally
    assert sequence is not None
    assert globally is not None
    unused = ["encoder_frames", "encoder_binary", "forward_upper", "backward_upper", "global_upper"]
    names = [f"{net}.W_out" for net in unused] + [f"{net}.b_out" for net in unused]
    return [
        (model.encoder.frames, ["encoder_frames"]),
        (model.encoder.binary, ["encoder_binary"]),
        (sequence.upper, ["forward_upper", "backward_upper"]),
        (sequence.lower, ["forward_lower", "backward_lower"]),
        (sequence.output, ["forward_lower", "backward_lower"]),
        (globally.upper, ["global_upper"]),
        (globally.lower, ["global_lower"]),
        (globally.output, ["global_lower"]),
        *((parameter, [name]) for parameter, name in zip(model.unused, names, strict=True)),
    ]


def build(golden: dict[str, Any], variant: Variant = OFFICIAL) -> Model:
    graph = Graph(sp.csr_matrix(golden["similarity"]))
    model = Model(Shape(32, 6, 16, 16, 2, 40), variant, graph=graph)
    count = load(places(model), golden, "step0")
    assert count == sum(p.numel() for p in model.parameters())
    assert count == sum(v.size for k, v in golden.items() if k.startswith("step0/"))
    assert model.bank is not None
    model.bank.H.copy_(torch.from_numpy(golden["memory0"]))
    model.begin_epoch()
    return model


def run(model: Model, golden: dict[str, Any]) -> dict[str, torch.Tensor]:
    rows = torch.from_numpy(golden["index"].astype(np.int64))
    terms: dict[str, torch.Tensor] = model(rows, torch.from_numpy(golden["x"]))
    return terms


def test_two_training_steps(golden: dict[str, Any]) -> None:
    model = build(golden)
    optimiser = ClippedMomentum(model.parameters())
    for step in (1, 2):
        terms = run(model, golden)
        for ours, theirs in (
            ("loss", "loss"),
            ("neighbour", "pair_loss"),
            ("reconstruction", "reconstruction_loss"),
        ):
            expected = float(golden[f"{theirs}{step}"])
            assert terms[ours].item() == pytest.approx(expected, rel=1e-5), (ours, step)
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        for name, ours_value, theirs_value in pairs(places(model), golden, f"step{step}"):
            worst = (ours_value - theirs_value).abs().max().item()
            assert worst <= 1e-6, (name, step, worst)
        if step == 1:
            assert model.bank is not None
            np.testing.assert_allclose(model.bank.H.numpy(), golden["memory1"], atol=1e-6)


def test_updates_of_the_encoder_exceed_the_tolerance(golden: dict[str, Any]) -> None:
    for key, before in golden.items():
        if key.startswith("step0/encoder_") and "_out" not in key:
            moved = abs(golden[key.replace("step0", "step2")] - before).max()
            assert moved > 5e-6, key


def test_the_wiring_of_the_forward_decoder_is_told_apart(golden: dict[str, Any]) -> None:
    crossed = run(build(golden), golden)["loss"].item()
    straight = run(build(golden, replace(OFFICIAL, crossed=False)), golden)["loss"].item()
    assert crossed == pytest.approx(88.58935, rel=2e-6)
    assert straight == pytest.approx(88.589856, rel=2e-6)
    assert straight - crossed == pytest.approx(5.06e-4, rel=0.1)
