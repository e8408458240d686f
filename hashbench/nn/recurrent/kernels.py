"""Kernels of a step of the recurrence, between its products; see ``compiled.py``.

Shapes, and the order of the gates, are those of :mod:`hashbench.nn.recurrent.recurrence`. What a
layer does not have is an empty array. Loops along L are short and write one array each, so that
LLVM turns them into vector instructions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.nn.elementary.copying import copy
from hashbench.nn.elementary.exponential import exact
from hashbench.nn.elementary.squashing import sigmoid, tanh

Array = NDArray[Any]


@exact
def add_up(c: Array, place: int, total: Array) -> None:
    total[:] = 0
    for d in range(c.shape[0]):
        total_d = total[d]
        for b in range(c.shape[2]):
            row = c[d, place, b]
            for k in range(len(row)):
                total_d[k] += row[k]


@exact
def add_up_squares(c: Array, place: int, mean: Array, total: Array) -> None:
    total[:] = 0
    for d in range(c.shape[0]):
        total_d, mean_d = total[d], mean[d]
        for b in range(c.shape[2]):
            row = c[d, place, b]
            for k in range(len(row)):
                total_d[k] += (row[k] - mean_d[k]) * (row[k] - mean_d[k])


@exact
def enter(
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
def leave(
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
                    copy(cell, normal[d, t, v])
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
                    copy(state, q[d, t, v])
                for k in range(L):
                    state[k] *= o[k]
            else:
                for k in range(L):
                    state[k] = o[k] * cell[k]
            if len(signs) > 0:
                sign = signs[d, v]
                for k in range(L):
                    sign[k] = one if state[k] >= 0 else -one
            copy(cell, old)


@exact
def reach(
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
                copy(grad_v, dh)
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
def spread(
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
