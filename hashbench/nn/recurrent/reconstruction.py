"""Squared error of a linear reconstruction, without forming the reconstruction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hashbench.nn.recurrent import start_values
from hashbench.nn.training.precision import compute_dtype


class _SquaredError(torch.autograd.Function):
    """||V - Z W - 1 r^T||^2 = ||V||^2 - 2 <V, Z W + 1 r^T> + ||Z W + 1 r^T||^2.

    With G = Z^T V (the only large product) the loss and the gradients by W and r need products
    with L x L matrices alone; the gradient by Z needs V W^T besides. Direct evaluation takes three
    large products and writes three arrays the size of V.
    """

    @staticmethod
    def forward(ctx: Any, V: Tensor, Z: Tensor, W: Tensor, r: Tensor, low: torch.dtype) -> Tensor:
        precise = Z.dtype
        V_low = V.to(low)
        G = torch.mm(Z.to(low).t(), V_low).to(precise)  # (L, dims)
        ZZ = torch.mm(Z.t(), Z)
        z, v = Z.sum(0), V.sum(0, dtype=precise)
        n = len(Z)
        ZZW = torch.mm(ZZ, W)
        # The terms nearly cancel once the reconstruction is good: sum them in float64.
        wide = torch.float64
        squares = torch.linalg.vector_norm(V, dtype=precise).to(wide).square()
        cross = (G * W).sum(dtype=wide) + (v * r).sum(dtype=wide)
        own = (
            (ZZW * W).sum(dtype=wide)
            + 2 * torch.mv(W, r).mul(z).sum(dtype=wide)
            + n * r.square().sum(dtype=wide)
        )
        ctx.save_for_backward(V_low, Z, W, r, G, ZZW, z, v)
        loss: Tensor = (squares - 2 * cross + own).to(precise)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        V, Z, W, r, G, ZZW, z, v = ctx.saved_tensors
        g = 2 * grads[0]
        dZ = torch.addmm(torch.mv(W, r), Z, torch.mm(W, W.t()))
        dZ.sub_(torch.mm(V, W.to(V.dtype).t()))
        dW = ZZW + torch.outer(z, r) - G
        dr = torch.mv(W.t(), z) + len(Z) * r - v
        return None, dZ.mul_(g), dW.mul_(g), dr.mul_(g), None


def squared_error(V: Tensor, Z: Tensor, W: Tensor, r: Tensor) -> Tensor:
    """Return the sum of squares of V - Z W - r.

    Parameters
    ----------
    V : Tensor, shape (n, dims)
        The target; gets no gradient.
    Z : Tensor, shape (n, L)
    W : Tensor, shape (L, dims)
    r : Tensor, shape (dims,)
    """
    loss: Tensor = _SquaredError.apply(  # type: ignore[no-untyped-call]  # torch
        V, Z, W, r, compute_dtype(Z)
    )
    return loss


class Output(nn.Module):
    """Linear output of D decoders (SSVH Eq. 11, 15): W (D, L, dims), r (D, dims)."""

    def __init__(self, units: int, dims: int, stacks: int = 1) -> None:
        super().__init__()
        self.W = nn.Parameter(start_values.output_weights(stacks, units, dims))
        self.r = nn.Parameter(torch.zeros(stacks, dims))

    def error(self, stack: int, hidden: Tensor, target: Tensor) -> Tensor:
        """Return the squared error of one decoder, summed over videos, steps and dimensions.

        Parameters
        ----------
        stack : int
            Which decoder.
        hidden : Tensor, shape (B, T, L)
        target : Tensor, shape (B, T, dims)
        """
        return squared_error(
            target.reshape(-1, target.shape[-1]),
            hidden.reshape(-1, hidden.shape[-1]),
            self.W[stack],
            self.r[stack],
        )
