"""The selective scan of Mamba (Gu and Dao, COLM 2024, Algorithm 2)."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from hashbench.nn.statespace import stepwise


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
        given = (u, delta, A.t().contiguous(), B, C)
        given = tuple(value.contiguous() for value in given)
        ctx.save_for_backward(*given)
        y: Tensor = _implementation(u).forward(*given)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        given = ctx.saved_tensors
        found = _implementation(grads[0]).backward(grads[0].contiguous(), *given)
        grad_u, grad_delta, grad_A, grad_B, grad_C = found
        return grad_u, grad_delta, grad_A.t(), grad_B, grad_C


def _implementation(u: Tensor) -> ModuleType:
    """Return the module whose ``forward`` and ``backward`` scan such tensors."""
    if u.device.type == "cpu" and u.dtype in (torch.float32, torch.float64):
        # It loads numba, which is for those who train or encode alone.
        return import_module("hashbench.nn.statespace.compiled")
    return stepwise
