"""The squared error that never forms the reconstruction, against one that does."""

from __future__ import annotations

import pytest
import torch

from hashbench.nn import Output, squared_error


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_loss_and_gradients(scale: float) -> None:
    torch.manual_seed(0)
    Z = torch.randn(50, 4, requires_grad=True)
    W = torch.randn(4, 9, requires_grad=True)
    r = torch.randn(9, requires_grad=True)
    # scale: how far the target is from what the code can reconstruct.
    V = (Z @ W + r).detach() + scale * torch.randn(50, 9)
    ours, theirs = squared_error(V, Z, W, r), (V - Z @ W - r).square().sum()
    # float32 of the whole: what remains of a good reconstruction is known to that, not to itself.
    whole = V.square().sum().item()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=2e-7 * whole)
    a = torch.autograd.grad(ours, (Z, W, r))
    b = torch.autograd.grad(theirs, (Z, W, r))
    for mine, reference in zip(a, b, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-3, atol=2e-4)


def test_gradients_agree_with_finite_differences() -> None:
    torch.manual_seed(1)
    V = torch.randn(7, 5, dtype=torch.float64)
    draw = [
        torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in ((7, 3), (3, 5), (5,))
    ]
    assert torch.autograd.gradcheck(lambda Z, W, r: squared_error(V, Z, W, r), draw)


def test_output_sums_over_videos_steps_and_dimensions() -> None:
    torch.manual_seed(2)
    output = Output(3, 5, stacks=2)
    hidden, target = torch.randn(4, 6, 3), torch.randn(4, 6, 5)
    direct = (target - hidden @ output.W[1] - output.r[1]).square().sum()
    torch.testing.assert_close(output.error(1, hidden, target), direct)
