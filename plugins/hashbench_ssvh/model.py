"""SSVH as one network: from a batch of videos to the terms of its loss (Eq. 22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hashbench.nn import Estimator, Graph, MemoryBank, gather, neighbourhood_loss, share, sign
from hashbench.nn import init as start
from hashbench_ssvh.decoders import GlobalDecoder, SequenceDecoders
from hashbench_ssvh.encoder import Encoder
from hashbench_ssvh.losses import quantisation_loss, reconstruction_loss, total_loss
from hashbench_ssvh.variant import Variant

Reconstruction = Literal["fb", "fb+gr", "none"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes: D dimensions, M frames, hidden units, L bits, stride l, N training videos."""

    dims: int
    frames: int
    hidden: int
    bits: int
    stride: int
    videos: int


class Model(nn.Module):
    """Encoder, decoders and memory bank.

    Parameters
    ----------
    shape : Shape
    variant : Variant
    activation : {"p", "tanh"}
    reconstruction : {"fb", "fb+gr", "none"}
        Which decoders there are (Sec. IV-D).
    graph : Graph or None
        The neighbourhood structure; None to leave NeighborLoss out.
    lam, eta : float
        lambda (Eq. 22) and eta (Eq. 21); lambda counts only where both losses are there.
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
    ) -> None:
        super().__init__()
        D, M, L = shape.dims, shape.frames, shape.bits
        self.variant, self.activation, self.eta = variant, activation, eta
        both = reconstruction != "none" and graph is not None
        self.lam = lam if both else float(graph is None)
        self.encoder = Encoder(D, M, shape.hidden, L, shape.stride, variant, activation)
        self.sequence = self.globally = None
        if reconstruction != "none":
            self.sequence = SequenceDecoders(D, M, L, shape.stride, variant)
        if reconstruction == "fb+gr":
            self.globally = GlobalDecoder(D, L, variant)
        self.graph = graph
        self.bank = MemoryBank(shape.videos, L) if graph is not None else None
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
        h, c = self.encoder(v)
        terms: dict[str, Tensor] = {}
        recon = self._reconstruct(h, c, v, terms)
        neighbour = self._neighbours(h, rows, terms)
        loss = total_loss(recon, neighbour, self.lam)
        if self.variant.weight_decay:
            norms = torch.stack(torch._foreach_norm(list(self.parameters())))
            # Each process counts its share: the sum over processes is the L2 of one model.
            terms["l2"] = self.variant.weight_decay / 2 * norms.square().sum() * len(v) / len(rows)
            loss = loss + terms["l2"]
        return {"loss": loss, **terms}

    def _reconstruct(
        self, h: Tensor, c: Tensor, v: Tensor, terms: dict[str, Tensor]
    ) -> Tensor | None:
        if self.sequence is None:
            return None
        b = sign(h, self.activation)
        cell = c if self.variant.cell_start else None
        loss_f, loss_b = self.sequence.errors(self.sequence(b, cell), v)
        loss_g = None
        if self.globally is not None:
            loss_g = self.globally.error(self.globally(b, cell), v)
            terms["global"] = loss_g
        recon = reconstruction_loss(loss_f, loss_b, loss_g, v.shape[1], self.variant)
        terms |= {"forward": loss_f, "backward": loss_b, "reconstruction": recon}
        return recon

    def _neighbours(self, h: Tensor, rows: Tensor, terms: dict[str, Tensor]) -> Tensor | None:
        if self.graph is None or self.bank is None:
            return None
        n = len(rows)
        pairs = neighbourhood_loss(
            h,
            rows[share(n)],
            self.bank,
            self.graph,
            negative=self.variant.negative,
            gathered=(gather(h, n), rows),
        )  # Eq. 20 on h
        quantisation = self.eta * quantisation_loss(sign(h, self.activation), h)
        terms |= {"pairs": pairs, "quantisation": quantisation, "neighbour": pairs + quantisation}
        return terms["neighbour"]  # Eq. 21


def _unused(shape: Shape) -> list[nn.Parameter]:
    """Return output layers that the program makes, regularises and never uses."""
    D, L = shape.dims, shape.bits
    widths = [(shape.hidden, D), (L, D), (L, L), (L, L), (L, L)]
    weights = [nn.Parameter(start.output(1, units, dims)[0]) for units, dims in widths]
    return weights + [nn.Parameter(torch.zeros(dims)) for _, dims in widths]
