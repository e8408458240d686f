"""The selective scan against its recurrence, number by number, and its gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn import Mamba, selective_scan
from hashbench.nn.statespace import scan

Arrays = list[NDArray[np.float64]]


def arguments(batch: int, steps: int, channels: int, state: int, seed: int = 0) -> Arrays:
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((batch, steps, channels))
    delta = rng.exponential(0.5, (batch, steps, channels))
    A = -rng.exponential(2.0, (channels, state))
    B, C = rng.standard_normal((2, batch, steps, state))
    return [u, delta, A, B, C]


def recurrence(
    u: NDArray[np.float64],
    delta: NDArray[np.float64],
    A: NDArray[np.float64],
    B: NDArray[np.float64],
    C: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The definition, one number at a time."""
    batch, steps, channels = u.shape
    y = np.zeros(u.shape)
    for b in range(batch):
        for e in range(channels):
            h = np.zeros(A.shape[1])
            for t in range(steps):
                for n in range(A.shape[1]):
                    h[n] = np.exp(delta[b, t, e] * A[e, n]) * h[n]
                    h[n] += delta[b, t, e] * B[b, t, n] * u[b, t, e]
                y[b, t, e] = sum(C[b, t, n] * h[n] for n in range(A.shape[1]))
    return y


def tensors(arrays: Arrays, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [torch.from_numpy(a).to(dtype).requires_grad_() for a in arrays]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 7, 5, 4), (5, 30, 6, 16), (2, 24, 3, 1)])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["f64", "f32"]
)
def test_the_scan_is_the_recurrence(
    shape: tuple[int, int, int, int], dtype: torch.dtype, tolerance: float
) -> None:
    given = arguments(*shape)
    y = selective_scan(*tensors(given, dtype)).detach()
    np.testing.assert_allclose(y, recurrence(*given), rtol=tolerance, atol=tolerance)


def test_gradients_are_those_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_NUMBERS_AT_ONCE", 12)  # the batch falls into parts
    assert torch.autograd.gradcheck(selective_scan, tensors(arguments(3, 5, 3, 2)))


def test_gradients_are_those_of_autograd_over_the_recurrence() -> None:
    given = arguments(4, 9, 6, 5)
    weight = torch.from_numpy(np.random.default_rng(5).standard_normal((4, 9, 6)))
    ours, plain = tensors(given), tensors(given)
    (selective_scan(*ours) * weight).sum().backward()
    u, delta, A, B, C = plain
    h, total = torch.zeros(4, 6, 5, dtype=torch.float64), torch.zeros(())
    for t in range(9):
        h = torch.exp(delta[:, t, :, None] * A) * h
        h = h + (delta[:, t] * u[:, t])[..., None] * B[:, t, None]
        total = total + ((h * C[:, t, None]).sum(-1) * weight[:, t]).sum()
    total.backward()
    for mine, theirs in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-11, atol=1e-11)


def test_parts_of_the_batch_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = tensors(arguments(7, 6, 4, 3))
    whole = selective_scan(*given)
    for numbers in (1, 24, 37):
        monkeypatch.setattr(scan, "_NUMBERS_AT_ONCE", numbers)
        torch.testing.assert_close(selective_scan(*given), whole, rtol=1e-13, atol=1e-13)


def test_a_long_decay_neither_overflows_nor_turns_into_nan() -> None:
    u, delta, A, B, C = tensors(arguments(2, 30, 3, 4), torch.float32)
    y = selective_scan(u, delta * 1e4, A, B, C)
    y.sum().backward()
    assert torch.isfinite(y).all()
    assert all(torch.isfinite(x.grad).all() for x in (u, A, B, C) if x.grad is not None)


def test_mamba_is_causal_and_starts_with_small_steps() -> None:
    torch.manual_seed(0)
    layer = Mamba(32).double()
    tokens = torch.randn(2, 9, 32, dtype=torch.float64)
    changed = tokens.clone()
    changed[:, 6:] += 1
    before, after = layer(tokens), layer(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6], rtol=0, atol=1e-12)
    assert (before[:, 6:] - after[:, 6:]).abs().amax(dim=(1, 2)).min() > 1e-4
    start = torch.nn.functional.softplus(layer.delta.bias.detach())
    assert 1e-3 <= start.min() < 2e-2 < start.max() <= 0.1


def test_mamba_is_its_definition() -> None:
    torch.manual_seed(1)
    layer = Mamba(6, state=3).double()
    tokens = torch.randn(2, 5, 6, dtype=torch.float64)
    p = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    x, z = np.split(tokens.numpy() @ p["enter.weight"].T, 2, axis=-1)
    mixed = np.zeros_like(x)
    for t in range(5):
        for tap in range(4):
            if t - 3 + tap >= 0:
                mixed[:, t] += p["conv"][:, tap] * x[:, t - 3 + tap]
    mixed += p["conv_bias"]
    mixed = mixed / (1 + np.exp(-mixed))
    raw, B, C = np.split(mixed @ p["select.weight"].T, [1, 4], axis=-1)
    delta = np.log1p(np.exp(raw @ p["delta.weight"].T + p["delta.bias"]))
    y = recurrence(mixed, delta, -np.exp(p["A_log"]), B, C) + p["D"] * mixed
    expected = (y * z / (1 + np.exp(-z))) @ p["leave.weight"].T
    np.testing.assert_allclose(layer(tokens).detach(), expected, atol=1e-12)
