"""The causal convolution of Mamba and the activation after it, compiled for a processor."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn.elementary.copying import copy
from hashbench.nn.elementary.exponential import exp, vectorised
from hashbench.nn.statespace.parts import VIDEOS, for_parts

# Steps of a video lie one after the other, and channels within them: inner loops run along these.


class Convolved(torch.autograd.Function):
    """silu(c_t), c_t = bias + sum over tap of w[tap] x_(t - taps + 1 + tap), x = 0 before t = 0.

    Takes x (b, T, E), w (taps, E) and bias (E,), all contiguous; returns (b, T, E).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor) -> Tensor:
        """Return the activations."""
        ctx.save_for_backward(x, w, bias)
        y = torch.empty_like(x)
        x_, w_, bias_, y_ = (value.detach().numpy() for value in (x, w, bias, y))
        for_parts(lambda part: _forward(x_[part], w_, bias_, y_[part]), len(x))
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of x, w and bias."""
        x, w, bias = ctx.saved_tensors
        grad_x = torch.empty_like(x)
        sums = x.new_zeros(-(-len(x) // VIDEOS), len(w) + 1, len(bias))
        grad, x_, w_, bias_, grad_x_, sums_ = (
            value.numpy() for value in (grads[0].contiguous(), x, w, bias, grad_x, sums)
        )
        for_parts(
            lambda part: _backward(
                grad[part], x_[part], w_, bias_, grad_x_[part], sums_[part.start // VIDEOS]
            ),
            len(x),
        )
        total = sums.sum(0)
        return grad_x, total[:-1], total[-1]


@vectorised
def _before(x: NDArray[Any], w: NDArray[Any], bias: NDArray[Any], t: int, c: NDArray[Any]) -> None:
    """Write c_t (E,) of one video x (T, E)."""
    copy(bias, c)
    taps = len(w)
    for tap in range(max(0, taps - 1 - t), taps):
        w_tap, x_tap = w[tap], x[t - taps + 1 + tap]
        for e in range(len(c)):
            c[e] += w_tap[e] * x_tap[e]


@vectorised
def _forward(x: NDArray[Any], w: NDArray[Any], bias: NDArray[Any], y: NDArray[Any]) -> None:
    c = np.empty(x.shape[2], x.dtype)
    one = x.dtype.type(1)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            _before(x[b], w, bias, t, c)
            y_t = y[b, t]
            for e in range(len(c)):
                y_t[e] = c[e] / (one + exp(-c[e]))


@vectorised
def _backward(
    grad: NDArray[Any],
    x: NDArray[Any],
    w: NDArray[Any],
    bias: NDArray[Any],
    grad_x: NDArray[Any],
    sums: NDArray[Any],
) -> None:
    """Write the gradient of x, and add those of w and bias to ``sums`` (taps + 1, E)."""
    c = np.empty(x.shape[2], x.dtype)
    one, taps = x.dtype.type(1), len(w)
    grad_x[:] = 0
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            _before(x[b], w, bias, t, c)
            grad_t, by_bias = grad[b, t], sums[taps]
            for e in range(len(c)):
                share = one / (one + exp(-c[e]))
                c[e] = grad_t[e] * share * (one + c[e] * (one - share))  # the gradient of c_t
                by_bias[e] += c[e]
            for tap in range(max(0, taps - 1 - t), taps):
                w_tap, x_tap, by_w = w[tap], x[b, t - taps + 1 + tap], sums[tap]
                by_x = grad_x[b, t - taps + 1 + tap]
                for e in range(len(c)):
                    by_x[e] += w_tap[e] * c[e]
                    by_w[e] += c[e] * x_tap[e]
