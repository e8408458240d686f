"""SSVH as one network, in the order of the paper: Eq. 1 to 22.

Letters as in the paper, shapes beside the lines: B videos a batch, M frames of D dimensions, N
training videos, L bits, stride l, T = M / l steps of the layers that run on the stride. A leading
1 or 2 counts the stacks of weights that run side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hashbench.nn import (
    LSTM,
    BinaryLSTM,
    Cell,
    Estimator,
    Graph,
    MemoryBank,
    Output,
    gather,
    neighbourhood_loss,
    output_weights,
    share,
    sign,
)

Reconstruction = Literal["fb", "fb+gr", "none"]
Balance = Literal["shape", "none"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes: D dimensions, M frames, hidden units, L bits, stride l, N training videos."""

    dims: int
    frames: int
    hidden: int
    bits: int
    stride: int
    videos: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One reading of SSVH: the equations, or the authors' program (docs/fidelity.md).

    Parameters
    ----------
    peephole : {"previous", "new"}
        What the output gate of the BLSTM sees: c_{t-1} (Eq. 4) or c_t.
    frames, upper, lower : Cell
        The first encoder layer, the upper and the lower decoder layers.
    cell_start : bool
        Whether upper decoder layers start from the encoder's cell c_T (else from 0).
    repeat : bool
        Whether a lower decoder reads the upper output l times (else once, then 0).
    crossed : bool
        Whether the lower forward decoder reads, off the stride, the backward upper layer. The
        program does, most likely by mistake. It matters only where ``repeat`` does.
    negative : float
        s_ij of videos that are no neighbours.
    average : bool
        (f + b + M g) / 3 instead of f + b + g (Eq. 18).
    weight_decay : float
        L2 / 2 on every parameter.
    unused_outputs : bool
        Whether every layer owns an output layer, used or not, for L2 to count.
    """

    peephole: Literal["previous", "new"]
    frames: Cell
    upper: Cell
    lower: Cell
    cell_start: bool
    repeat: bool
    crossed: bool
    negative: float
    average: bool
    weight_decay: float
    unused_outputs: bool


_PLAIN = Cell()
_NORMED = Cell(peephole="new", batch_norm=True, squash=False)

VARIANTS = {
    "paper": Variant(
        peephole="previous",
        frames=_PLAIN,
        upper=_PLAIN,
        lower=_PLAIN,
        cell_start=False,
        repeat=False,
        crossed=False,
        negative=-1.0,
        average=False,
        weight_decay=0.0,
        unused_outputs=False,
    ),
    "official": Variant(
        peephole="new",
        frames=_NORMED,
        upper=Cell(peephole="new", batch_norm=True, squash=True),
        lower=_NORMED,
        cell_start=True,
        repeat=True,
        crossed=True,
        negative=0.0,
        average=True,
        weight_decay=1e-4,
        unused_outputs=True,
    ),
}


class Encoder(nn.Module):
    """Hierarchical binary encoder (Sec. III-B.1): a binary LSTM over every l-th state of an LSTM.

    Parameters
    ----------
    shape : Shape
        N is not used.
    variant : Variant
    activation : {"p", "tanh"}
        Gradient of sgn.
    """

    def __init__(self, shape: Shape, variant: Variant, activation: Estimator) -> None:
        super().__init__()
        self.stride = shape.stride
        self.frames = LSTM(shape.dims, shape.hidden, shape.frames, variant.frames)
        self.binary = BinaryLSTM(
            shape.hidden,
            shape.bits,
            shape.frames // shape.stride,
            peephole=variant.peephole,
            estimator=activation,
        )

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return h_T and c_T, each (B, L), of videos v (B, M, D)."""
        x = v.transpose(0, 1).unsqueeze(0)  # (1, M, B, D)
        z, _ = self.frames(x, (None, None), len(v))  # Eq. 1: (1, M, B, hidden)
        z = z[:, self.stride - 1 :: self.stride]  # z_l, z_2l, ...: (1, T, B, hidden)
        h, c = self.binary(z, (None, None), len(v))  # Eq. 2-8: (1, T, B, L), (1, B, L)
        return h[0, -1], c[0]


class SequenceDecoders(nn.Module):
    """Forward and backward hierarchical binary decoder (Sec. III-B.2-3).

    They are alike, so they run side by side: stack 0 forward, stack 1 backward. All layers have L
    units, since the upper ones start from the code.
    """

    def __init__(self, shape: Shape, variant: Variant) -> None:
        super().__init__()
        L, M, l = shape.bits, shape.frames, shape.stride  # noqa: E741 - the paper's letter
        self.frames, self.stride, self.variant = M, l, variant
        self.upper = LSTM(None, L, M // l, variant.upper, stacks=2)
        # (l, False): an input enters at every l-th step and 0 in between.
        hold = (1, False) if variant.repeat else (l, False)
        self.lower = LSTM(L, L, M, variant.lower, stacks=2, hold=hold)
        self.output = Output(L, shape.dims, stacks=2)

    def forward(self, b: Tensor, c: Tensor | None, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return Loss_f and Loss_b, summed over the batch.

        Parameters
        ----------
        b, c : Tensor, shape (B, L)
            The code, and the cell to start from; None for 0.
        v : Tensor, shape (B, M, D)
            The videos.
        """
        start = (_twice(b), None if c is None else _twice(c))  # (2, B, L)
        z, _ = self.upper(None, start, len(b))  # Eq. 9, 13: (2, T, B, L)
        z, _ = self.lower(self._inputs(z), (None, None), len(b))  # Eq. 10, 14: (2, M, B, L)
        forward, backward = z.transpose(1, 2)  # each (B, M, L), in its own order of decoding
        loss_f = self.output.error(0, forward, v)  # Eq. 11-12
        # The backward decoder's first step is the last frame. Turn it, not the wide video.
        loss_b = self.output.error(1, backward.flip(1), v)  # Eq. 15-16
        return loss_f, loss_b

    def _inputs(self, z: Tensor) -> Tensor:
        """Return what the lower layers read: (2, T, B, L), or (2, M, B, L) where it is repeated."""
        if not self.variant.repeat:
            return z
        held = z.repeat_interleave(self.stride, dim=1)  # (2, M, B, L)
        if not self.variant.crossed:
            return held
        on = torch.arange(self.frames, device=z.device) % self.stride == 0  # (M,)
        forward = torch.where(on[:, None, None], held[0], held[1])
        return torch.stack([forward, held[1]])


class GlobalDecoder(nn.Module):
    """Global hierarchical binary decoder (Sec. III-B.4): one step of each layer."""

    def __init__(self, shape: Shape, variant: Variant) -> None:
        super().__init__()
        L = shape.bits
        self.upper = LSTM(None, L, 1, variant.upper)
        self.lower = LSTM(L, L, 1, variant.lower)
        self.output = Output(L, shape.dims)

    def forward(self, b: Tensor, c: Tensor | None, v: Tensor) -> Tensor:
        """Return Loss_g (Eq. 17), summed over the batch; arguments as of the other decoders."""
        start = (b.unsqueeze(0), None if c is None else c.unsqueeze(0))  # (1, B, L)
        z, _ = self.upper(None, start, len(b))  # (1, 1, B, L)
        z, _ = self.lower(z, (None, None), len(b))  # (1, 1, B, L)
        v_g = v.mean(1, keepdim=True, dtype=z.dtype)  # (B, 1, D)
        return self.output.error(0, z[0].transpose(0, 1), v_g)


def reconstruction_loss(
    loss_f: Tensor, loss_b: Tensor, loss_g: Tensor | None, frames: int, variant: Variant
) -> Tensor:
    """Return ReconLoss (Eq. 18), or the program's (f + b + M g) / 3."""
    total = loss_f + loss_b
    if loss_g is not None:
        total = total + (frames * loss_g if variant.average else loss_g)
    return total / 3 if variant.average else total


# Eq. 19 and the neighbourhood structure S come before the training: hashbench.nn.neighbour_graph.
# Eq. 20, on h in place of b, is hashbench.nn.neighbourhood_loss, whose push of s = -1 follows the
# videos as they are.


def quantisation_loss(b: Tensor, h: Tensor) -> Tensor:
    """Return ||b - h||^2 summed over the batch (the second term of Eq. 21).

    b is a constant here, as in the authors' program: were sgn's stand-in gradient let through, it
    would cancel the term's pull wherever |h| <= 1.
    """
    return (b.detach() - h).square().sum()


@dataclass(frozen=True, slots=True)
class Scales:
    """Factors of the sums of which the loss is made; all 1 for Eq. 18 to 22 to the letter.

    Parameters
    ----------
    recon : float
        Of ReconLoss, which adds up M x D squared errors a decoder.
    pairs : float
        Of the sum over pairs (Eq. 20), N a video.
    once : float
        Of what is counted once: eta's term of a video, and L2.
    """

    recon: float = 1.0
    pairs: float = 1.0
    once: float = 1.0


REFERENCE = Shape(dims=4096, frames=24, hidden=0, bits=0, stride=2, videos=45_585)
"""The paper's set, on which lambda = 0.001 was chosen (FCVID)."""


def scales(shape: Shape, balance: Balance) -> Scales:
    """Return the factors with which every term weighs as it would on the paper's set.

    ``shape`` brings the sum over M x D entries to 24 x 4096 of them and the sum over N videos to
    45,585, and divides the whole by 45,585: the loss of a pair has a factor of 1 / N, and the norm
    of the gradient depends on no set's size.
    """
    if balance == "none":
        return Scales()
    entries = REFERENCE.frames * REFERENCE.dims / (shape.frames * shape.dims)
    pairs = REFERENCE.videos / max(shape.videos, 1)
    return Scales(entries / REFERENCE.videos, pairs / REFERENCE.videos, 1 / REFERENCE.videos)


def total_loss(recon: Tensor | None, neighbour: Tensor | None, lam: float) -> Tensor:
    """Return lambda * ReconLoss + (1 - lambda) * NeighborLoss (Eq. 22).

    A term that is left out does not count, and the other one counts whole.

    Raises
    ------
    ValueError
        If both are left out.
    """
    if recon is not None and neighbour is not None:
        return lam * recon + (1 - lam) * neighbour
    loss = neighbour if recon is None else recon
    if loss is None:
        raise ValueError("with neither reconstruction nor neighbourhood there is no loss")
    return loss


class Model(nn.Module):
    """Encoder, decoders and memory bank: from a batch of videos to the terms of its loss.

    Parameters
    ----------
    shape : Shape
    variant : Variant
    activation : {"p", "tanh"}
    reconstruction : {"fb+gr", "fb", "none"}
        Which decoders there are (Sec. IV-D).
    graph : Graph or None
        The neighbourhood structure; None to leave NeighborLoss out.
    lam, eta : float
        lambda (Eq. 22) and eta (Eq. 21); lambda counts only where both losses are there.
    balance : {"shape", "none"}
        See :func:`scales`.
    """

    def __init__(
        self,
        shape: Shape,
        variant: Variant,
        activation: Estimator = "p",
        reconstruction: Reconstruction = "fb+gr",
        graph: Graph | None = None,
        lam: float = 0.001,
        eta: float = 0.2,
        balance: Balance = "none",
    ) -> None:
        super().__init__()
        self.variant, self.activation, self.lam, self.eta = variant, activation, lam, eta
        self.scales = scales(shape, balance)
        self.encoder = Encoder(shape, variant, activation)
        self.sequence = self.globally = None
        if reconstruction != "none":
            self.sequence = SequenceDecoders(shape, variant)
        if reconstruction == "fb+gr":
            self.globally = GlobalDecoder(shape, variant)
        self.graph = graph
        self.bank = MemoryBank(shape.videos, shape.bits) if graph is not None else None
        self.unused = nn.ParameterList(_unused(shape) if variant.unused_outputs else [])

    def begin_epoch(self) -> None:
        """Recompute what the bank keeps beside its rows."""
        if self.bank is not None:
            self.bank.refresh()

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss, each summed over this process's videos.

        Parameters
        ----------
        rows : Tensor of int64, shape (B',)
            Places of the whole batch in the training set.
        v : Tensor, shape (B, M, D)
            The videos of this process's share of it.
        """
        h, c = self.encoder(v)  # (B, L)
        terms: dict[str, Tensor] = {}
        recon = self._reconstruct(h, c, v, terms)
        neighbour = self._neighbours(h, rows, terms)
        loss = total_loss(recon, neighbour, self.lam)
        if self.variant.weight_decay:
            norms = torch.stack(torch._foreach_norm(list(self.parameters())))
            # Each process counts its share: the sum over processes is the L2 of one model.
            decay = self.scales.once * self.variant.weight_decay / 2
            terms["l2"] = decay * norms.square().sum() * len(v) / len(rows)
            loss = loss + terms["l2"]
        return {"loss": loss, **terms}

    def _reconstruct(
        self, h: Tensor, c: Tensor, v: Tensor, terms: dict[str, Tensor]
    ) -> Tensor | None:
        if self.sequence is None:
            return None
        b = sign(h, self.activation)  # (B, L)
        cell = c if self.variant.cell_start else None
        loss_f, loss_b = self.sequence(b, cell, v)
        loss_g = None
        if self.globally is not None:
            loss_g = terms["global"] = self.globally(b, cell, v)
        recon = reconstruction_loss(loss_f, loss_b, loss_g, v.shape[1], self.variant)
        recon = self.scales.recon * recon
        terms |= {"forward": loss_f, "backward": loss_b, "reconstruction": recon}
        return recon

    def _neighbours(self, h: Tensor, rows: Tensor, terms: dict[str, Tensor]) -> Tensor | None:
        if self.graph is None or self.bank is None:
            return None
        n = len(rows)
        pairs = self.scales.pairs * neighbourhood_loss(
            h,
            rows[share(n)],
            self.bank,
            self.graph,
            negative=self.variant.negative,
            gathered=(gather(h, n), rows),
        )
        quantisation = self.scales.once * self.eta * quantisation_loss(sign(h, self.activation), h)
        terms |= {"pairs": pairs, "quantisation": quantisation, "neighbour": pairs + quantisation}
        return terms["neighbour"]  # Eq. 21


def _twice(values: Tensor) -> Tensor:
    return values.unsqueeze(0).expand(2, -1, -1)


def _unused(shape: Shape) -> list[nn.Parameter]:
    """Return output layers that the program makes, regularises and never uses."""
    D, L = shape.dims, shape.bits
    widths = [(shape.hidden, D), (L, D), (L, L), (L, L), (L, L)]
    weights = [nn.Parameter(output_weights(1, units, dims)[0]) for units, dims in widths]
    return weights + [nn.Parameter(torch.zeros(dims)) for _, dims in widths]
