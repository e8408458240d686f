"""Bi-half Net against its equations, in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import hashbench
from hashbench.errors import UsageError
from hashbench.nn import Perceptron
from hashbench.nn.training.optim import SCHEDULES
from hashbench_bihalf.method import BiHalf, Model


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / math.sqrt((a @ a) * (b @ b)))


def gradient(W: np.ndarray, c: np.ndarray, x: np.ndarray, gamma: float) -> np.ndarray:
    """Return the gradient in W as the program makes it: that of the codes, plus gamma (h - b)."""
    h = x @ W.T + c
    b = np.full_like(h, -1.0)
    for bit in range(len(W)):
        b[np.argsort(-h[:, bit])[: len(x) // 2], bit] = 1
    pairs = len(x) // 2
    g = np.zeros_like(h)
    for i in range(pairs):
        j = pairs + i
        gap = cosine(b[i], b[j]) - cosine(x[i], x[j])
        for one, other in ((i, j), (j, i)):
            slope = (b[other] - cosine(b[i], b[j]) * b[one]) / len(W)
            g[one] += 2 * gap * slope / pairs
    return (g + gamma * (h - b) / h.size).T @ x


@pytest.mark.parametrize("videos", [6, 7])
def test_gradient_is_that_of_the_program(videos: int) -> None:
    torch.manual_seed(1)
    model = Model(Perceptron([5, 8]), 6.0).double()
    (W, c) = model.encoder.layers()[0]
    x = np.random.default_rng(0).standard_normal((videos, 5))
    terms = model(torch.arange(videos), torch.from_numpy(x[:, None]))
    (terms["loss"] / videos).backward()
    found = model.encoder.linear[0].weight.grad.numpy()
    np.testing.assert_allclose(found, gradient(W, c, x, 6.0), atol=1e-12)


def test_codes_that_are_measured_are_signs() -> None:
    torch.manual_seed(1)
    model = Model(Perceptron([5, 8]), 6.0).double()
    x = 3 + torch.rand(6, 1, 5, dtype=torch.float64)
    h = model.encoder(x)[0]
    away = (h - torch.where(h >= 0, 1.0, -1.0)).square().mean(1).sum()
    model.eval()
    assert model(torch.arange(6), x)["quantisation"].item() == pytest.approx(away.item())
    model.train()
    assert model(torch.arange(6), x)["quantisation"].item() > away.item()


def test_the_rate_falls_by_ten_every_120_of_300_epochs() -> None:
    rates = [SCHEDULES["two_steps"](epoch, 300, 300) for epoch in range(300)]
    assert [round(math.log10(rate)) for rate in rates] == [0] * 120 + [-1] * 120 + [-2] * 60
    recipe = BiHalf.recipes["paper"]
    assert (recipe.epochs, recipe.batch_size, recipe.lr) == (300, 32, 1e-4)


def test_bits_come_out_balanced(small: Any, others: Any) -> None:
    method = hashbench.method("bihalf", bits=32).fit(small)
    history = method.diagnostics()["loss_history"]
    assert history["similarity"][-1] < history["similarity"][0]
    share = method.encode(small).unpack().mean(axis=0)
    assert np.all((share > 0.3) & (share < 0.7))
    assert abs(method.encode(others).unpack().mean() - 0.5) < 0.1


def test_gamma_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="gamma must not be negative, not -1"):
        hashbench.method("bihalf", bits=8, gamma=-1.0)
