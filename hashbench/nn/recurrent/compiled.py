"""The recurrence on a processor: what a step does between its products, compiled into few passes.

Torch makes some twenty calls of a step, each of which reads and writes whole arrays, and at the
size of a hashing network a call costs as much as its work. Here the gates of a video stay in the
cache. Sums over videos are taken in their order and without fused operations, so that they are the
same on every processor and with any number of threads.

Shapes, and the order of the gates, are those of :mod:`hashbench.nn.recurrent.recurrence`. What a
layer does not have is an empty array.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hashbench.nn.recurrent import kernels
from hashbench.nn.recurrent.gradient import Gradients, input_gradients, product_gradient
from hashbench.nn.recurrent.kernels import Array
from hashbench.nn.recurrent.recurrence import Run, Unrolling, Weights
from hashbench.nn.training.distributed import agree


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
    late, own = cell.peephole == "new", cell.batch_norm and given is None
    videos = agree(s.new_full((), B)) if own else None  # of all processes
    for t in range(steps):
        place = t if keep else 0
        for d in range(D):
            torch.mm(s[d], U[d], out=gates[d, place])
        kernels.enter(a, place, *rows.at(t), before, M, late, c)
        if given is not None:
            mean[t], deviation[t] = given[0][t], given[1][t]
        elif videos is not None:
            _moments(c, place, videos, cell.epsilon, mean[t], deviation[t])
        moments = mean_[t : t + 1], deviation_[t : t + 1]
        kernels.leave(
            a, place, c, before, M, late, cell.squash, q_, *moments, gamma, beta, n, h, t, b
        )
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
        kernels.reach(
            dA_, t, a, h, q, g, ds_, follows, estimator, M, late, cell.squash, dc_, n, sums_
        )
        if videos is not None:
            means = agree(sums[t].clone()) / videos
        kernels.spread(dA_, t, a, c, c0, M, late, dc_, n, gamma, _array(means), deviation, dM_)
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
    kernels.add_up(c, place, total.numpy())
    torch.div(agree(total), videos, out=mean)
    kernels.add_up_squares(c, place, mean.numpy(), total.numpy())
    torch.sqrt(agree(total) / videos + epsilon, out=deviation)
