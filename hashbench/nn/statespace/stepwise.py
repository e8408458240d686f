"""The selective scan a step after the other, in torch operations over the whole batch.

States lie as (b, N, E): the long axis last, so that every operation runs along it. On CUDA the
steps of a small batch take longer to launch than to compute, and are recorded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hashbench.nn.training.cuda_graphs import Passes, Tensors, through

_LAUNCHES = 1 << 21
"""Numbers of state up to which launching a step takes as long as computing it."""


class Scan(torch.autograd.Function):
    """:func:`hashbench.nn.selective_scan` without D and gate; A is (N, E)."""

    @staticmethod
    def forward(
        ctx: Any, passes: Passes | None, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor
    ) -> Tensor:
        """Return y (b, T, E)."""
        ctx.passes = passes if recordable(u, A) else None
        given = [value.contiguous() for value in (u, delta, A, B, C)]
        ctx.save_for_backward(*given)
        y: Tensor
        (y,) = through(ctx.passes, "forward", _forward, given)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Tensors:
        """Return the gradients of u, delta, A, B and C."""
        given = [grads[0].contiguous(), *ctx.saved_tensors]
        return (None, *through(ctx.passes, "backward", _backward, given))


def recordable(u: Tensor, A: Tensor) -> bool:
    """Whether the scan of u (b, T, E) with A (N, E) gains by being recorded."""
    return u.device.type == "cuda" and 0 < len(u) * A.numel() <= _LAUNCHES


def _forward(u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor) -> tuple[Tensor]:
    y = torch.empty_like(u)
    h = u.new_zeros(len(u), *A.shape)
    decay = torch.empty_like(h)
    driven = delta * u
    for t in range(u.shape[1]):
        torch.mul(delta[:, t, None], A, out=decay).exp_()
        h.mul_(decay).baddbmm_(B[:, t, :, None], driven[:, t, None])
        y[:, t] = torch.bmm(C[:, t, None], h)[:, 0]
    return (y,)


def _backward(
    grad: Tensor, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor
) -> tuple[Tensor, ...]:
    grad_u, grad_delta, grad_B, grad_C = (torch.empty_like(value) for value in (u, delta, B, C))
    b, steps, _ = u.shape
    driven = delta * u
    decay = torch.exp(delta.transpose(0, 1)[:, :, None] * A)  # (T, b, N, E)
    h = u.new_zeros(steps + 1, b, *A.shape)
    for t in range(steps):
        torch.mul(h[t], decay[t], out=h[t + 1])
        h[t + 1].baddbmm_(B[:, t, :, None], driven[:, t, None])
    grad_h = torch.zeros_like(h[0])
    by_A = torch.zeros_like(grad_h)  # gradient of A, a video each
    for t in reversed(range(steps)):
        grad_h.baddbmm_(C[:, t, :, None], grad[:, t, None])
        grad_C[:, t] = torch.bmm(h[t + 1], grad[:, t, :, None])[..., 0]
        grad_B[:, t] = torch.bmm(grad_h, driven[:, t, :, None])[..., 0]
        grad_driven = torch.bmm(B[:, t, None], grad_h)[:, 0]  # (b, E)
        grad_h.mul_(decay[t])
        # The gradient of delta_t A, where h_t lay: that is not needed any more.
        through = torch.mul(h[t], grad_h, out=h[t + 1])
        by_A.addcmul_(through, delta[:, t, None])
        grad_u[:, t] = grad_driven * delta[:, t]
        grad_delta[:, t] = through.mul_(A).sum(1).addcmul_(grad_driven, u[:, t])
    return grad_u, grad_delta, by_A.sum(0), grad_B, grad_C
