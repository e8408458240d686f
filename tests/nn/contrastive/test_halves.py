"""Halves of a batch: the loss and the codes, pair by pair and bit by bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hashbench.nn import half_codes, halves_loss, straight_through


def cosine(a: list[float], b: list[float]) -> float:
    product = sum(p * q for p, q in zip(a, b, strict=True))
    return product / math.sqrt(sum(p * p for p in a) * sum(q * q for q in b))


@pytest.mark.parametrize("videos", [2, 6, 7])
def test_loss_is_the_mean_over_pairs_times_the_batch(videos: int) -> None:
    random = np.random.default_rng(videos)
    x, b = random.standard_normal((videos, 5)), np.sign(random.standard_normal((videos, 8)))
    half = videos // 2
    gaps = [
        cosine(b[i].tolist(), b[half + i].tolist()) - cosine(x[i].tolist(), x[half + i].tolist())
        for i in range(half)
    ]
    wanted = videos * sum(gap**2 for gap in gaps) / half
    found = halves_loss(torch.from_numpy(x), torch.from_numpy(b), videos)
    assert float(found) == pytest.approx(wanted, rel=1e-9)


def test_a_batch_of_one_has_no_pair_and_still_a_gradient() -> None:
    b = torch.ones(1, 4, requires_grad=True)
    loss = halves_loss(torch.ones(1, 3), b, 1)
    loss.backward()
    assert loss.item() == 0
    assert b.grad is not None
    assert not b.grad.any()


@pytest.mark.parametrize("videos", [8, 9])
def test_every_bit_halves_the_batch(videos: int) -> None:
    h = torch.randn(videos, 30, generator=torch.Generator().manual_seed(0), requires_grad=True)
    codes = half_codes(h, videos)
    assert not codes.requires_grad
    assert (codes == 1).sum(0).tolist() == [videos // 2] * 30
    for bit in range(30):
        on, off = (h[codes[:, bit] == sign, bit] for sign in (1, -1))
        assert on.min() > off.max()


def test_of_equal_values_the_first_are_plus() -> None:
    assert half_codes(torch.zeros(5, 1), 5).flatten().tolist() == [1, 1, -1, -1, -1]


def test_the_gradient_goes_through_the_step_as_it_is() -> None:
    h = torch.tensor([[0.3, -20.0]], requires_grad=True)
    b = straight_through(h, h.sign())
    assert b.tolist() == [[1, -1]]
    (b * torch.tensor([[2.0, 5.0]])).sum().backward()
    assert h.grad is not None
    assert h.grad.tolist() == [[2, 5]]
