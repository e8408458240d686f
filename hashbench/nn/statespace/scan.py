"""The selective scan of Mamba (Gu and Dao, COLM 2024, Algorithm 2), in plain torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_NUMBERS_AT_ONCE = 1 << 17
"""States of so many numbers are advanced together on a CPU, so that they stay in its cache."""


def selective_scan(u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor) -> Tensor:
    """Return y_t = C_t h_t of the recurrence h_t = exp(delta_t A) h_(t-1) + delta_t B_t u_t.

    Each of E channels has a state of N numbers of its own, h_0 = 0::

        h_t[e, n] = exp(delta_t[e] A[e, n]) h_(t-1)[e, n] + delta_t[e] B_t[n] u_t[e]
        y_t[e]    = sum over n of C_t[n] h_t[e, n]

    States are not kept for the gradient but computed again, which takes less time than memory
    for all of them would. The gradient cannot itself be differentiated.

    Parameters
    ----------
    u, delta : Tensor, shape (batch, T, E)
        Inputs and step sizes.
    A : Tensor, shape (E, N)
        Below 0 for a state that decays.
    B, C : Tensor, shape (batch, T, N)

    Returns
    -------
    Tensor, shape (batch, T, E)

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> selective_scan(one, one, torch.full((1, 1), -0.6931472), one, one).flatten()
    tensor([1.0000, 1.5000, 1.7500])
    """
    y: Tensor = _Scan.apply(u, delta, A, B, C)  # type: ignore[no-untyped-call]  # torch
    return y


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor) -> Tensor:
        ctx.save_for_backward(u, delta, A, B, C)
        y = torch.empty_like(u)
        for part in _parts(u, A):
            _forward(u[part], delta[part], A.t().contiguous(), B[part], C[part], y[part])
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        u, delta, A, B, C = ctx.saved_tensors
        found = [torch.empty_like(value) for value in (u, delta, B, C)]
        grad_A = torch.zeros_like(A.t())
        for part in _parts(u, A):
            grad_A += _backward(
                grads[0][part],
                u[part],
                delta[part],
                A.t().contiguous(),
                B[part],
                C[part],
                [value[part] for value in found],
            )
        grad_u, grad_delta, grad_B, grad_C = found
        return grad_u, grad_delta, grad_A.t(), grad_B, grad_C


def _parts(u: Tensor, A: Tensor) -> list[slice]:
    """Return slices of the batch: all of it at once, but on a CPU as much as its cache holds."""
    size = len(u)
    if u.device.type == "cpu":
        size = max(1, _NUMBERS_AT_ONCE * torch.get_num_threads() // A.numel())
    return [slice(begin, begin + size) for begin in range(0, len(u), size)]


# States lie as (b, N, E): the long axis last, so that every operation below runs along it.


def _forward(u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, y: Tensor) -> None:
    """Write y; A is (N, E)."""
    b, steps, channels = u.shape
    h = u.new_zeros(b, A.shape[0], channels)
    decay = torch.empty_like(h)
    driven = delta * u
    for t in range(steps):
        torch.mul(delta[:, t, None], A, out=decay).exp_()
        h.mul_(decay).baddbmm_(B[:, t, :, None], driven[:, t, None])
        y[:, t] = torch.bmm(C[:, t, None], h)[:, 0]


def _backward(
    grad: Tensor,
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    found: list[Tensor],
) -> Tensor:
    """Write the gradients of u, delta, B and C into ``found``; return that of A, (N, E)."""
    grad_u, grad_delta, grad_B, grad_C = found
    b, steps, channels = u.shape
    driven = delta * u
    decay = torch.exp(delta.transpose(0, 1)[:, :, None] * A)  # (T, b, N, E)
    h = u.new_zeros(steps + 1, b, A.shape[0], channels)
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
    return by_A.sum(0)
