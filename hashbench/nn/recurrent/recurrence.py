"""Recurrence of an LSTM over all time steps: its variants, its weights and the forward pass.

Autograd would record some ten small operations a step; here a step is six, everything that
does not depend on the step before is computed for all steps at once, and nothing is stored twice.
The gradient is therefore written by hand, in :mod:`hashbench.nn.recurrent.gradient`.

Shapes: D independent stacks of weights run side by side (two decoders, say), T steps, B videos,
L units. The last axis of gate arrays is ``[m | i | f | o]``, each L wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from hashbench.nn.recurrent.batch_statistics import normalise
from hashbench.nn.recurrent.binarisation import Estimator, signs


@dataclass(frozen=True, slots=True)
class LSTMVariant:
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


class Unrolling(NamedTuple):
    """How a cell is run over time.

    Parameters
    ----------
    cell : LSTMVariant
    steps : int
        T.
    hold : (int, bool)
        See :class:`hashbench.nn.LSTM`.
    precision : torch.dtype
        Type of the products with U.
    """

    cell: LSTMVariant
    steps: int
    hold: tuple[int, bool]
    precision: torch.dtype


class Weights(NamedTuple):
    """Weights of D stacks, but for those of the inputs, which one product has applied before.

    bias (D, 4L), U (D, L, 4L); M (D, 3, L) for i, f, o where there are peepholes; gamma and beta
    (D, T, L) where there is batch norm.
    """

    bias: Tensor
    U: Tensor
    M: Tensor | None
    gamma: Tensor | None
    beta: Tensor | None


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


def run_forward(
    unrolling: Unrolling,
    x: Tensor | None,
    weights: Weights,
    start: tuple[Tensor, Tensor],
    given: tuple[Tensor, Tensor] | None,
    keep: bool = True,
) -> Run:
    """Run T steps of Eq. 2-8.

    With ``keep=False`` all but the hidden states are those of the last step at every step: no
    backward pass can follow, and the work stays in the cache.

    Parameters
    ----------
    unrolling : Unrolling
    x : Tensor, shape (D, ceil(T / l), B, 4L), or None
        Inputs as the gates see them: x W + b.
    weights : Weights
    start : (Tensor, Tensor), each (D, B, L)
        State and cell before the first step.
    given : (mean, deviation), each (T, D, L), optional
        Moments to normalise with instead of the batch's own.
    keep : bool
    """
    cell, steps, low = unrolling.cell, unrolling.steps, unrolling.precision
    every, repeat = unrolling.hold
    s, c = start
    D, B, L = s.shape

    def room(width: int) -> Tensor:
        # expand: without keep, every step writes into the memory of the one before.
        return s.new_empty(D, steps if keep else 1, B, width).expand(-1, steps, -1, -1)

    gates, cells, hidden = room(4 * L), room(L), s.new_empty(D, steps, B, L)
    q_all = room(L) if cell.squash else cells  # h = o * c needs no tanh(c) beside c
    normal = room(L) if cell.batch_norm else None
    means, deviations = [], []
    inputs = None if x is None else x.unbind(1)
    constant = weights.bias.unsqueeze(1)  # (D, 1, 4L): what the gates see where no input enters
    U = weights.U.to(low)
    peepholes = None if weights.M is None else weights.M.unsqueeze(2).unbind(1)  # each (D, 1, L)
    views = zip(gates.unbind(1), cells.unbind(1), hidden.unbind(1), q_all.unbind(1), strict=True)
    for t, (a, c_t, h_t, q) in enumerate(views):
        seen = inputs is not None and (repeat or t % every == 0)
        x_t = inputs[t // every] if inputs is not None and seen else constant
        if low == s.dtype:
            torch.baddbmm(x_t, s, U, out=a)
        else:
            # The product alone is rounded; gates, cells and states stay as precise as they were.
            torch.add(x_t, torch.bmm(s.to(low), U), out=a)
        _update_cell(cell, a, c, c_t, peepholes)
        if normal is not None and weights.gamma is not None and weights.beta is not None:
            moments = None if given is None else (given[0][t], given[1][t])
            mean, deviation = normalise(c_t, normal[:, t], cell.epsilon, moments)
            gamma, beta = weights.gamma[:, t].unsqueeze(1), weights.beta[:, t].unsqueeze(1)
            torch.addcmul(beta, normal[:, t], gamma, out=c_t)
            means.append(mean)
            deviations.append(deviation)
        c = c_t
        o = a[..., 3 * L :]
        if peepholes is not None and cell.peephole == "new":
            # This gate sees the new cell, so it had to wait for the normalisation.
            o.addcmul_(c, peepholes[2]).sigmoid_()
        if cell.squash:
            torch.tanh(c, out=q)
        torch.mul(o, q, out=h_t)
        s = signs(h_t) if cell.binary else h_t
    mean_all = torch.stack(means) if means else None
    deviation_all = torch.stack(deviations) if deviations else None
    return Run(gates, cells, hidden, q_all, normal, mean_all, deviation_all)


def _update_cell(
    cell: LSTMVariant, a: Tensor, before: Tensor, c: Tensor, peepholes: tuple[Tensor, ...] | None
) -> None:
    """Turn a (D, B, 4L) into the gates in place, and write f * c_{t-1} + i * m into c (D, B, L).

    A gate o that sees the new cell is left as it is.
    """
    L = c.shape[-1]
    m, gate = a[..., :L], a[..., L:]
    i, f, o = gate.split(L, dim=-1)
    late = peepholes is not None and cell.peephole == "new"
    if peepholes is not None:
        i.addcmul_(before, peepholes[0])
        f.addcmul_(before, peepholes[1])
        if not late:
            o.addcmul_(before, peepholes[2])
    m.tanh_()
    # The gates lie side by side, so that one call does for two or three of them.
    (gate[..., : 2 * L] if late else gate).sigmoid_()
    torch.mul(f, before, out=c)
    c.addcmul_(i, m)
