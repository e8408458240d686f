"""LSTM layers over whole sequences: plain, input-less, with peepholes, batch norm, binary state."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from hashbench.nn.elementary.compilable import compilable
from hashbench.nn.recurrent import start_values
from hashbench.nn.recurrent.gradient import Gradients, run_backward
from hashbench.nn.recurrent.recurrence import LSTMVariant, Run, Unrolling, Weights, run_forward
from hashbench.nn.training.cuda_graphs import Passes, still_there, through
from hashbench.nn.training.distributed import world
from hashbench.nn.training.precision import compute_dtype


def compiles(unrolling: Unrolling, state: Tensor) -> bool:
    """Whether there is compiled code for a recurrence that starts with such a state."""
    return compilable(state) and unrolling.precision == state.dtype


def _ways(unrolling: Unrolling, state: Tensor) -> tuple[Any, Any]:
    """Return forward and backward pass: compiled, or made of torch's operations."""
    if not compiles(unrolling, state):
        return run_forward, run_backward
    # It loads numba, which is for those who train or encode alone.
    from hashbench.nn.recurrent import compiled

    return compiled.run_forward, compiled.run_backward


class _Recurrence(torch.autograd.Function):
    """Forward and backward pass over all steps as one node of the graph."""

    @staticmethod
    def forward(
        ctx: Any,
        unrolling: Unrolling,
        given: tuple[Tensor, Tensor] | None,
        keep: bool,
        passes: Passes | None,
        x: Tensor | None,
        *tensors: Tensor,
    ) -> tuple[Tensor, ...]:
        # tensors: the Weights, then state and cell to start from. Autograd sees no deeper than
        # the arguments, so that they cannot come as tuples.
        ends = len(Weights._fields)

        def work(x: Tensor | None, *rest: Any) -> Run:
            moments = rest[ends + 2 :] if given is not None else None
            weights, start = Weights(*rest[:ends]), rest[ends : ends + 2]
            forward = _ways(unrolling, start[0])[0]
            run: Run = forward(unrolling, x, weights, start, moments, keep)
            return run

        arguments = (x, *tensors, *(given or ()))
        run: Run = through(passes, ("forward", unrolling.precision, keep), work, arguments)
        ctx.unrolling, ctx.inputs = unrolling, 0 if x is None else x.shape[1]
        ctx.passes, ctx.ticket = passes, None if passes is None else passes.ticket(run)
        if keep:
            ctx.save_for_backward(*run, *tensors)
        last = run.cells[:, -1].clone()
        nothing = last.new_empty(0)
        mean = nothing if run.mean is None else run.mean.detach()
        deviation = nothing if run.deviation is None else run.deviation.detach()
        ctx.mark_non_differentiable(mean, deviation)
        # Another name for the states: those played back are the same tensor every time, which
        # cannot be the output of two nodes. Where no backward pass follows, nothing would tell that
        # the next call has overwritten them.
        hidden = run.hidden.detach() if keep or passes is None else run.hidden.clone()
        return hidden, last, mean, deviation

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        still_there(ctx.ticket)
        unrolling, inputs = ctx.unrolling, ctx.inputs
        kept, ends = len(Run._fields), len(Run._fields) + len(Weights._fields)

        def work(grad_hidden: Any, grad_cell: Any, *saved: Any) -> Gradients:
            run, weights = Run(*saved[:kept]), Weights(*saved[kept:ends])
            start = (saved[ends], saved[ends + 1])
            backward = _ways(unrolling, start[0])[1]
            found: Gradients = backward(
                unrolling, run, (grad_hidden, grad_cell), inputs, weights, start
            )
            return found

        arguments = (*grads[:2], *ctx.saved_tensors)
        g: Gradients = through(ctx.passes, ("backward", unrolling.precision), work, arguments)
        return None, None, None, None, *g


class LSTM(nn.Module):
    """D stacks of LSTM weights that run side by side over the same number of steps.

    Weights are (in, out), gates in the order ``[m | i | f | o]`` (m is the input to the cell):
    ``W`` (D, dims, 4L), ``U`` (D, L, 4L), ``b`` (D, 4L), ``M`` (D, 3, L) for i, f, o, ``gamma``
    and ``beta`` (D, T, L).

    Parameters
    ----------
    dims : int or None
        Width of the inputs; None for a layer without inputs, driven by its start alone.
    units : int
        L.
    steps : int
        T; with batch norm each step has its own statistics, so T is part of the layer.
    cell : LSTMVariant
        Which LSTM.
    stacks : int
        D.
    hold : (int, bool)
        ``(l, False)``: input t // l enters at every l-th step and none in between (SSVH Eq. 10);
        ``(l, True)``: it is repeated l times (the authors' program).
    """

    running_mean: Tensor
    running_deviation: Tensor
    updates: Tensor

    def __init__(
        self,
        dims: int | None,
        units: int,
        steps: int,
        cell: LSTMVariant,
        *,
        stacks: int = 1,
        hold: tuple[int, bool] = (1, False),
    ) -> None:
        super().__init__()
        self.cell, self.steps, self.hold, self.units = cell, steps, hold, units
        self.passes = Passes()
        D, L = stacks, units
        self.W = None if dims is None else nn.Parameter(start_values.glorot(D, dims, L))
        self.U = nn.Parameter(start_values.orthogonal(D, L))
        self.b = nn.Parameter(start_values.gate_bias(D, L))
        self.M = nn.Parameter(start_values.peephole(D, L)) if cell.peephole else None
        self.gamma = nn.Parameter(torch.ones(D, steps, L)) if cell.batch_norm else None
        self.beta = nn.Parameter(torch.zeros(D, steps, L)) if cell.batch_norm else None
        if cell.batch_norm:
            self.register_buffer("running_mean", torch.zeros(steps, D, L))
            self.register_buffer("running_deviation", torch.ones(steps, D, L))
            self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    def project(self, x: Tensor) -> Tensor:
        """Return x W + b of all time steps in one product: (D, T', B, dims) -> (D, T', B, 4L)."""
        assert self.W is not None
        low = compute_dtype(self.U)
        W, b = self.W.to(low), self.b.unsqueeze(1)
        if len(self.W) == 1:
            # Videos lie (B, T', dims) in memory: multiply them as they lie, turn the result.
            flat = x[0].transpose(0, 1).to(low)
            y = torch.matmul(flat, W[0]).to(b.dtype).add_(b[0])
            return y.transpose(0, 1).unsqueeze(0)
        D, T, B, dims = x.shape
        flat = x.to(low).reshape(D, T * B, dims)
        if low == b.dtype:
            return torch.baddbmm(b, flat, W).view(D, T, B, -1)
        return (torch.bmm(flat, W).to(b.dtype) + b).view(D, T, B, -1)

    def forward(
        self, x: Tensor | None, start: tuple[Tensor | None, Tensor | None], batch: int
    ) -> tuple[Tensor, Tensor]:
        """Return hidden states (D, T, B, L) and the last cell (D, B, L).

        Parameters
        ----------
        x : Tensor, shape (D, ceil(T / l), B, dims), or None
        start : (Tensor or None, Tensor or None), each (D, B, L)
            State and cell before the first step; None for zeros.
        batch : int
            B.
        """
        zeros = self.U.new_zeros(len(self.U), batch, self.units)
        s0, c0 = (zeros if value is None else value for value in start)
        given = None
        if self.cell.batch_norm and not self.training:
            given = (self.running_mean, self.running_deviation)
        gates = None if x is None else self.project(x)
        unrolling = Unrolling(self.cell, self.steps, self.hold, compute_dtype(self.U))
        weights = Weights(self.b, self.U, self.M, self.gamma, self.beta)
        hidden, last, mean, deviation = _Recurrence.apply(  # type: ignore[no-untyped-call]  # torch
            unrolling, given, torch.is_grad_enabled(), self._recorded(), gates, *weights, s0, c0
        )
        if self.cell.batch_norm and self.training:
            self._remember(mean, deviation)
        return hidden, last

    def _recorded(self) -> Passes | None:
        """Return the layer's recorded passes; None where they cannot be: off CUDA, or where the
        moments of a batch come from several processes."""
        if self.U.device.type != "cuda" or (self.cell.batch_norm and world() > 1):
            return None
        return self.passes

    @torch.no_grad()
    def _remember(self, mean: Tensor, deviation: Tensor) -> None:
        """Follow the batch's moments with momentum 0.99, and as their plain mean at first.

        The program starts at (0, 1) and forgets that at 0.99 an update: the same after its
        18,000 updates, but codes after a few hundred would be made with the start's share.
        """
        decay = torch.clamp(self.updates / (self.updates + 1), max=0.99).to(mean.dtype)
        self.running_mean.mul_(decay).add_((1 - decay) * mean)
        self.running_deviation.mul_(decay).add_((1 - decay) * deviation)
        self.updates += 1


class BinaryLSTM(LSTM):
    """Binary LSTM (SSVH Eq. 2-8): peepholes, batch-normalised cell, h = o * c, b = sgn(h) fed back.

    Parameters
    ----------
    dims, units, steps : int
        Width of the inputs, L, and T.
    peephole : {"previous", "new"}
        What the output gate sees: c_{t-1} (Eq. 4) or c_t (the authors' program).
    estimator : {"p", "tanh"}
        Gradient of sgn.

    Examples
    --------
    >>> layer = BinaryLSTM(dims=3, units=8, steps=4)
    >>> hidden, cell = layer(torch.randn(1, 4, 5, 3), (None, None), 5)
    >>> hidden.shape, cell.shape
    (torch.Size([1, 4, 5, 8]), torch.Size([1, 5, 8]))
    """

    def __init__(
        self,
        dims: int,
        units: int,
        steps: int,
        *,
        peephole: Any = "previous",
        estimator: Any = "p",
    ) -> None:
        cell = LSTMVariant(
            peephole=peephole, batch_norm=True, squash=False, binary=True, estimator=estimator
        )
        super().__init__(dims, units, steps, cell)
