"""ConMH and AutoSSVH against two training steps of their authors' programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conmh_parameters import load, our_name, parameters
from torch import Tensor

from hashbench.nn import Recipe, binarise, debiased_contrast, signs, sine_positions
from hashbench.nn.training.optim import optimiser
from hashbench_conmh.model import Loss, Model
from hashbench_conmh.network import Shape
from hashbench_conmh.prototypes import Prototypes, describe, prototype_loss
from hashbench_conmh.recipes import CONMH
from hashbench_conmh.sampler import Sampler

FOLDER = Path(__file__).parent / "golden"
LOSSES = {
    "fcv25": Loss(),
    "act30": Loss(mask=0.5, contrast=0.2, prior=0.05),
}
AUTOSSVH = Loss(prototypes=(5, 9, 14), prototype_weight=0.2)


def arrays(name: str) -> dict[str, Any]:
    with np.load(FOLDER / f"{name}_official_step.npz") as archive:
        return dict(archive)


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    return arrays("conmh")


@pytest.fixture(scope="module")
def voting() -> dict[str, Any]:
    return arrays("autossvh")


def shape(frames: int) -> Shape:
    return Shape(20, frames, 16, width=20, depth=2, heads=3, decoder_width=12)


def conmh(golden: dict[str, Any], case: str, dtype: torch.dtype) -> Model:
    frames = golden[f"{case}/x"].shape[1]
    model = Model(shape(frames), LOSSES[case], "official")
    load(model, golden)
    return model.to(dtype)


def gradient_norms(model: Model, names: Any) -> list[float]:
    ours = dict(model.named_parameters())
    gradients = [ours[our_name(str(name))].grad for name in names]
    return [0.0 if grad is None else float(grad.double().norm()) for grad in gradients]


def check_parameters(model: Model, golden: dict[str, Any], prefix: str, tolerance: float) -> None:
    ours = dict(model.named_parameters())
    for name, theirs in parameters(golden, prefix).items():
        worst = (ours[name].detach().double() - theirs.double()).abs().max().item()
        assert worst <= tolerance, (prefix, name, worst)


# In float64 as the program was run. In float32, as we train, Adam's first steps turn noise in a
# gradient that is nearly 0 into movement: the worst of all entries is off by 1.05e-6.
@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize(
    ("dtype", "loss_tolerance", "tolerance"),
    [(torch.float64, 1e-9, 1e-9), (torch.float32, 1e-5, 2e-6)],
    ids=["float64", "float32"],
)
def test_two_training_steps(
    golden: dict[str, Any], case: str, dtype: torch.dtype, loss_tolerance: float, tolerance: float
) -> None:
    model = conmh(golden, case, dtype)
    x = torch.from_numpy(golden[f"{case}/x"]).to(dtype)
    mask = torch.from_numpy(golden[f"{case}/mask"])
    optimizer = optimiser("adam", list(model.parameters()), lr=1e-4)
    for step in (1, 2):
        terms = model.masked(torch.arange(6), x, mask)
        for ours, theirs in (("loss", "loss"), ("reconstruction", "recon"), ("contrast", "contra")):
            expected = float(golden[f"{case}/{theirs}{step}"])
            assert terms[ours].item() / 6 == pytest.approx(expected, rel=loss_tolerance), (
                ours,
                step,
            )
        optimizer.zero_grad()
        (terms["loss"] / 6).backward()
        norms = gradient_norms(model, golden["names"])
        np.testing.assert_allclose(
            norms, golden[f"{case}/grad{step}_norm"], rtol=10 * loss_tolerance, atol=1e-9
        )
        optimizer.step()
        check_parameters(model, golden, f"{case}/step{step}", tolerance)


def test_updates_exceed_the_tolerance(golden: dict[str, Any]) -> None:
    for name in golden["names"]:
        moved = abs(golden[f"fcv25/step2/{name}"] - golden[f"step0/{name}"]).max()
        assert moved > 1e-4, name


@pytest.mark.parametrize("case", LOSSES)
def test_codes_of_frames_and_videos(golden: dict[str, Any], case: str) -> None:
    model = conmh(golden, case, torch.float32).eval()
    encoder = model.encoder
    with torch.no_grad():
        tokens = encoder.embedded(torch.from_numpy(golden[f"{case}/x"]))
        features, values = encoder.features(tokens), encoder.before_sign(tokens)
        mean = encoder(torch.from_numpy(golden[f"{case}/x"]))[0]
    np.testing.assert_allclose(features, golden[f"{case}/eval_encoder"], atol=1e-5)
    np.testing.assert_allclose(values, golden[f"{case}/eval_preact"], atol=1e-5)
    np.testing.assert_array_equal(
        encoder.frame_codes(tokens).detach(), golden[f"{case}/eval_frame_codes"]
    )
    # The program's codes are 0 where the frames tie. A bit is +1 there.
    theirs = golden[f"{case}/eval_video_codes"]
    assert (theirs == 0).any() == (case == "act30")
    np.testing.assert_array_equal(signs(mean), np.where(theirs == 0, 1, theirs))


@pytest.mark.parametrize("case", LOSSES)
def test_positions_and_rebuilt_frames(golden: dict[str, Any], case: str) -> None:
    model = conmh(golden, case, torch.float64)
    frames = golden[f"{case}/x"].shape[1]
    np.testing.assert_array_equal(sine_positions(frames, 20), golden[f"{case}/pos_encoder"])
    np.testing.assert_array_equal(sine_positions(frames, 12), golden[f"{case}/pos_decoder"])
    mask = torch.from_numpy(golden[f"{case}/mask"])
    for view in (1, 2):
        codes = torch.from_numpy(golden[f"{case}/view{view}_frame_codes"]).double()
        hidden = mask[:, view - 1]
        order = hidden.int().argsort(dim=1, stable=True)
        visible = codes.shape[1]
        rebuilt = model.decoder(codes, order[:, :visible], order[:, visible:])
        theirs = torch.from_numpy(golden[f"{case}/view{view}_reconstruction"])
        torch.testing.assert_close(rebuilt, theirs, atol=1e-9, rtol=0)


@pytest.mark.parametrize("case", ["dcl_a", "dcl_b", "dcl_clamped"])
def test_debiased_contrast(golden: dict[str, Any], case: str) -> None:
    first, second = (
        torch.from_numpy(golden[f"{case}/out{view}"]).requires_grad_() for view in (1, 2)
    )
    loss = debiased_contrast(
        first,
        second,
        temperature=float(golden[f"{case}/tau"]),
        prior=float(golden[f"{case}/tau_plus"]),
    ) / len(first)
    assert loss.item() == pytest.approx(float(golden[f"{case}/loss"]), rel=1e-12)
    loss.backward()
    for z, view in ((first, 1), (second, 2)):
        np.testing.assert_allclose(z.grad, golden[f"{case}/grad{view}"], atol=1e-12)


def test_rounding_differs_from_the_program_at_exactly_minus_one_alone(
    golden: dict[str, Any],
) -> None:
    x = torch.from_numpy(golden["ste/x"]).requires_grad_()
    y = binarise(x, "official")
    y.sum().backward()
    np.testing.assert_array_equal(y.detach(), golden["ste/y"])
    assert x.grad is not None
    different = x.grad.numpy() != golden["ste/grad"]
    np.testing.assert_array_equal(golden["ste/x"][different], [-1.0])
    assert binarise(torch.zeros(1), "paper").item() == 1


def test_learning_rate_of_every_epoch(golden: dict[str, Any]) -> None:
    plan = CONMH["fcvid"].recipe.plan(45_585)
    an_epoch = -(-45_585 // 512)
    rates = [plan.rate(epoch * an_epoch, an_epoch * plan.epochs) for epoch in range(plan.epochs)]
    np.testing.assert_allclose(rates, golden["lr_by_epoch"], rtol=1e-12)
    last = [plan.rate((epoch + 1) * an_epoch - 1, an_epoch * 805) for epoch in range(805)]
    np.testing.assert_allclose(last, golden["lr_by_epoch"], rtol=1e-12)
    # A rate that is asked for below the floor is kept.
    low = CONMH["fcvid"].recipe.plan(45_585, lr=1e-6)
    assert low.rate(0, 805) == low.rate(804, 805) == 1e-6
    assert Recipe("adam", "constant", 1e-3, 1, 1).plan(1).floor == 0


class Given:
    """Stands in for what decides which centroids are drawn: the ones that the program drew."""

    def __init__(self, golden: dict[str, Any], step: int, model: Model) -> None:
        self.drawn = [
            golden[f"fcv25/step{step}_negatives/view{view}/K{size}"]
            for size in (5, 9, 14)
            for view in (1, 2)
        ]

    def __call__(self, size: int) -> Tensor:
        # Drawn are the least; those of the batch come after all others.
        noise = torch.full((size,), 0.9, dtype=torch.float64)
        chosen = self.drawn.pop(0)
        noise[torch.from_numpy(chosen.astype(np.int64))] = 0.1
        return noise


def autossvh(voting: dict[str, Any], dtype: torch.dtype, loss: Loss = AUTOSSVH) -> Model:
    model = Model(shape(25), loss, "official", learned_positions=True)
    load(model, voting)
    model.prototypes = [
        Prototypes(
            torch.from_numpy(voting[f"cluster/K{size}/im2cluster"]),
            torch.from_numpy(voting[f"cluster/K{size}/centroids"]).to(dtype),
            torch.from_numpy(voting[f"cluster/K{size}/density"]).to(dtype),
        )
        for size in loss.prototypes
    ]
    return model.to(dtype)


@pytest.mark.parametrize("case", ["fcv25", "warmup25"])
@pytest.mark.parametrize(
    ("dtype", "loss_tolerance", "tolerance"),
    [(torch.float64, 1e-9, 1e-9), (torch.float32, 1e-5, 2e-6)],
    ids=["float64", "float32"],
)
def test_two_training_steps_of_autossvh(
    voting: dict[str, Any],
    case: str,
    dtype: torch.dtype,
    loss_tolerance: float,
    tolerance: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = autossvh(voting, dtype)
    if case == "warmup25":
        model.prototypes = []
    rows = torch.from_numpy(voting["fcv25/index"])
    x = torch.from_numpy(voting["toy/feats"]).to(dtype)[rows]
    mask = torch.from_numpy(voting["fcv25/mask"])
    optimizer = optimiser("adam", list(model.parameters()), lr=1e-4)
    for step in (1, 2):
        monkeypatch.setattr(model.draws, "shared", Given(voting, step, model))
        terms = model.masked(rows, x, mask)
        for ours, theirs in (
            ("loss", "loss"),
            ("reconstruction", "recon"),
            ("contrast", "contra"),
            ("prototype", "prototype"),
        ):
            expected = float(voting[f"{case}/{theirs}{step}"])
            assert terms[ours].item() / 6 == pytest.approx(expected, rel=loss_tolerance), (
                ours,
                step,
            )
        optimizer.zero_grad()
        (terms["loss"] / 6).backward()
        norms = gradient_norms(model, voting["names"])
        np.testing.assert_allclose(
            norms, voting[f"{case}/grad{step}_norm"], rtol=10 * loss_tolerance, atol=1e-9
        )
        optimizer.step()
        if case == "fcv25":  # of the other case there are losses and gradients alone
            check_parameters(model, voting, f"{case}/step{step}", tolerance)


def test_features_and_descriptions_of_clusters(voting: dict[str, Any]) -> None:
    model = autossvh(voting, torch.float32).eval()
    with torch.no_grad():
        z = torch.nn.functional.normalize(model.encoder(torch.from_numpy(voting["toy/feats"]))[0])
    np.testing.assert_allclose(z, voting["cluster/features"], atol=1e-6)
    for size in (5, 9, 14):
        centroids, density = describe(
            z.double().numpy(), voting[f"cluster/K{size}/im2cluster"], size, 0.2
        )
        np.testing.assert_allclose(centroids, voting[f"cluster/K{size}/centroids"], atol=1e-6)
        np.testing.assert_allclose(density, voting[f"cluster/K{size}/density"], atol=1e-6)


def test_prototype_loss(voting: dict[str, Any]) -> None:
    z = torch.from_numpy(voting["prototype/z"]).requires_grad_()
    found = Prototypes(
        torch.from_numpy(voting["prototype/im2cluster"]),
        torch.from_numpy(voting["prototype/centroids"]),
        torch.from_numpy(voting["prototype/density"]),
    )
    noise = torch.full((9,), 0.9, dtype=torch.float64)
    noise[torch.from_numpy(voting["prototype/negatives"])] = 0.1
    rows = torch.from_numpy(voting["prototype/index"])
    loss = prototype_loss(z, rows, rows, found, noise, repeat=True) / 6
    loss.backward()
    assert loss.item() == pytest.approx(float(voting["prototype/loss"]), rel=1e-12)
    np.testing.assert_allclose(z.grad, voting["prototype/grad_z"], atol=1e-12)


def test_the_sampler_and_its_reversed_gradient(voting: dict[str, Any]) -> None:
    sampler = Sampler(20).double()
    names = {
        "mlp.0": "importance_score.importance_score.0",
        "mlp.2": "importance_score.importance_score.2",
        "norm": "importance_score.norm",
        "score": "importance_score.transf.0",
    }
    ours = dict(sampler.named_parameters())
    with torch.no_grad():
        for mine, theirs in names.items():
            for kind in ("weight", "bias"):
                value = voting[f"sampler/param/{theirs}.{kind}"]
                ours[f"{mine}.{kind}"].copy_(torch.from_numpy(value))
    x = torch.from_numpy(voting["sampler/x"]).requires_grad_()
    noise = [torch.from_numpy(voting[f"sampler/{kind}"]) for kind in ("uniform", "normal")]
    shown, hidden = sampler(x, 6, *noise, videos=6)
    np.testing.assert_allclose(sampler.scores(x).detach(), voting["sampler/scores"], atol=1e-12)
    np.testing.assert_array_equal((~hidden).nonzero()[:, 1].view(6, 6), voting["sampler/chosen"])
    np.testing.assert_allclose(shown.detach(), voting["sampler/output"], atol=1e-12)
    (shown * torch.from_numpy(voting["sampler/weight"])).sum().backward()
    np.testing.assert_allclose(x.grad, voting["sampler/grad_x"], atol=1e-12)
    for mine, theirs in names.items():
        for kind in ("weight", "bias"):
            grad = ours[f"{mine}.{kind}"].grad
            np.testing.assert_allclose(grad, voting[f"sampler/grad/{theirs}.{kind}"], atol=1e-12)
