"""The selective scan on a processor, compiled: states never leave its cache.

A block of channels passes through all steps of a video at a time. States lie as (N, channels):
the long axis last, so that every inner loop runs along it and becomes vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn.elementary.copying import copy
from hashbench.nn.elementary.exponential import exp, vectorised
from hashbench.nn.statespace.parts import VIDEOS, for_parts

_CHANNELS = 128


class Scan(torch.autograd.Function):
    """:func:`hashbench.nn.selective_scan` of contiguous tensors.

    Takes u, delta (b, T, E), A (N, E), B, C (b, T, N), D (E,) and gate (b, T, E), or a gate
    without videos for none. Returns (b, T, E).
    """

    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> Tensor:
        """Return y (b, T, E)."""
        ctx.save_for_backward(*given)
        y = torch.empty_like(given[0])
        kernel: Any = _forward
        u, delta, A, B, C, D, gate, y_ = (value.detach().numpy() for value in (*given, y))

        def task(part: slice) -> None:
            here = [value[part] for value in (u, delta, B, C, gate, y_)]
            kernel(*here, A, D, _CHANNELS)

        for_parts(task, len(u))
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of what was taken."""
        u, delta, A, B, C, D, gate = ctx.saved_tensors
        given = [value.numpy() for value in (grads[0].contiguous(), u, delta, B, C, gate)]
        found = [torch.empty_like(value) for value in (u, delta, B, C, gate)]
        written = [value.numpy() for value in found]
        kernel: Any = _backward
        parts = -(-len(u) // VIDEOS)
        grad_A, grad_D = A.new_zeros(parts, *A.shape), D.new_zeros(parts, *D.shape)
        A_, D_, grad_A_, grad_D_ = (value.numpy() for value in (A, D, grad_A, grad_D))

        def task(part: slice) -> None:
            here = [value[part] for value in (*given, *written)]
            number = part.start // VIDEOS
            kernel(*here, A_, D_, grad_A_[number], grad_D_[number], _CHANNELS)

        for_parts(task, len(u))
        grad_u, grad_delta, grad_B, grad_C, grad_gate = found
        return grad_u, grad_delta, grad_A.sum(0), grad_B, grad_C, grad_D.sum(0), grad_gate


@vectorised
def _forward(
    u: NDArray[Any],
    delta: NDArray[Any],
    B: NDArray[Any],
    C: NDArray[Any],
    gate: NDArray[Any],
    y: NDArray[Any],
    A: NDArray[Any],
    D: NDArray[Any],
    size: int,
) -> None:
    """Write y, for ``size`` channels at a time."""
    channels, states = u.shape[2], A.shape[0]
    h = np.empty((states, size), u.dtype)
    driven = np.empty(size, u.dtype)
    one, gated = u.dtype.type(1), len(gate) > 0
    for b in range(u.shape[0]):
        for first in range(0, channels, size):
            last = min(first + size, channels)
            D_, width = D[first:last], last - first
            h[:] = 0
            for t in range(u.shape[1]):
                u_t, delta_t = u[b, t, first:last], delta[b, t, first:last]
                y_t = y[b, t, first:last]
                for e in range(width):
                    driven[e] = delta_t[e] * u_t[e]
                    y_t[e] = D_[e] * u_t[e]
                for n in range(states):
                    A_n, h_n, B_n, C_n = A[n, first:last], h[n], B[b, t, n], C[b, t, n]
                    for e in range(width):
                        h_n[e] = exp(delta_t[e] * A_n[e]) * h_n[e] + B_n * driven[e]
                        y_t[e] += C_n * h_n[e]
                if gated:
                    gate_t = gate[b, t, first:last]
                    for e in range(width):
                        y_t[e] *= gate_t[e] / (one + exp(-gate_t[e]))


@vectorised
def _states(
    u: NDArray[Any],
    delta: NDArray[Any],
    B: NDArray[Any],
    A: NDArray[Any],
    here: slice,
    h: NDArray[Any],
    decay: NDArray[Any],
    driven: NDArray[Any],
) -> None:
    """Write states, what they decay by and what drives them, of the channels of one video."""
    width = here.stop - here.start
    for t in range(len(u)):
        u_t, delta_t, driven_t = u[t, here], delta[t, here], driven[t]
        for e in range(width):
            driven_t[e] = delta_t[e] * u_t[e]
        for n in range(len(A)):
            A_n, B_n, decay_n = A[n, here], B[t, n], decay[t, n]
            h_n, next_n = h[t, n], h[t + 1, n]
            for e in range(width):
                decay_n[e] = exp(delta_t[e] * A_n[e])
                next_n[e] = decay_n[e] * h_n[e] + B_n * driven_t[e]


@vectorised
def _output(
    C: NDArray[Any], h: NDArray[Any], D: NDArray[Any], u: NDArray[Any], y: NDArray[Any]
) -> None:
    """Write what the gate is multiplied with, of one step."""
    for e in range(len(u)):
        y[e] = D[e] * u[e]
    for n in range(len(h)):
        h_n, C_n = h[n], C[n]
        for e in range(len(u)):
            y[e] += C_n * h_n[e]


@vectorised
def _through_gate(
    grad: NDArray[Any], y: NDArray[Any], gate: NDArray[Any], grad_gate: NDArray[Any]
) -> None:
    """Write the gradient of the gate, and turn the gradient of the product into that of y."""
    one = gate.dtype.type(1)
    for e in range(len(gate)):
        share = one / (one + exp(-gate[e]))
        grad_gate[e] = grad[e] * y[e] * share * (one + gate[e] * (one - share))
        grad[e] *= gate[e] * share


@vectorised
def _backward(
    grad: NDArray[Any],
    u: NDArray[Any],
    delta: NDArray[Any],
    B: NDArray[Any],
    C: NDArray[Any],
    gate: NDArray[Any],
    grad_u: NDArray[Any],
    grad_delta: NDArray[Any],
    grad_B: NDArray[Any],
    grad_C: NDArray[Any],
    grad_gate: NDArray[Any],
    A: NDArray[Any],
    D: NDArray[Any],
    grad_A: NDArray[Any],
    grad_D: NDArray[Any],
    size: int,
) -> None:
    """Write the gradients of all but A and D, and add to theirs."""
    steps, channels, states = u.shape[1], u.shape[2], A.shape[0]
    h = np.zeros((steps + 1, states, size), u.dtype)
    decay = np.empty((steps, states, size), u.dtype)
    driven = np.empty((steps, size), u.dtype)
    grad_h = np.empty((states, size), u.dtype)
    grad_y, y = np.empty(size, u.dtype), np.empty(size, u.dtype)
    grad_driven = np.empty(size, u.dtype)
    zero, gated = u.dtype.type(0), len(gate) > 0
    grad_B[:] = 0
    grad_C[:] = 0
    for b in range(u.shape[0]):
        for first in range(0, channels, size):
            here = slice(first, min(first + size, channels))
            width = here.stop - first
            _states(u[b], delta[b], B[b], A, here, h, decay, driven)
            D_, by_D = D[here], grad_D[here]
            grad_h[:] = 0
            for t in range(steps - 1, -1, -1):
                u_t, delta_t, driven_t = u[b, t, here], delta[b, t, here], driven[t]
                by_u, by_delta = grad_u[b, t, here], grad_delta[b, t, here]
                copy(grad[b, t, here], grad_y)
                if gated:
                    _output(C[b, t], h[t + 1], D_, u_t, y)
                    _through_gate(grad_y, y, gate[b, t, here], grad_gate[b, t, here])
                grad_driven[:] = 0
                by_delta[:] = 0
                for n in range(states):
                    A_n, B_n, C_n, decay_n = A[n, here], B[b, t, n], C[b, t, n], decay[t, n]
                    h_n, next_n, grad_n, by_A = h[t, n], h[t + 1, n], grad_h[n], grad_A[n, here]
                    by_B, by_C = zero, zero
                    for e in range(width):
                        from_y = grad_n[e] + C_n * grad_y[e]  # the gradient of h_t[e, n]
                        by_C += next_n[e] * grad_y[e]
                        by_B += from_y * driven_t[e]
                        grad_driven[e] += B_n * from_y
                        grad_n[e] = from_y * decay_n[e]
                        through = grad_n[e] * h_n[e]  # the gradient of delta_t[e] A[e, n]
                        by_A[e] += through * delta_t[e]
                        by_delta[e] += through * A_n[e]
                    grad_B[b, t, n] += by_B
                    grad_C[b, t, n] += by_C
                for e in range(width):
                    by_D[e] += grad_y[e] * u_t[e]
                    by_u[e] = grad_driven[e] * delta_t[e] + D_[e] * grad_y[e]
                    by_delta[e] += grad_driven[e] * u_t[e]
