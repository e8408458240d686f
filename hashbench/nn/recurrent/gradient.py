"""Gradient of the recurrence of :mod:`hashbench.nn.recurrent.recurrence`, written by hand.

It has two parts: a walk back in time for what one step hands to the one before it, and afterwards
one large product or sum a parameter over all steps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from hashbench.nn.recurrent.batch_statistics import backward_normal
from hashbench.nn.recurrent.binarisation import signs, surrogate
from hashbench.nn.recurrent.recurrence import LSTMVariant, Run, Unrolling, Weights


class Gradients(NamedTuple):
    """Gradients of the arguments of :func:`run_forward`; None where there was no argument."""

    x: Tensor | None
    bias: Tensor
    U: Tensor
    M: Tensor | None
    gamma: Tensor | None
    beta: Tensor | None
    s0: Tensor
    c0: Tensor


def run_backward(
    unrolling: Unrolling,
    run: Run,
    grads: tuple[Tensor, Tensor | None],
    inputs: int,
    weights: Weights,
    start: tuple[Tensor, Tensor],
) -> Gradients:
    """Return the gradients, given those of all hidden states and of the last cell.

    Parameters
    ----------
    unrolling : Unrolling
    run : Run
        What :func:`run_forward` returned.
    grads : (Tensor (D, T, B, L), Tensor (D, B, L) or None)
        Gradients of the hidden states and of c_T.
    inputs : int
        Number of time steps of ``x``; 0 where there was none.
    weights : Weights
    start : (Tensor, Tensor), each (D, B, L)
    """
    dA, dnormal, ds, dc = _walk_back(unrolling, run, grads, weights, start[1])
    dx, dbias = input_gradients(dA, inputs, unrolling.hold)
    dU = product_gradient(unrolling, run, dA, start[0])
    dM = None if weights.M is None else _peephole_gradients(unrolling.cell, run, dA, start[1])
    dgamma = dbeta = None
    if dnormal is not None and run.normal is not None:
        dgamma = (dnormal * run.normal).sum(2)
        dbeta = dnormal.sum(2)
    return Gradients(dx, dbias, dU, dM, dgamma, dbeta, ds, dc)


def _walk_back(
    unrolling: Unrolling,
    run: Run,
    grads: tuple[Tensor, Tensor | None],
    weights: Weights,
    c0: Tensor,
) -> tuple[Tensor, Tensor | None, Tensor, Tensor]:
    """Return the gradients that depend on the step after.

    They are those of the gates before their nonlinearity (D, T, B, 4L), of the cells as gamma and
    beta leave them (D, T, B, L) or None, and of the state and cell before the first step.
    """
    cell, low, M = unrolling.cell, unrolling.precision, weights.M
    grad_hidden, grad_cell = grads
    T, L = run.hidden.shape[1], run.hidden.shape[3]
    through = surrogate(run.hidden, cell.estimator) if cell.binary else None
    back = weights.U.to(low).transpose(1, 2)
    dA = torch.empty_like(run.gates)
    dnormal = torch.empty_like(run.hidden) if cell.batch_norm else None
    K, K_c = torch.empty_like(dA[:, 0]), torch.empty_like(c0)  # room that all steps share
    cells = run.cells.unbind(1)
    steps = zip(
        *(part.unbind(1) for part in (dA, run.gates, run.hidden, run.q, grad_hidden)),
        (c0, *cells[:-1]),
        range(T),
        strict=True,
    )
    # Of the state and the cell that leave a step: what all later steps have handed back so far.
    ds: Tensor | None = None  # None at the last step, which no other follows
    dc = torch.zeros_like(c0) if grad_cell is None else grad_cell.clone()
    for a, gates, h, q, g, before, t in reversed(list(steps)):
        _slopes(cell, gates, h, q, before, K, K_c)
        if ds is None:
            dh = g
        else:
            # What came back went through sgn, whose gradient is the estimator's; g did not.
            dh = torch.addcmul(g, ds, through[:, t]) if through is not None else ds.add_(g)
        do = a[..., 3 * L :]
        torch.mul(dh, K[..., 3 * L :], out=do)
        # The cell is reached three ways: from the step after, through h, and through a gate o that
        # sees it. All three see the normalised cell, so they are added up before the gradient goes
        # back through the normalisation.
        dc.addcmul_(dh, K_c)
        if cell.peephole == "new" and M is not None:
            dc.addcmul_(do, M[:, 2:3])
        if dnormal is not None and weights.gamma is not None and run.normal is not None:
            dnormal[:, t] = dc  # the gradients of gamma and beta are sums of it
            assert run.deviation is not None
            scaled = dc * weights.gamma[:, t].unsqueeze(1)
            dc = backward_normal(scaled, run.normal[:, t], run.deviation[t])
        # Three gates at once: their slopes lie side by side, and dc is the same for all.
        torch.mul(
            K[..., : 3 * L].unflatten(-1, (3, L)),
            dc.unsqueeze(2),
            out=a[..., : 3 * L].unflatten(-1, (3, L)),
        )
        # From here on dc belongs to the cell before: f carries it there, and so do the peepholes
        # of the gates that saw that cell.
        dc.mul_(gates[..., 2 * L : 3 * L])
        if M is not None:
            dc.addcmul_(a[..., L : 2 * L], M[:, 0:1]).addcmul_(a[..., 2 * L : 3 * L], M[:, 1:2])
            if cell.peephole == "previous":
                dc.addcmul_(do, M[:, 2:3])
        ds = torch.bmm(a.to(low), back).to(dc.dtype)
    assert ds is not None
    return dA, dnormal, ds, dc


def _product(left: Tensor, right: Tensor, precision: torch.dtype) -> Tensor:
    """Multiply stacks of matrices in ``precision``, the result in ``left``'s own type."""
    if precision == left.dtype:
        return torch.bmm(left, right)
    return torch.bmm(left.to(precision), right.to(precision)).to(left.dtype)


def product_gradient(unrolling: Unrolling, run: Run, dA: Tensor, s0: Tensor) -> Tensor:
    """Return the gradient of U, for all time steps in one product.

    Parameters
    ----------
    unrolling : Unrolling
    run : Run
    dA : Tensor, shape (D, T, B, 4L)
        Gradients of the gates before their nonlinearity.
    s0 : Tensor, shape (D, B, L)
        The state before the first step.
    """
    # U saw the state that was fed back: the signs where the cell is binary, which are not stored.
    states = signs(run.hidden) if unrolling.cell.binary else run.hidden
    entered = torch.cat([s0.unsqueeze(1), states[:, :-1]], dim=1)
    left = entered.flatten(1, 2).transpose(1, 2)
    return _product(left, dA.flatten(1, 2), unrolling.precision)


def _peephole_gradients(cell: LSTMVariant, run: Run, dA: Tensor, c0: Tensor) -> Tensor:
    """Return the gradient of M, for all time steps in one sum."""
    before = torch.cat([c0.unsqueeze(1), run.cells[:, :-1]], dim=1)
    seen = run.cells if cell.peephole == "new" else before
    pairs = zip(dA.split(c0.shape[-1], dim=-1)[1:], (before, before, seen), strict=True)
    return torch.stack([(g * c).sum((1, 2)) for g, c in pairs], dim=1)


def _slopes(
    cell: LSTMVariant, gates: Tensor, h: Tensor, q: Tensor, before: Tensor, K: Tensor, K_c: Tensor
) -> None:
    """Write what multiplies the gradients of one step: K for [m | i | f | o], K_c for the cell.

    dm = dc i (1 - m^2), di = dc m i (1 - i), df = dc c_{t-1} f (1 - f), do = dh q o (1 - o) and
    dc = dh o (1 - q^2); the products that recur (h = o q is one) are formed once.
    """
    L = h.shape[-1]
    m, i, f, o = gates.split(L, dim=-1)
    K_m, K_i, K_f, K_o = K.split(L, dim=-1)
    torch.mul(i, m, out=K_i)
    torch.addcmul(i, K_i, m, value=-1, out=K_m)
    K_i.addcmul_(K_i, i, value=-1)
    torch.mul(before, f, out=K_f)
    K_f.addcmul_(K_f, f, value=-1)
    torch.addcmul(h, h, o, value=-1, out=K_o)
    if cell.squash:
        torch.addcmul(o, h, q, value=-1, out=K_c)
    else:
        K_c.copy_(o)


def input_gradients(
    dA: Tensor, inputs: int, hold: tuple[int, bool]
) -> tuple[Tensor | None, Tensor]:
    """Split the gradient of the gates' inputs into that of ``x`` and that of the bias.

    Parameters
    ----------
    dA : Tensor, shape (D, T, B, 4L)
        Gradients of the gates before their nonlinearity.
    inputs : int
        Number of time steps of ``x``; 0 where there was none.
    hold : (int, bool)
        See :class:`hashbench.nn.LSTM`.
    """
    every, repeat = hold
    if not inputs:
        return None, dA.sum((1, 2))
    T = dA.shape[1]
    if every == 1:
        return dA, torch.zeros_like(dA[:, 0, 0])
    if not repeat:
        # Not by a mask: how many it selects would have to be asked of the device.
        rounds = -(-T // every)
        off = torch.arange(rounds * every, device=dA.device).view(rounds, every)[:, 1:]
        return dA[:, ::every], dA[:, off.reshape(-1)[: T - rounds]].sum((1, 2))
    whole = T // every * every
    dx = dA[:, :whole].unflatten(1, (-1, every)).sum(2)
    if whole < T:
        dx = torch.cat([dx, dA[:, whole:].sum(1, keepdim=True)], dim=1)
    return dx, torch.zeros_like(dA[:, 0, 0])
