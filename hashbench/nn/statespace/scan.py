"""The selective scan of Mamba (Gu and Dao, COLM 2024, Algorithm 2), and its convolution."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from hashbench.nn.elementary.compilable import compilable
from hashbench.nn.statespace import stepwise
from hashbench.nn.training.cuda_graphs import Passes


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    gate: Tensor | None = None,
    *,
    passes: Passes | None = None,
) -> Tensor:
    """Return what the states h_t = exp(delta_t A) h_(t-1) + delta_t B_t u_t put out.

    Each of E channels has a state of N numbers of its own, h_0 = 0::

        h_t[e, n] = exp(delta_t[e] A[e, n]) h_(t-1)[e, n] + delta_t[e] B_t[n] u_t[e]
        y_t[e]    = (sum over n of C_t[n] h_t[e, n] + D[e] u_t[e]) silu(gate_t[e])

    States are not kept for the gradient but computed again, which takes less time than memory
    for all of them would. The gradient cannot itself be differentiated. On a CPU the scan is
    compiled, and elsewhere it is made of torch's operations.

    Parameters
    ----------
    u, delta : Tensor, shape (batch, T, E)
        Inputs and step sizes.
    A : Tensor, shape (E, N)
        Below 0 for a state that decays.
    B, C : Tensor, shape (batch, T, N)
    D : Tensor, shape (E,), optional
        What passes by the states; by default nothing.
    gate : Tensor, shape (batch, T, E), optional
        By default the output is multiplied by nothing.
    passes : Passes, optional
        The caller's recorded passes, which return copies. With them the steps on a CUDA device
        are launched together, once the same shapes have come some times.

    Returns
    -------
    Tensor, shape (batch, T, E)

    Examples
    --------
    >>> one = torch.ones(1, 3, 1)
    >>> selective_scan(one, one, torch.full((1, 1), -0.6931472), one, one).flatten()
    tensor([1.0000, 1.5000, 1.7500])
    """
    if compilable(u):
        # It loads numba, which is for those who train or encode alone.
        from hashbench.nn.statespace.compiled import Scan

        D = u.new_zeros(u.shape[2]) if D is None else D
        gate = u.new_empty(0, 0, 0) if gate is None else gate
        given = (value.contiguous() for value in (u, delta, A.t(), B, C, D, gate))
        y: Tensor = Scan.apply(*given)  # type: ignore[no-untyped-call]  # torch
        return y
    y = stepwise.Scan.apply(passes, u, delta, A.t().contiguous(), B, C)  # type: ignore[no-untyped-call]
    y = y if D is None else y + D * u
    return y if gate is None else y * functional.silu(gate)


def causal_convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return silu(c_t), c_t a weighted sum of x_t and the steps before it, each channel its own.

    Parameters
    ----------
    x : Tensor, shape (batch, T, E)
    weight : Tensor, shape (E, taps)
        The last is that of x_t. Before the first step x is 0.
    bias : Tensor, shape (E,)

    Returns
    -------
    Tensor, shape (batch, T, E)
    """
    if compilable(x):
        from hashbench.nn.statespace.convolution import Convolved

        given = (x.contiguous(), weight.t().contiguous(), bias)
        y: Tensor = Convolved.apply(*given)  # type: ignore[no-untyped-call]  # torch
        return y
    steps, taps = x.shape[1], weight.shape[1]
    padded = functional.pad(x, (0, 0, taps - 1, 0))
    total = bias.expand_as(x)
    for tap in range(taps):
        total = torch.addcmul(total, padded[:, tap : tap + steps], weight[:, tap])
    return functional.silu(total)
