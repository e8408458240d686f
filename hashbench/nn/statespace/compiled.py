"""The selective scan on a processor, compiled: states never leave its cache.

A block of channels passes through all steps of a video at a time. States lie as (N, channels):
the long axis last, so that every inner loop runs along it and becomes vector instructions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.compiling import jit
from hashbench.nn.statespace.exponential import exp

_CHANNELS = 128
_VIDEOS = 16
"""Videos a task. Sums over a batch are over tasks, so they do not depend on how many threads."""

# Sums over channels may be taken in any order, so that they run in vector instructions.
_sums = partial(jit, fastmath={"contract", "reassoc", "nsz"})


def forward(u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor) -> Tensor:
    """Return y (b, T, E) of :func:`hashbench.nn.selective_scan`; A is (N, E)."""
    y = torch.empty_like(u)
    u_, delta_, A_, B_, C_, y_ = (value.numpy() for value in (u, delta, A, B, C, y))

    def task(part: slice) -> None:
        _forward(u_[part], delta_[part], A_, B_[part], C_[part], y_[part], _CHANNELS)

    _for_parts(task, len(u))
    return y


def backward(
    grad: Tensor, u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor
) -> tuple[Tensor, ...]:
    """Return the gradients of u, delta, A, B and C, from that of y."""
    found = [torch.empty_like(value) for value in (u, delta, B, C)]
    by_part = A.new_zeros(-(-len(u) // _VIDEOS), *A.shape)
    given = [value.numpy() for value in (grad, u, delta, B, C)]
    written = [value.numpy() for value in found]
    A_, by_part_ = A.numpy(), by_part.numpy()

    def task(part: slice) -> None:
        grad_y, *ours = (value[part] for value in given)
        grads = [value[part] for value in written]
        _backward(grad_y, *ours, A_, *grads, by_part_[part.start // _VIDEOS], _CHANNELS)

    _for_parts(task, len(u))
    grad_u, grad_delta, grad_B, grad_C = found
    return grad_u, grad_delta, by_part.sum(0), grad_B, grad_C


def _for_parts(task: Any, videos: int) -> None:
    """Call ``task`` for slices of the batch, on as many threads as torch has."""
    parts = [slice(begin, begin + _VIDEOS) for begin in range(0, videos, _VIDEOS)]
    threads = min(torch.get_num_threads(), len(parts))
    if threads < 2:
        for part in parts:
            task(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(task, parts))


@_sums
def _forward(
    u: NDArray[Any],
    delta: NDArray[Any],
    A: NDArray[Any],
    B: NDArray[Any],
    C: NDArray[Any],
    y: NDArray[Any],
    size: int,
) -> None:
    """Write y, for ``size`` channels at a time."""
    channels, states = u.shape[2], A.shape[0]
    h = np.empty((states, size), u.dtype)
    driven = np.empty(size, u.dtype)
    for b in range(u.shape[0]):
        for first in range(0, channels, size):
            last = min(first + size, channels)
            h[:] = 0
            for t in range(u.shape[1]):
                u_t, delta_t = u[b, t, first:last], delta[b, t, first:last]
                y_t = y[b, t, first:last]
                for e in range(last - first):
                    driven[e] = delta_t[e] * u_t[e]
                    y_t[e] = 0
                for n in range(states):
                    A_n, h_n, B_n, C_n = A[n, first:last], h[n], B[b, t, n], C[b, t, n]
                    for e in range(last - first):
                        h_n[e] = exp(delta_t[e] * A_n[e]) * h_n[e] + B_n * driven[e]
                        y_t[e] += C_n * h_n[e]


@_sums
def _backward(
    grad_y: NDArray[Any],
    u: NDArray[Any],
    delta: NDArray[Any],
    B: NDArray[Any],
    C: NDArray[Any],
    A: NDArray[Any],
    grad_u: NDArray[Any],
    grad_delta: NDArray[Any],
    grad_B: NDArray[Any],
    grad_C: NDArray[Any],
    grad_A: NDArray[Any],
    size: int,
) -> None:
    """Write the gradients of u, delta, B and C, and add to that of A."""
    steps, channels, states = u.shape[1], u.shape[2], A.shape[0]
    h = np.zeros((steps + 1, states, size), u.dtype)
    decay = np.empty((steps, states, size), u.dtype)
    driven = np.empty((steps, size), u.dtype)
    grad_h = np.empty((states, size), u.dtype)
    grad_driven = np.empty(size, u.dtype)
    zero = u.dtype.type(0)
    grad_B[:] = 0
    grad_C[:] = 0
    for b in range(u.shape[0]):
        for first in range(0, channels, size):
            last = min(first + size, channels)
            width = last - first
            for t in range(steps):  # the states again
                u_t, delta_t = u[b, t, first:last], delta[b, t, first:last]
                for e in range(width):
                    driven[t, e] = delta_t[e] * u_t[e]
                for n in range(states):
                    A_n, B_n, decay_n = A[n, first:last], B[b, t, n], decay[t, n]
                    h_n, next_n, driven_t = h[t, n], h[t + 1, n], driven[t]
                    for e in range(width):
                        decay_n[e] = exp(delta_t[e] * A_n[e])
                        next_n[e] = decay_n[e] * h_n[e] + B_n * driven_t[e]
            grad_h[:] = 0
            for t in range(steps - 1, -1, -1):
                u_t, delta_t = u[b, t, first:last], delta[b, t, first:last]
                grad_t, driven_t = grad_y[b, t, first:last], driven[t]
                by_delta = grad_delta[b, t, first:last]
                grad_driven[:] = 0
                by_delta[:] = 0
                for n in range(states):
                    A_n, B_n, C_n, decay_n = A[n, first:last], B[b, t, n], C[b, t, n], decay[t, n]
                    h_n, next_n, grad_n = h[t, n], h[t + 1, n], grad_h[n]
                    by_A = grad_A[n, first:last]
                    by_B, by_C = zero, zero
                    for e in range(width):
                        from_y = grad_n[e] + C_n * grad_t[e]  # the gradient of h_t[e, n]
                        by_C += next_n[e] * grad_t[e]
                        by_B += from_y * driven_t[e]
                        grad_driven[e] += B_n * from_y
                        grad_n[e] = from_y * decay_n[e]
                        through = grad_n[e] * h_n[e]  # the gradient of delta_t[e] A[e, n]
                        by_A[e] += through * delta_t[e]
                        by_delta[e] += through * A_n[e]
                    grad_B[b, t, n] += by_B
                    grad_C[b, t, n] += by_C
                for e in range(width):
                    grad_u[b, t, first + e] = grad_driven[e] * delta_t[e]
                    by_delta[e] += grad_driven[e] * u_t[e]
