"""ConMH and AutoSSVH as methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench import Videos
from hashbench.errors import MethodError, UsageError
from hashbench.nn import of_dataset
from hashbench.nn.training.precision import products_in
from hashbench_conmh.method import AutoSSVH, ConMH
from hashbench_conmh.model import Loss, Model
from hashbench_conmh.network import Shape
from hashbench_conmh.prototypes import Prototypes, cluster, describe, prototype_loss
from hashbench_conmh.recipes import AUTOSSVH, CONMH

VOTES = {"prototypes": "3+5", "prototypes_from": 1}


def videos(seed: int = 0, n: int = 24, name: str = "small/train") -> Videos:
    centres = np.random.default_rng(9).standard_normal((4, 6, 7))
    noise = np.random.default_rng(seed).standard_normal((n, 6, 7))
    return Videos((centres[np.arange(n) % 4] + 0.3 * noise).astype(np.float32), name=name)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("conmh", {}),
        ("conmh", {"variant": "official"}),
        ("conmh", {"sampler": "adversarial", "precision": "bfloat16"}),
        ("conmh", {"recipe": "paper", "depth": 1}),
        ("autossvh", VOTES),
        ("autossvh", {**VOTES, "variant": "official", "input_dropout": 0.2}),
        ("autossvh", {"prototypes": "none"}),
    ],
    ids=str,
)
def test_every_setting_trains_saves_and_loads(
    name: str, params: dict[str, Any], tmp_path: Path
) -> None:
    method = hashbench.method(name, bits=8, epochs=3, **params).fit(videos())
    codes = method.encode(videos(1))
    assert (len(codes), codes.n_bits) == (24, 8)
    method.save(tmp_path)
    assert hashbench.load_method(tmp_path).encode(videos(1)).sha256 == codes.sha256
    assert not method.uses_labels
    history = method.diagnostics()["loss_history"]
    assert len(history["loss"]) == 3
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("name", ["conmh", "autossvh"])
def test_the_losses_fall(name: str) -> None:
    params = VOTES if name == "autossvh" else {}
    method = hashbench.method(name, bits=16, epochs=40, mask=0.5, **params).fit(videos())
    history = method.diagnostics()["loss_history"]
    assert history["reconstruction"][-1] < 0.6 * history["reconstruction"][0]
    assert history["contrast"][-1] < history["contrast"][0]


def test_videos_of_one_kind_get_near_codes() -> None:
    method = hashbench.method("conmh", bits=32, epochs=40, mask=0.5).fit(videos())
    bits = method.encode(videos(1)).unpack()
    distance = (bits[:, None] != bits[None]).sum(2)
    same = np.equal.outer(np.arange(24) % 4, np.arange(24) % 4)
    assert distance[same].mean() < 0.6 * distance[~same].mean()


def test_defaults_of_the_two_methods_and_variants() -> None:
    assert not ConMH()._loss("").adversarial
    assert ConMH(sampler="adversarial")._loss("").adversarial
    assert AutoSSVH()._loss("").adversarial
    assert not AutoSSVH(variant="official")._loss("").adversarial
    assert not AutoSSVH(sampler="random")._loss("").adversarial
    assert AutoSSVH(recipe="paper")._loss("ucf101/train").prototypes == (250, 400, 600)
    assert AutoSSVH(prototypes="none")._loss("").prototypes == ()


@pytest.mark.parametrize(
    ("name", "epochs", "batch_size", "mask", "prior"),
    [
        ("fcvid/train", 805, 512, 0.75, 0.1),
        ("activitynet/train", 505, 128, 0.5, 0.05),
        ("yfcc-1000q/train", 45, 128, 0.75, 0.1),
        ("hmdb51/train", 350, 128, 0.7, 0.1),
        ("unheard-of/train", 805, 512, 0.75, 0.1),
    ],
)
def test_the_paper_recipe_is_that_of_the_data_set(
    name: str, epochs: int, batch_size: int, mask: float, prior: float
) -> None:
    method = ConMH(recipe="paper")
    recipe = method.recipe_for(videos(name=name))
    loss = method._loss(name)
    assert (recipe.epochs, recipe.batch_size) == (epochs, batch_size)
    assert (loss.mask, loss.prior, loss.prototypes) == (mask, prior, ())
    assert of_dataset(AUTOSSVH, "fcvid").loss.prototypes == (250, 500, 1000)
    assert CONMH["fcvid"].recipe.lr == 1e-4


def test_the_paper_s_network_has_twelve_million_parameters() -> None:
    model = Model(Shape(4096, 25, 64), Loss())
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(12.2e6, rel=0.02)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"variant": "theirs"}, "variant must be one of paper, official"),
        ({"sampler": "best"}, "sampler must be one of random, adversarial"),
        ({"prototypes": "250,400"}, r"numbers such as 250\+400\+600, not '250,400'"),
        ({"prototypes": "0"}, r"numbers such as 250\+400\+600"),
        ({"mask": 0.0}, "mask must be above 0, not 0"),
        ({"mask": 1.0}, "mask must be a share below 1"),
        ({"prior": 1.0}, "prior must be a share below 1"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"contrast": -1.0}, "contrast must not be negative"),
        ({"input_dropout": 1.0}, "input_dropout must be a share below 1"),
        ({"depth": 0}, "depth must be at least 1"),
        ({"recipe": "slow"}, "recipe"),
    ],
)
def test_parameters_that_cannot_be_right(params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hashbench.method("conmh", bits=8, **params).fit(videos())


def test_what_the_videos_cannot_give_is_said_before_training() -> None:
    one = Videos(np.zeros((5, 1, 7), np.float32))
    with pytest.raises(MethodError, match=r"hides 0 of 1 frames"):
        hashbench.method("conmh", bits=8).fit(one)
    with pytest.raises(MethodError, match="50 prototypes need as many training videos, not 24"):
        hashbench.method("autossvh", bits=8, prototypes="3+50").fit(videos())


def test_clusters_are_those_of_well_separated_codes_and_repeat() -> None:
    random = np.random.default_rng(0)
    of = np.arange(60) % 3
    z = np.eye(8)[of] + 0.01 * random.standard_normal((60, 8))
    found = cluster(z, 3, seed=0)
    assert len({(a, b) for a, b in zip(of.tolist(), found.tolist(), strict=True)}) == 3
    np.testing.assert_array_equal(found, cluster(z, 3, seed=0))


def test_codes_that_all_coincide_give_finite_prototypes() -> None:
    z = np.tile(np.eye(8)[:1], (20, 1))
    found = cluster(z, 4, seed=0)
    centroids, density = describe(z, found, 4, 0.2)
    assert np.isfinite(centroids).all()
    assert (density == 0.2).all()


def test_each_centroid_counts_once_unless_repeated() -> None:
    """Against the sum written out, with the centroids of the batch and one more that is drawn."""
    torch.manual_seed(0)
    z = torch.nn.functional.normalize(torch.randn(3, 4), dim=1)
    centroids = torch.nn.functional.normalize(torch.randn(6, 4), dim=1)
    density = torch.rand(6) + 0.1
    found = Prototypes(torch.tensor([2, 0, 2, 5]), centroids, density)
    rows = torch.tensor([0, 2, 3])  # of clusters 2, 2 and 5
    noise = torch.tensor([0.9, 0.1, 0.0, 0.2, 0.3, 0.0])  # 1, 3 and 4 come first of 0, 1, 3, 4
    logits = z @ centroids.t() / density
    for repeat, classes in ((False, [2, 5, 1, 3, 4]), (True, [2, 2, 5, 1, 3, 4])):
        expected = sum(
            torch.logsumexp(logits[i, classes], 0) - logits[i, own]
            for i, own in enumerate((2, 2, 5))
        )
        ours = prototype_loss(z, rows, rows, found, noise, repeat=repeat)
        torch.testing.assert_close(ours, torch.as_tensor(expected))


def test_the_sampler_is_trained_and_the_encoder_does_not_hold_it() -> None:
    model = Model(Shape(7, 6, 8, width=12, depth=1, heads=2), Loss(mask=0.5, adversarial=True))
    model.begin_epoch()
    x = torch.from_numpy(videos().take(slice(None)))
    model(torch.arange(24), x)["loss"].backward()
    assert model.sampler is not None
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.sampler.parameters())
    assert not any("sampler" in name for name in model.encoder.state_dict())


def test_features_in_bfloat16_change_the_loss_by_little() -> None:
    model = Model(Shape(7, 6, 8, width=12, depth=1, heads=2), Loss(mask=0.5)).eval()
    x = torch.from_numpy(videos().take(slice(None)))
    exact = model(torch.arange(24), x)["reconstruction"]
    with products_in(torch.bfloat16):
        rounded = model(torch.arange(24), x.bfloat16())["reconstruction"]
    assert rounded.item() == pytest.approx(exact.item(), rel=0.05)
