"""The recurrence on a processor: what a step does between its products, compiled into few passes.

Torch makes some twenty calls of a step, each of which reads and writes whole arrays, and at the
size of a hashing network a call costs as much as its work. Here the gates of a video stay in the
cache. Sums over videos are taken in their order and without fused operations, so that they are the
same on every processor and with any number of threads.

Shapes, and the order of the gates, are those of :mod:`hashbench.nn.recurrent.recurrence`. What a
layer does not have is an empty array.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn.elementary.exponential import exact
from hashbench.nn.elementary.squashing import sigmoid, tanh
from hashbench.nn.recurrent.gradient import Gradients, input_gradients, product_gradient
from hashbench.nn.recurrent.recurrence import Run, Unrolling, Weights
from hashbench.nn.training.distributed import agree

Array = NDArray[Any]


def run_forward(
    unrolling: Unrolling,
    x: Tensor | None,
    weights: Weights,
    start: tuple[Tensor, Tensor],
    given: tuple[Tensor, Tensor] | None,
    keep: bool = True,
) -> Run:
    """Run T steps, as :func:`hashbench.nn.recurrent.recurrence.run_forward` does."""
    cell, steps = unrolling.cell, unrolling.steps
    s, c0 = start
    D, B, L = s.shape

    def room(width: int, needed: bool = True) -> Tensor:
        return s.new_empty(D, (steps if keep else 1) if needed else 0, B, width)

    gates, cells, hidden = room(4 * L), room(L), s.new_empty(D, steps, B, L)
    q, normal = room(L, cell.squash and keep), room(L, cell.batch_norm and keep)
    signs = torch.empty_like(s) if cell.binary else s.new_empty(0, B, L)
    mean, deviation = (s.new_empty(steps if cell.batch_norm else 0, D, L) for _ in range(2))
    U, rows = weights.U, _Rows(x, weights.bias, unrolling.hold)
    M, gamma, beta = (_array(value, s) for value in (weights.M, weights.gamma, weights.beta))
    before = _array(c0).copy()  # of the step before; without keep its cells are overwritten
    a, c, h, q_, n, b = (_array(value) for value in (gates, cells, hidden, q, normal, signs))
    mean_, deviation_ = _array(mean), _array(deviation)
    late, videos = cell.peephole == "new", None
    for t in range(steps):
        place = t if keep else 0
        for d in range(D):
            torch.mm(s[d], U[d], out=gates[d, place])
        _enter(a, place, *rows.at(t), before, M, late, c)
        if cell.batch_norm:
            if given is not None:
                mean[t], deviation[t] = given[0][t], given[1][t]
            else:
                videos = agree(s.new_full((), B)) if videos is None else videos
                _moments(c, place, videos, cell.epsilon, mean[t], deviation[t])
        moments = mean_[t : t + 1], deviation_[t : t + 1]
        _leave(a, place, c, before, M, late, cell.squash, q_, *moments, gamma, beta, n, h, t, b)
        s = signs if cell.binary else hidden[:, t]
    if not keep:
        gates, cells = (value.expand(-1, steps, -1, -1) for value in (gates, cells))
    return Run(
        gates,
        cells,
        hidden,
        q if cell.squash else cells,
        normal if cell.batch_norm else None,
        mean if cell.batch_norm else None,
        deviation if cell.batch_norm else None,
    )


def run_backward(
    unrolling: Unrolling,
    run: Run,
    grads: tuple[Tensor, Tensor | None],
    inputs: int,
    weights: Weights,
    start: tuple[Tensor, Tensor],
) -> Gradients:
    """Return the gradients, as :func:`hashbench.nn.recurrent.gradient.run_backward` does."""
    cell, steps = unrolling.cell, unrolling.steps
    hidden = run.hidden
    D, _, B, L = hidden.shape
    dA, ds = torch.empty_like(run.gates), torch.empty_like(hidden[:, 0])
    dc = torch.zeros_like(ds) if grads[1] is None else grads[1].clone()
    sums = hidden.new_empty(steps, 2, D, L)  # of the cells' gradients, and of these times normal
    dM = hidden.new_empty(steps, D, 3, L) if weights.M is not None else hidden.new_empty(0, D, 3, L)
    normal = hidden.new_empty(0, steps, B, L) if run.normal is None else run.normal
    a, c, h, q, n, M, gamma, deviation, c0 = (
        _array(value, hidden)
        for value in (*run[:4], normal, weights.M, weights.gamma, run.deviation, start[1])
    )
    dA_, ds_, dc_, g, dM_, sums_ = (_array(value) for value in (dA, ds, dc, grads[0], dM, sums))
    late, estimator = cell.peephole == "new", _ESTIMATORS[cell.estimator if cell.binary else None]
    back = weights.U.transpose(1, 2)
    videos = agree(hidden.new_full((), B)) if cell.batch_norm else None
    means = sums[0]
    for t in range(steps - 1, -1, -1):
        follows = t < steps - 1
        if follows:
            for d in range(D):
                torch.mm(dA[d, t + 1], back[d], out=ds[d])
        _reach(dA_, t, a, h, q, g, ds_, follows, estimator, M, late, cell.squash, dc_, n, sums_)
        if videos is not None:
            means = agree(sums[t].clone()) / videos
        _spread(dA_, t, a, c, c0, M, late, dc_, n, gamma, _array(means), deviation, dM_)
    for d in range(D):
        torch.mm(dA[d, 0], back[d], out=ds[d])
    dx, dbias = input_gradients(dA, inputs, unrolling.hold)
    dgamma = dbeta = None
    if cell.batch_norm:
        dbeta, dgamma = sums.permute(1, 2, 0, 3).contiguous().unbind(0)
    dU = product_gradient(unrolling, run, dA, start[0])
    return Gradients(dx, dbias, dU, None if weights.M is None else dM.sum(0), dgamma, dbeta, ds, dc)


_ESTIMATORS = {None: 0, "p": 1, "tanh": 2}


def _array(tensor: Tensor | None, like: Tensor | None = None) -> Array:
    """Return a tensor's memory; for None an empty array of three axes, of the type of ``like``."""
    if tensor is None:
        assert like is not None
        tensor = like.new_empty(0, 0, 0)
    found: Array = tensor.detach().contiguous().numpy()
    return found


class _Rows:
    """Inputs (D, T', B, 4L) of any strides as rows of one matrix, and where a step's rows lie."""

    def __init__(self, x: Tensor | None, bias: Tensor, hold: tuple[int, bool]) -> None:
        self._every, self._repeat = hold
        self._bias, self._matrix = _array(bias), None
        if x is None:
            return
        width = x.shape[-1]
        if x.stride(-1) != 1 or any(stride % width for stride in x.stride()[:-1]):
            x = x.contiguous()
        self._strides = tuple(stride // width for stride in x.stride()[:-1])
        rows = 1 + sum(s * (n - 1) for s, n in zip(self._strides, x.shape[:-1], strict=True))
        self._matrix = x.detach().as_strided((rows, width), (width, 1)).numpy()

    def at(self, t: int) -> tuple[Array, int, int, int]:
        """Return the matrix, its first row at step t, and the strides by stack and by video."""
        if self._matrix is None or not (self._repeat or t % self._every == 0):
            return self._bias, 0, 1, 0  # all that the gates see where no input enters
        by_stack, by_step, by_video = self._strides
        return self._matrix, t // self._every * by_step, by_stack, by_video


def _moments(
    c: Array, place: int, videos: Tensor, epsilon: float, mean: Tensor, deviation: Tensor
) -> None:
    """Write mean and deviation (D, L) of a step's cells over the batch of all processes."""
    total = torch.empty_like(mean)
    _sum(c, place, total.numpy())
    torch.div(agree(total), videos, out=mean)
    _sum_of_squares(c, place, mean.numpy(), total.numpy())
    torch.sqrt(agree(total) / videos + epsilon, out=deviation)


@exact
def _sum(c: Array, place: int, total: Array) -> None:
    total[:] = 0
    for d in range(c.shape[0]):
        total_d = total[d]
        for b in range(c.shape[2]):
            row = c[d, place, b]
            for k in range(len(row)):
                total_d[k] += row[k]


@exact
def _sum_of_squares(c: Array, place: int, mean: Array, total: Array) -> None:
    total[:] = 0
    for d in range(c.shape[0]):
        total_d, mean_d = total[d], mean[d]
        for b in range(c.shape[2]):
            row = c[d, place, b]
            for k in range(len(row)):
                total_d[k] += (row[k] - mean_d[k]) * (row[k] - mean_d[k])


@exact
def _enter(
    a: Array,
    place: int,
    rows: Array,
    first: int,
    by_stack: int,
    by_video: int,
    before: Array,
    M: Array,
    late: bool,
    c: Array,
) -> None:
    """Turn s U, a (D, T, B, 4L), into the gates, and write f * c_{t-1} + i * m into c.

    A gate o that sees the new cell is left without its peephole and sigmoid.
    """
    L = c.shape[3]
    for d in range(a.shape[0]):
        for v in range(a.shape[2]):
            row, x, old, new = (
                a[d, place, v],
                rows[first + d * by_stack + v * by_video],
                before[d, v],
                c[d, place, v],
            )
            m, i, f, o = row[:L], row[L : 2 * L], row[2 * L : 3 * L], row[3 * L :]
            for k in range(len(row)):
                row[k] += x[k]
            if len(M) > 0:
                M_i, M_f, M_o = M[d, 0], M[d, 1], M[d, 2]
                for k in range(L):
                    i[k] += M_i[k] * old[k]
                for k in range(L):
                    f[k] += M_f[k] * old[k]
                if not late:
                    for k in range(L):
                        o[k] += M_o[k] * old[k]
            for k in range(L):
                m[k] = tanh(m[k])
            for k in range(L):
                i[k] = sigmoid(i[k])
            for k in range(L):
                f[k] = sigmoid(f[k])
            if not late:
                for k in range(L):
                    o[k] = sigmoid(o[k])
            for k in range(L):
                new[k] = f[k] * old[k] + i[k] * m[k]


@exact
def _leave(
    a: Array,
    place: int,
    c: Array,
    before: Array,
    M: Array,
    late: bool,
    squash: bool,
    q: Array,
    mean: Array,
    deviation: Array,
    gamma: Array,
    beta: Array,
    normal: Array,
    h: Array,
    t: int,
    signs: Array,
) -> None:
    """Normalise the cells, and write tanh(c), the hidden state, its signs, and c into before."""
    L = c.shape[3]
    one = c.dtype.type(1)
    for d in range(c.shape[0]):
        for v in range(c.shape[2]):
            cell, state, o = c[d, place, v], h[d, t, v], a[d, place, v, 3 * L :]
            old = before[d, v]
            if len(mean) > 0:
                mean_d, deviation_d = mean[0, d], deviation[0, d]
                gamma_d, beta_d = gamma[d, t], beta[d, t]
                for k in range(L):
                    cell[k] = (cell[k] - mean_d[k]) / deviation_d[k]
                if normal.shape[1] > 0:
                    normal[d, t, v] = cell
                for k in range(L):
                    cell[k] = beta_d[k] + cell[k] * gamma_d[k]
            if late:
                M_o = M[d, 2]
                for k in range(L):
                    o[k] = sigmoid(o[k] + cell[k] * M_o[k])
            if squash:
                for k in range(L):
                    state[k] = tanh(cell[k])
                if q.shape[1] > 0:
                    q[d, t, v] = state
                for k in range(L):
                    state[k] *= o[k]
            else:
                for k in range(L):
                    state[k] = o[k] * cell[k]
            if len(signs) > 0:
                sign = signs[d, v]
                for k in range(L):
                    sign[k] = one if state[k] >= 0 else -one
            old[:] = cell


@exact
def _reach(
    dA: Array,
    t: int,
    a: Array,
    h: Array,
    q: Array,
    grad: Array,
    ds: Array,
    follows: bool,
    estimator: int,
    M: Array,
    late: bool,
    squash: bool,
    dc: Array,
    normal: Array,
    sums: Array,
) -> None:
    """Write do, and add to dc, (D, B, L), what comes through the hidden state and a late gate o.

    sums[t, 0] and sums[t, 1] become those of dc, and of dc times the normalised cell, over videos.
    """
    L = h.shape[3]
    one, zero = h.dtype.type(1), h.dtype.type(0)
    dh = np.empty(L, h.dtype)
    sums[t] = 0
    for d in range(h.shape[0]):
        for v in range(h.shape[2]):
            state, o, q_v = h[d, t, v], a[d, t, v, 3 * L :], q[d, t, v]
            do, dc_v, ds_v, grad_v = dA[d, t, v, 3 * L :], dc[d, v], ds[d, v], grad[d, t, v]
            if not follows:
                dh[:] = grad_v
            # What came back went through sgn, whose gradient is the estimator's; grad did not.
            elif estimator == 0:
                for k in range(L):
                    dh[k] = grad_v[k] + ds_v[k]
            elif estimator == 1:
                for k in range(L):
                    dh[k] = grad_v[k] + (ds_v[k] if abs(state[k]) <= one else zero)
            else:
                for k in range(L):
                    slope = tanh(state[k])
                    dh[k] = grad_v[k] + ds_v[k] * (one - slope * slope)
            for k in range(L):
                do[k] = dh[k] * (state[k] - state[k] * o[k])
            if squash:
                for k in range(L):
                    dc_v[k] += dh[k] * (o[k] - state[k] * q_v[k])
            else:
                for k in range(L):
                    dc_v[k] += dh[k] * o[k]
            if late:
                M_o = M[d, 2]
                for k in range(L):
                    dc_v[k] += do[k] * M_o[k]
            if len(normal) > 0:
                n, total, product = normal[d, t, v], sums[t, 0, d], sums[t, 1, d]
                for k in range(L):
                    total[k] += dc_v[k]
                for k in range(L):
                    product[k] += dc_v[k] * n[k]


@exact
def _spread(
    dA: Array,
    t: int,
    a: Array,
    c: Array,
    c0: Array,
    M: Array,
    late: bool,
    dc: Array,
    normal: Array,
    gamma: Array,
    means: Array,
    deviation: Array,
    dM: Array,
) -> None:
    """Write dm, di, df and dM[t], and turn dc into the gradient of the cells before.

    ``means`` (2, D, L) are those of dc, and of dc times the normalised cell.
    """
    L = c.shape[3]
    if len(M) > 0:
        dM[t] = 0
    for d in range(c.shape[0]):
        for v in range(c.shape[2]):
            row, grads, dc_v = a[d, t, v], dA[d, t, v], dc[d, v]
            old = c[d, t - 1, v] if t > 0 else c0[d, v]
            m, i, f = row[:L], row[L : 2 * L], row[2 * L : 3 * L]
            dm, di, df, do = grads[:L], grads[L : 2 * L], grads[2 * L : 3 * L], grads[3 * L :]
            if len(normal) > 0:
                n, gamma_d, deviation_d = normal[d, t, v], gamma[d, t], deviation[t, d]
                mean, product = means[0, d], means[1, d]
                for k in range(L):
                    dc_v[k] = gamma_d[k] * (dc_v[k] - mean[k] - n[k] * product[k]) / deviation_d[k]
            for k in range(L):
                dm[k] = dc_v[k] * (i[k] - i[k] * m[k] * m[k])
            for k in range(L):
                di[k] = dc_v[k] * m[k] * (i[k] - i[k] * i[k])
            for k in range(L):
                df[k] = dc_v[k] * old[k] * (f[k] - f[k] * f[k])
            for k in range(L):
                dc_v[k] *= f[k]
            if len(M) > 0:
                M_i, M_f, M_o = M[d, 0], M[d, 1], M[d, 2]
                dM_i, dM_f, dM_o = dM[t, d, 0], dM[t, d, 1], dM[t, d, 2]
                for k in range(L):
                    dc_v[k] += di[k] * M_i[k] + df[k] * M_f[k]
                if not late:
                    for k in range(L):
                        dc_v[k] += do[k] * M_o[k]
                seen = c[d, t, v] if late else old
                for k in range(L):
                    dM_i[k] += di[k] * old[k]
                for k in range(L):
                    dM_f[k] += df[k] * old[k]
                for k in range(L):
                    dM_o[k] += do[k] * seen[k]
