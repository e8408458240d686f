"""GreedyHash against its equations, in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench.errors import UsageError
from hashbench.nn import Perceptron
from hashbench.nn.training.optim import optimiser
from hashbench_greedyhash.method import GreedyHash, Model


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / math.sqrt((a @ a) * (b @ b)))


def loss_and_gradient(
    W: np.ndarray, c: np.ndarray, x: np.ndarray, weight: float
) -> tuple[float, np.ndarray]:
    """Return the mean loss of a batch and its gradient in W, where sgn counts as the identity."""
    h = x @ W.T + c
    b = np.where(h >= 0, 1.0, -1.0)
    pairs, bits = len(x) // 2, len(W)
    loss = weight * (np.abs(np.abs(h) - 1) ** 3).mean()
    # d | |h| - 1 |^3 / dh = 3 (|h| - 1) | |h| - 1 | sgn h
    apart = np.abs(h) - 1
    toward = weight * 3 * apart * np.abs(apart) * np.sign(h) / h.size
    for i in range(pairs):
        j = pairs + i
        gap = cosine(b[i], b[j]) - cosine(x[i], x[j])
        loss += gap**2 / pairs
        # b . b = L, so that d cos(b_i, b_j) / d b_i = (b_j - cos b_i) / L
        for one, other in ((i, j), (j, i)):
            slope = (b[other] - cosine(b[i], b[j]) * b[one]) / bits
            toward[one] += 2 * gap * slope / pairs
    return float(loss), toward.T @ x


@pytest.mark.parametrize("videos", [6, 7])
def test_loss_and_gradient_follow_the_equations(videos: int) -> None:
    torch.manual_seed(1)
    model = Model(Perceptron([5, 8]), 0.1).double()
    (W, c) = model.encoder.layers()[0]
    x = np.random.default_rng(0).standard_normal((videos, 5))
    terms = model(torch.arange(videos), torch.from_numpy(x[:, None]))
    loss, gradient = loss_and_gradient(W, c, x, 0.1)
    (terms["loss"] / videos).backward()
    assert terms["loss"].item() / videos == pytest.approx(loss, rel=1e-12)
    found = model.encoder.linear[0].weight.grad.numpy()
    np.testing.assert_allclose(found, gradient, atol=1e-12)
    parts = terms["similarity"] + 0.1 * terms["quantisation"]
    assert parts.item() == pytest.approx(terms["loss"].item())


def test_published_steps_are_momentum_with_weight_decay() -> None:
    """Two steps by hand: m = 0.9 m + g + wd w, w -= lr m."""
    plan = GreedyHash(recipe="paper")._plan(GreedyHash.recipes["paper"], 1000)
    assert (plan.optimizer, plan.lr, plan.batch_size, plan.epochs) == ("momentum", 1e-4, 32, 60)
    assert plan.weight_decay == 5e-4
    w = torch.nn.Parameter(torch.tensor([2.0]))
    steps = optimiser("momentum", [w], 0.1, 0.5)
    m, value = 0.0, 2.0
    for g in (3.0, -1.0):
        w.grad = torch.tensor([g])
        steps.step()
        m = 0.9 * m + g + 0.5 * value
        value -= 0.1 * m
        assert w.item() == pytest.approx(value)


@pytest.mark.parametrize(("bits", "epochs"), [(16, 300), (32, 60)])
def test_the_published_recipe_is_longer_at_16_bits(bits: int, epochs: int, small: Any) -> None:
    method = GreedyHash(bits, recipe="paper")
    assert method.recipe_for(small).epochs == epochs
    assert GreedyHash(bits).recipe_for(small).epochs == GreedyHash.recipes["fast"].epochs


def test_training_lowers_the_loss_and_separates_classes(small: Any, others: Any) -> None:
    method = hashbench.method("greedyhash", bits=32).fit(small)
    history = method.diagnostics()["loss_history"]
    assert history["similarity"][-1] < 0.5 * history["similarity"][0]
    codes = method.encode(others).signs().astype(np.float64)
    x = (others.mean_pooled() - method.mean_) * method.scale_
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    upper = np.triu_indices(len(x), 1)
    assert np.corrcoef((codes @ codes.T / 32)[upper], (x @ x.T)[upper])[0, 1] > 0.8


def test_a_weight_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="quantisation must not be negative, not -1"):
        hashbench.method("greedyhash", bits=8, quantisation=-1.0)
