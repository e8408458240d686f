"""One LSTM recurrence over all time steps, with its gradient written by hand.

Autograd would record some ten small operations a step; here a step is six, everything that
does not depend on the step before is computed for all steps at once, and nothing is stored twice.

Shapes: D independent stacks of weights run side by side (two decoders, say), T steps, B videos,
L units. The last axis of gate arrays is ``[m | i | f | o]``, each L wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from hashbench.nn.recurrent.batch_statistics import backward_normal, normalise
from hashbench.nn.recurrent.sign import Estimator, signs, surrogate


@dataclass(frozen=True, slots=True)
class Cell:
    """Which LSTM it is.

    Parameters
    ----------
    peephole : {None, "previous", "new"}
        Whether the gates see the cell. The output gate sees c_{t-1} (``previous``: SSVH Eq. 4)
        or the new, normalised c_t (``new``: the authors' program); i and f always see c_{t-1}.
    batch_norm : bool
        Normalise the cell over the batch, each step with its own statistics (Eq. 6).
    squash : bool
        h = o * tanh(c) where True, h = o * c where False (Eq. 7).
    binary : bool
        Feed b = sgn(h) back instead of h (Eq. 2-5, 8).
    estimator : {"p", "tanh"}
        Gradient of sgn.
    epsilon : float
        Added to the variance before its root.
    """

    peephole: Literal["previous", "new"] | None = None
    batch_norm: bool = False
    squash: bool = True
    binary: bool = False
    estimator: Estimator = "p"
    epsilon: float = 1e-10


class Run(NamedTuple):
    """What a forward pass leaves for the backward pass.

    Gates (D, T, B, 4L) after their nonlinearity; cells, hidden (D, T, B, L); q = tanh(c) or c;
    normal and deviation are None without batch norm; mean and deviation are (T, D, L).
    """

    gates: Tensor
    cells: Tensor
    hidden: Tensor
    q: Tensor
    normal: Tensor | None
    mean: Tensor | None
    deviation: Tensor | None


def product(left: Tensor, right: Tensor, precision: torch.dtype) -> Tensor:
    """Multiply stacks of matrices in ``precision``, the result in ``left``'s own type."""
    if precision == left.dtype:
        return torch.bmm(left, right)
    return torch.bmm(left.to(precision), right.to(precision)).to(left.dtype)


def run_forward(
    cell: Cell,
    steps: int,
    x: Tensor | None,
    hold: tuple[int, bool],
    bias: Tensor,
    U: Tensor,
    M: Tensor | None,
    affine: tuple[Tensor, Tensor] | None,
    start: tuple[Tensor, Tensor],
    given: tuple[Tensor, Tensor] | None,
    precision: torch.dtype,
    keep: bool = True,
) -> Run:
    """Run T steps of Eq. 2-8; see :class:`hashbench.nn.recurrent.lstm.LSTM` for the arguments.

    With ``keep=False`` all but the hidden states are those of the last step at every step: no
    backward pass can follow, and the work stays in the cache.
    """
    s, c = start
    D, B, L = s.shape

    def room(width: int) -> Tensor:
        return s.new_empty(D, steps if keep else 1, B, width).expand(-1, steps, -1, -1)

    gates, cells, hidden = room(4 * L), room(L), s.new_empty(D, steps, B, L)
    q_all = room(L) if cell.squash else cells
    normal = room(L) if cell.batch_norm else None
    means, deviations = [], []
    inputs = None if x is None else x.unbind(1)
    constant = bias.unsqueeze(1)  # (D, 1, 4L)
    weights = U if precision == U.dtype else U.to(precision)
    every, repeat = hold
    peeps = None if M is None else M.unsqueeze(2).unbind(1)  # (D, 1, L) for i, f, o
    views = zip(gates.unbind(1), cells.unbind(1), hidden.unbind(1), q_all.unbind(1), strict=True)
    for t, (a, c_t, h_t, q) in enumerate(views):
        seen = inputs is not None and (repeat or t % every == 0)
        x_t = inputs[t // every] if inputs is not None and seen else constant
        if precision == s.dtype:
            torch.baddbmm(x_t, s, weights, out=a)
        else:
            torch.add(x_t, torch.bmm(s.to(precision), weights), out=a)
        m, gate = a[..., :L], a[..., L:]
        i, f, o = gate.split(L, dim=-1)
        late = peeps is not None and cell.peephole == "new"
        if peeps is not None:
            i.addcmul_(c, peeps[0])
            f.addcmul_(c, peeps[1])
            if not late:
                o.addcmul_(c, peeps[2])
        m.tanh_()
        (gate[..., : 2 * L] if late else gate).sigmoid_()
        torch.mul(f, c, out=c_t)
        c_t.addcmul_(i, m)
        if cell.batch_norm and affine is not None and normal is not None:
            moments = None if given is None else (given[0][t], given[1][t])
            mean, deviation = normalise(c_t, normal[:, t], cell.epsilon, moments)
            torch.addcmul(
                affine[1][:, t].unsqueeze(1), normal[:, t], affine[0][:, t].unsqueeze(1), out=c_t
            )
            means.append(mean)
            deviations.append(deviation)
        c = c_t
        if late and peeps is not None:
            o.addcmul_(c, peeps[2]).sigmoid_()
        if cell.squash:
            torch.tanh(c, out=q)
        torch.mul(o, q, out=h_t)
        s = signs(h_t) if cell.binary else h_t
    mean_all = torch.stack(means) if means else None
    deviation_all = torch.stack(deviations) if deviations else None
    return Run(gates, cells, hidden, q_all, normal, mean_all, deviation_all)


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
    cell: Cell,
    run: Run,
    grad_hidden: Tensor,
    grad_cell: Tensor | None,
    inputs: int,
    hold: tuple[int, bool],
    U: Tensor,
    M: Tensor | None,
    affine: tuple[Tensor, Tensor] | None,
    start: tuple[Tensor, Tensor],
    precision: torch.dtype,
) -> Gradients:
    """Return the gradients, given those of all hidden states and of the last cell.

    Parameters
    ----------
    grad_hidden : Tensor, shape (D, T, B, L)
    grad_cell : Tensor, shape (D, B, L), optional
        Gradient of c_T.
    inputs : int
        Number of time steps of ``x``; 0 where there was none.
    """
    s0, c0 = start
    T, L = run.hidden.shape[1], run.hidden.shape[3]
    through = surrogate(run.hidden, cell.estimator) if cell.binary else None
    back = (U if precision == U.dtype else U.to(precision)).transpose(1, 2)
    dA = torch.empty_like(run.gates)
    dnormal = torch.empty_like(run.hidden) if cell.batch_norm else None
    K, K_c = torch.empty_like(dA[:, 0]), torch.empty_like(c0)
    cells = run.cells.unbind(1)
    steps = zip(
        *(part.unbind(1) for part in (dA, run.gates, run.hidden, run.q, grad_hidden)),
        (c0, *cells[:-1]),
        range(T),
        strict=True,
    )
    ds: Tensor | None = None
    dc = torch.zeros_like(c0) if grad_cell is None else grad_cell.clone()
    for a, gates, h, q, g, c_before, t in reversed(list(steps)):
        _slopes(cell, gates, h, q, c_before, K, K_c)
        if ds is None:
            dh = g
        else:
            dh = torch.addcmul(g, ds, through[:, t]) if through is not None else ds.add_(g)
        do = a[..., 3 * L :]
        torch.mul(dh, K[..., 3 * L :], out=do)
        dc.addcmul_(dh, K_c)
        if cell.peephole == "new" and M is not None:
            dc.addcmul_(do, M[:, 2:3])
        if dnormal is not None and affine is not None and run.normal is not None:
            dnormal[:, t] = dc
            scale = affine[0][:, t].unsqueeze(1)
            assert run.deviation is not None
            dc = backward_normal(dc * scale, run.normal[:, t], run.deviation[t])
        torch.mul(
            K[..., : 3 * L].unflatten(-1, (3, L)),
            dc.unsqueeze(2),
            out=a[..., : 3 * L].unflatten(-1, (3, L)),
        )
        dc.mul_(gates[..., 2 * L : 3 * L])
        if M is not None:
            dc.addcmul_(a[..., L : 2 * L], M[:, 0:1]).addcmul_(a[..., 2 * L : 3 * L], M[:, 1:2])
            if cell.peephole == "previous":
                dc.addcmul_(do, M[:, 2:3])
        ds = torch.bmm(a if precision == a.dtype else a.to(precision), back).to(dc.dtype)
    assert ds is not None
    states = signs(run.hidden) if cell.binary else run.hidden
    entered = torch.cat([s0.unsqueeze(1), states[:, :-1]], dim=1)
    dU = product(entered.flatten(1, 2).transpose(1, 2), dA.flatten(1, 2), precision)
    dx, dbias = _input_gradients(dA, inputs, hold)
    dM = None
    if M is not None:
        before = torch.cat([c0.unsqueeze(1), run.cells[:, :-1]], dim=1)
        seen = run.cells if cell.peephole == "new" else before
        pairs = zip(dA.split(L, dim=-1)[1:], (before, before, seen), strict=True)
        dM = torch.stack([(g * c).sum((1, 2)) for g, c in pairs], dim=1)
    dgamma = dbeta = None
    if dnormal is not None and run.normal is not None:
        dgamma = (dnormal * run.normal).sum(2)
        dbeta = dnormal.sum(2)
    return Gradients(dx, dbias, dU, dM, dgamma, dbeta, ds, dc)


def _slopes(
    cell: Cell, gates: Tensor, h: Tensor, q: Tensor, before: Tensor, K: Tensor, K_c: Tensor
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


def _input_gradients(
    dA: Tensor, inputs: int, hold: tuple[int, bool]
) -> tuple[Tensor | None, Tensor]:
    """Split the gradient of the gates' inputs into that of ``x`` and that of the bias."""
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
