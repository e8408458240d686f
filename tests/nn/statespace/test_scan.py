"""The selective scan against its recurrence, number by number, and its gradient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn import Mamba, selective_scan
from hashbench.nn.statespace import scan, stepwise
from hashbench.nn.training.cuda_graphs import Passes, Tensors

Arrays = list[NDArray[np.float64]]


@pytest.fixture(params=["compiled", "stepwise"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Scan with compiled code, or with torch's operations as on a device that has none."""
    name: str = request.param
    if name == "stepwise":
        monkeypatch.setattr(scan, "compilable", lambda x: False)
    return name


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


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (3, 7, 5, 4), (17, 4, 6, 16), (2, 24, 3, 1), (2, 3, 130, 2)]
)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["f64", "f32"]
)
def test_the_scan_is_the_recurrence(
    shape: tuple[int, int, int, int], dtype: torch.dtype, tolerance: float
) -> None:
    given = arguments(*shape)
    y = selective_scan(*tensors(given, dtype)).detach()
    np.testing.assert_allclose(y, recurrence(*given), rtol=tolerance, atol=tolerance)


@pytest.mark.usefixtures("way")
def test_gradients_are_those_of_finite_differences() -> None:
    given = tensors(arguments(3, 5, 3, 2))
    assert torch.autograd.gradcheck(selective_scan, given)
    rng = np.random.default_rng(3)
    more = tensors([rng.standard_normal(3), rng.standard_normal((3, 5, 3))])
    assert torch.autograd.gradcheck(selective_scan, (*given, *more))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 2e-5)], ids=["f64", "f32"]
)
def test_gradients_are_those_of_autograd_over_the_recurrence(
    gated: bool, dtype: torch.dtype, tolerance: float
) -> None:
    rng = np.random.default_rng(5)
    given = arguments(20, 9, 133, 5)
    if gated:
        given += [rng.standard_normal(133), rng.standard_normal((20, 9, 133))]
    weight = torch.from_numpy(rng.standard_normal((20, 9, 133)))
    ours, plain = tensors(given, dtype), tensors(given)
    (selective_scan(*ours) * weight).sum().backward()
    u, delta, A, B, C = plain[:5]
    D, gate = plain[5:] if gated else (torch.zeros(133), None)
    h, total = torch.zeros(20, 133, 5, dtype=torch.float64), torch.zeros(())
    for t in range(9):
        h = torch.exp(delta[:, t, :, None] * A) * h
        h = h + (delta[:, t] * u[:, t])[..., None] * B[:, t, None]
        y = (h * C[:, t, None]).sum(-1) + D * u[:, t]
        y = y if gate is None else y * torch.nn.functional.silu(gate[:, t])
        total = total + (y * weight[:, t]).sum()
    total.backward()
    for mine, theirs in zip(ours, plain, strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        scale = float(theirs.grad.abs().max())
        torch.testing.assert_close(
            mine.grad.double(), theirs.grad, rtol=tolerance, atol=tolerance * scale
        )


def test_the_number_of_threads_changes_nothing() -> None:
    given = tensors(arguments(40, 6, 4, 3), torch.float32)
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            y = selective_scan(*given)
            found.append([y.detach(), *torch.autograd.grad(y.square().sum(), given)])
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, three) for one, three in zip(*found, strict=True))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("steps", [1, 3, 7])
def test_the_convolution_is_torch_s(steps: int) -> None:
    rng = np.random.default_rng(0)
    shapes = ((18, steps, 5), (5, 4), (5,))
    ours = tensors([rng.standard_normal(shape) for shape in shapes])
    x, weight, bias = theirs = tensors([value.detach().numpy() for value in ours])
    expected = torch.nn.functional.conv1d(
        x.transpose(1, 2), weight[:, None], bias, padding=3, groups=5
    )
    expected = torch.nn.functional.silu(expected[:, :, :steps].transpose(1, 2))
    found = scan.causal_convolution(*ours)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    found.square().sum().backward()
    expected.square().sum().backward()
    for mine, its in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, its.grad, rtol=1e-11, atol=1e-11)


@pytest.mark.usefixtures("way")
def test_a_long_decay_neither_overflows_nor_turns_into_nan() -> None:
    u, delta, A, B, C = tensors(arguments(2, 30, 3, 4), torch.float32)
    y = selective_scan(u, delta * 1e4, A, B, C)
    y.sum().backward()
    assert torch.isfinite(y).all()
    assert all(torch.isfinite(x.grad).all() for x in (u, A, B, C) if x.grad is not None)


@pytest.mark.usefixtures("way")
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


@pytest.mark.usefixtures("way")
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


def test_a_recorded_scan_is_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    played = 0

    def tape(work: Callable[[], Tensors]) -> tuple[Tensors, Callable[[], None]]:
        filled = work()

        def play() -> None:
            nonlocal played
            played += 1
            for place, value in zip(filled, work(), strict=True):
                assert place is not None
                assert value is not None
                place.copy_(value)

        return filled, play

    monkeypatch.setattr(scan, "compilable", lambda x: False)
    monkeypatch.setattr(stepwise, "recordable", lambda u, A: True)
    passes = Passes(tape, copied=True)
    for seed in range(6):
        arrays = arguments(3, 4, 5, 2, seed)
        found, expected = [], []
        for kept, into in ((passes, found), (None, expected)):
            given = tensors(arrays)
            first = selective_scan(*given, passes=kept)
            # Called again, as a layer is in a second direction, before the gradient of the first.
            second = selective_scan(2 * given[0], *given[1:], passes=kept)
            (first.square() + second).sum().backward()
            into += [first, second, *(one.grad for one in given)]
        for a, b in zip(found, expected, strict=True):
            torch.testing.assert_close(a, b)
    assert played > 6
