"""BTH against two training steps of its authors' program, and its anchors and partners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bth_parameters import NAMES, SITES, load, parameters
from torch import Tensor

from hashbench.nn import Anchors, signs
from hashbench.nn.graph.anchors import anchors_from, nearest_anchors
from hashbench.nn.training.optim import optimiser
from hashbench_bth.method import RECIPES
from hashbench_bth.model import FirstStage, Model, Network, Pairs, Weights
from hashbench_bth.network import Shape, whole
from hashbench_bth.partners import Partners


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    with np.load(Path(__file__).parent / "golden" / "bth_official_step.npz") as archive:
        return dict(archive)


def anchors(golden: dict[str, Any]) -> Anchors:
    return Anchors(golden["toy/anchors"], golden["toy/nearest5"].astype(np.int32))


def build(golden: dict[str, Any], kind: type[Network], frames: int = 25) -> Any:
    shape = Shape(20, frames, 16, hidden=24)
    given: tuple[Any, ...] = (shape, "official", 0, Weights())
    if kind is Model:
        given = (*given, anchors(golden), None)
    model = kind(*given)
    # Theirs is computed in float32 throughout: it is off by up to 7e-7.
    np.testing.assert_allclose(model.encoder.positions, golden["pos"][:frames], atol=1e-6)
    model.encoder.positions.copy_(torch.from_numpy(golden["pos"][:frames]))
    load(model, golden)
    return model


def pairs(golden: dict[str, Any], case: str, dtype: torch.dtype) -> Pairs:
    def split(name: str) -> Tensor:
        return torch.from_numpy(golden[name]).to(dtype).unflatten(1, (2, -1))

    batch = "act30" if case == "act30" else "batch"
    read = split(f"{batch}/mask_input")
    target = split("batch/unmasked") if case == "unmasked_target" else read
    near = np.stack([golden[f"{batch}/n{video}"] for video in (1, 2)], axis=1)
    tag = torch.from_numpy(golden[f"{batch}/is_similar"]).to(dtype)
    return Pairs(read, target, tag, torch.from_numpy(near).to(dtype))


class Given:
    """Dropout by the masks of the program, site after site."""

    def __init__(self, golden: dict[str, Any]) -> None:
        self.keep = [
            np.stack([golden[f"drop25/keep/pass{video}/{site}"] for video in (1, 2)], axis=1)
            for site in SITES
        ]

    def __call__(self, x: Tensor) -> Tensor:
        keep = torch.from_numpy(self.keep.pop(0)).flatten(0, 1)
        return x * keep.view(x.shape) / 0.9


def check(model: Network, golden: dict[str, Any], prefix: str, tolerance: float) -> None:
    ours = dict(model.named_parameters())
    for name, theirs in parameters(golden, prefix).items():
        # Softmax does not see the bias of the keys: its gradient is noise, which Adam scales up.
        if name != "encoder.key.bias":
            worst = (ours[name].detach().double() - theirs.double()).abs().max().item()
            assert worst <= tolerance, (prefix, name, worst)


PRECISIONS = pytest.mark.parametrize(
    ("dtype", "loss_tolerance", "tolerance"),
    # In float64, as the program was run, and in float32, as we train.
    [(torch.float64, 1e-9, 1e-8), (torch.float32, 1e-5, 2e-6)],
    ids=["float64", "float32"],
)


@pytest.mark.parametrize("case", ["fcv25", "unmasked_target", "act30", "drop25"])
@PRECISIONS
def test_training_steps_of_the_second_stage(
    golden: dict[str, Any], case: str, dtype: torch.dtype, loss_tolerance: float, tolerance: float
) -> None:
    given = pairs(golden, case, dtype)
    model = build(golden, Model, given.read.shape[2]).to(dtype)
    optimizer = optimiser("adam", list(model.parameters()), lr=3e-4)
    for step in (1, 2) if f"{case}/loss2" in golden else (1,):
        terms = model.terms(given, Given(golden) if case == "drop25" else whole)
        for ours, theirs in (
            ("loss", "loss"),
            ("reconstruction", "mask"),
            ("pairs", "neighbor"),
            ("anchors", "anchor"),
        ):
            expected = float(golden[f"{case}/{theirs}{step}"])
            assert terms[ours].item() / 6 == pytest.approx(expected, rel=loss_tolerance), ours
        optimizer.zero_grad()
        (terms["loss"] / 6).backward()
        ours_by_name = dict(model.named_parameters())
        theirs_by_name = {theirs: ours for ours, theirs in NAMES.items()}
        norms = [ours_by_name[theirs_by_name[str(n)]].grad.norm() for n in golden["names"]]
        np.testing.assert_allclose(
            norms, golden[f"{case}/grad{step}_norm"], rtol=10 * loss_tolerance, atol=1e-7
        )
        optimizer.step()
        if f"{case}/step{step}/binary.bias" in golden:
            check(model, golden, f"{case}/step{step}", tolerance)


@PRECISIONS
def test_two_training_steps_of_the_first_stage(
    golden: dict[str, Any], dtype: torch.dtype, loss_tolerance: float, tolerance: float
) -> None:
    """The golden case counts first videos and partners; the mean of both is its loss."""
    given = pairs(golden, "stage1", dtype)
    model = build(golden, FirstStage).to(dtype)
    optimizer = optimiser("adam", list(model.parameters()), lr=3e-4)
    read = given.read.flatten(0, 1)
    for step in (1, 2):
        loss = model.loss(read, given.target.flatten(0, 1), whole)["loss"] / 12
        assert loss.item() == pytest.approx(float(golden[f"stage1/loss{step}"]), rel=loss_tolerance)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if f"stage1/step{step}/binary.bias" in golden:
            check(model, golden, f"stage1/step{step}", tolerance)


def test_updates_exceed_the_tolerance(golden: dict[str, Any]) -> None:
    for name in set(golden["names"]) - {NAMES["encoder.key.bias"]}:
        moved = abs(golden[f"fcv25/step2/{name}"] - golden[f"step0/{name}"]).max()
        assert moved > 3e-4, name


@pytest.mark.parametrize(("case", "frames"), [("fcv25", 25), ("act30", 30)])
def test_states_and_codes(golden: dict[str, Any], case: str, frames: int) -> None:
    encoder = build(golden, Model, frames).encoder.eval()
    source = "batch/unmasked" if case == "fcv25" else "act30/mask_input"
    x = torch.from_numpy(golden[source])[:, :frames]
    with torch.no_grad():
        hidden = encoder.hidden(x)
        mean = encoder(x)[0]
    np.testing.assert_allclose(hidden, golden[f"{case}/eval_hidden"], atol=1e-5)
    preact = golden[f"{case}/eval_preact"]
    np.testing.assert_allclose(encoder.before_sign(hidden).detach(), preact, atol=1e-5)
    theirs = golden[f"{case}/eval_video_codes"]
    np.testing.assert_array_equal(signs(mean), np.where(theirs == 0, 1, theirs))


def test_anchors_of_the_states(golden: dict[str, Any]) -> None:
    encoder = build(golden, FirstStage).encoder.eval()
    with torch.no_grad():
        latent = encoder.hidden(torch.from_numpy(golden["toy/feats"])).mean(1).numpy()
    np.testing.assert_allclose(latent, golden["toy/latent"], atol=1e-5)
    starts = np.array(list(dict.fromkeys(golden["toy/kmeans_start"].tolist())))
    centres = anchors_from(golden["toy/latent"], starts)
    # Theirs are numbered as they come up among the videos.
    theirs = golden["toy/anchors"]
    order = np.square(theirs[:, None] - centres[None]).sum(2).argmin(1)
    assert sorted(order.tolist()) == list(range(9))
    centres = centres[order]
    np.testing.assert_allclose(centres, theirs, atol=1e-6)
    for near in (3, 4, 5):
        found = nearest_anchors(golden["toy/latent"], centres, near)
        np.testing.assert_array_equal(found, golden[f"toy/nearest{near}"])


def test_similar_and_dissimilar_videos(golden: dict[str, Any]) -> None:
    partners = Partners(anchors(golden), itself=True)
    for row, tags in enumerate(golden["toy/sim"]):
        np.testing.assert_array_equal(partners.similar(row), np.flatnonzero(tags == 1))
        np.testing.assert_array_equal(partners.dissimilar(row), np.flatnonzero(tags == 2))


def test_learning_rate_of_every_epoch(golden: dict[str, Any]) -> None:
    plan = RECIPES["paper"].plan(45_585)
    an_epoch = -(-45_585 // 256)
    rates = [plan.rate(epoch * an_epoch, an_epoch * plan.epochs) for epoch in range(56)]
    np.testing.assert_allclose(rates, golden["lr_by_epoch"], rtol=1e-12)
