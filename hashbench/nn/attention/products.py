"""Linear layers whose products are computed in the precision of the training."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from hashbench.nn.training.precision import compute_dtype


class Linear(nn.Linear):
    """y = x W^T + b, with factors rounded to the training's precision and a result of x's type."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """Return the layer's output (..., out_features)."""
        return linear(input, self.weight, self.bias)


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """Return x W^T + b in the type of ``x``.

    Parameters
    ----------
    x : Tensor, shape (..., in)
    W : Tensor, shape (out, in)
    b : Tensor, shape (out,), optional
    """
    low = compute_dtype(W)
    if x.dtype == low == W.dtype:
        return functional.linear(x, W, b)
    bias = None if b is None else b.to(low)
    return functional.linear(x.to(low), W.to(low), bias).to(W.dtype)
