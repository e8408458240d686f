"""CIBHash against its equations, in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench.errors import UsageError
from hashbench.nn import Perceptron
from hashbench_cibhash.method import CIBHash
from hashbench_cibhash.model import Loss, Model, Views, divergence


def nt_xent(b1: np.ndarray, b2: np.ndarray, tau: float) -> float:
    """Return the mean cross-entropy of the other view among all other codes."""
    z = np.concatenate([b1, b2])
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n, total = len(b1), 0.0
    for i in range(2 * n):
        others = [math.exp(z[i] @ z[j] / tau) for j in range(2 * n) if j != i]
        total -= math.log(math.exp(z[i] @ z[(i + n) % (2 * n)] / tau) / sum(others))
    return total / (2 * n)


def kl(p: np.ndarray, q: np.ndarray) -> float:
    rows = [
        sum(
            a * math.log(a / b) + (1 - a) * math.log((1 - a) / (1 - b))
            for a, b in zip(*pair, strict=True)
        )
        for pair in zip(p, q, strict=True)
    ]
    return float(np.mean(rows))


def model(variant: Any = "official", views: Views | None = None) -> Model:
    torch.manual_seed(3)
    return Model(Perceptron([6, 9, 8]), variant, 0, Loss(), views or Views(0.3)).double()


def test_loss_follows_the_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    net = model()
    views = [np.random.default_rng(seed).standard_normal((5, 1, 6)) for seed in (1, 2)]
    left = iter(torch.from_numpy(view) for view in views)
    monkeypatch.setattr(net, "view", lambda v: next(left))
    net.begin_epoch()
    terms = net(torch.arange(5), torch.zeros(5, 1, 6, dtype=torch.float64))
    (W1, c1), (W2, c2) = net.encoder.layers()
    h = [np.maximum(view[:, 0] @ W1.T + c1, 0) @ W2.T + c2 for view in views]
    p1, p2 = (1 / (1 + np.exp(-one)) for one in h)
    b1, b2 = (np.where(one >= 0, 1.0, -1.0) for one in h)
    contrast, apart = nt_xent(b1, b2, 0.3), (kl(p1, p2) + kl(p2, p1)) / 2
    assert terms["contrast"].item() / 5 == pytest.approx(contrast, rel=1e-9)
    assert terms["divergence"].item() / 5 == pytest.approx(apart, rel=1e-6)
    assert terms["loss"].item() / 5 == pytest.approx(contrast + 0.001 * apart, rel=1e-9)


def test_the_divergence_moves_its_first_argument_alone() -> None:
    p = torch.tensor([[0.2, 0.7]], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    divergence(p, q).backward()
    assert p.grad is not None
    wanted = [math.log(a / 0.5) - math.log((1 - a) / 0.5) for a in (0.2, 0.7)]
    assert p.grad[0].tolist() == pytest.approx(wanted, rel=1e-6)


def test_views_drop_features_and_add_noise() -> None:
    v = torch.full((400, 1, 50), 2.0)
    net = model(views=Views(0.3))
    net.begin_epoch()
    net.draws.begin_batch(400, v.device)
    first, second = net.view(v), net.view(v)
    assert first.unique().tolist() == pytest.approx([0, 2 / 0.7])
    assert (first == 0).double().mean().item() == pytest.approx(0.3, abs=0.02)
    assert not torch.equal(first, second)
    net = model(views=Views(0.0, torch.linspace(0, 0.98, 50)))
    net.begin_epoch()
    net.draws.begin_batch(400, v.device)
    noisy = net.view(v)
    added = (noisy - v)[:, 0].std(0)
    assert added.tolist() == pytest.approx([0.02 * d for d in range(50)], abs=0.12)
    assert added[0] == 0
    assert added[40] > added[10]


def test_noise_is_a_multiple_of_each_feature_s_deviation(small: Any) -> None:
    net = CIBHash(8, noise=0.5).build_model(small, small)
    deviation = small.take(slice(None)).reshape(-1, 24).std(0)
    np.testing.assert_allclose(net.views.noise.numpy(), 0.5 * deviation, rtol=1e-3)


def test_bits_are_drawn_with_their_probability_or_are_the_likelier_ones() -> None:
    p = torch.full((2000, 3), 0.8) * torch.tensor([1.0, 0.25, 0.625])
    for variant, shares in (("paper", [0.8, 0.2, 0.5]), ("official", [1, 0, 1])):
        net = model(variant)
        net.begin_epoch()
        net.draws.begin_batch(2000, p.device)
        codes = net.codes(p)
        assert set(codes.unique().tolist()) <= {-1.0, 1.0}
        assert (codes == 1).double().mean(0).tolist() == pytest.approx(shares, abs=0.04)


@pytest.mark.parametrize("variant", ["paper", "official"])
def test_training_lowers_the_contrast(variant: str, small: Any, others: Any) -> None:
    method = hashbench.method("cibhash", bits=16, variant=variant, hidden=64).fit(small)
    history = method.diagnostics()["loss_history"]
    assert history["contrast"][-1] < history["contrast"][0]
    codes = method.encode(others).signs().astype(np.int64)
    same = others.labels.multi_hot @ others.labels.multi_hot.T > 0
    distance = (16 - codes @ codes.T) / 2
    assert distance[same].mean() < 0.6 * distance[~same].mean()


@pytest.mark.parametrize(("bits", "epochs"), [(16, 80), (32, 60)])
def test_the_published_recipe_is_longer_at_16_bits(bits: int, epochs: int, small: Any) -> None:
    recipe = CIBHash(bits, recipe="paper").recipe_for(small)
    assert (recipe.epochs, recipe.lr, recipe.batch_size) == (epochs, 1e-3, 64)
    assert CIBHash(bits).recipe_for(small).epochs == CIBHash.recipes["fast"].epochs


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"variant": "theirs"}, "variant must be one of paper, official"),
        ({"temperature": 0.0}, "temperature must be above 0, not 0.0"),
        ({"beta": -1.0}, "beta must not be negative"),
        ({"noise": -1.0}, "noise must not be negative"),
        ({"hidden": 0}, "hidden must be at least 1, not 0"),
        ({"dropout": 1.0}, "dropout must be a share below 1"),
        ({"dropout": 0.0, "noise": 0.0}, "two views of a video would be the same"),
    ],
)
def test_parameters_that_cannot_be_right(params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hashbench.method("cibhash", bits=8, **params)
