"""SSTH as one network, as its authors' program has it.

Shapes stand beside the lines: B videos a batch, M frames of D dimensions, L bits. A leading 1 or 2
counts the stacks of weights that run side by side.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hashbench.nn import LSTM, BinaryLSTM, Cell, Estimator, Output, sign

_DECODER = Cell(peephole="new", batch_norm=True, squash=True)
_LOWER = Cell(peephole="new", batch_norm=True, squash=False)
_GLOBAL_WEIGHT = 200.0


class Encoder(nn.Module):
    """A binary LSTM over all frames, or over the states of an LSTM that reads them.

    Parameters are as in :class:`Model`.
    """

    def __init__(
        self, dims: int, frames: int, bits: int, layers: int = 1, activation: Estimator = "p"
    ) -> None:
        super().__init__()
        self.below = LSTM(dims, bits, frames, _LOWER) if layers == 2 else None
        self.binary = BinaryLSTM(
            bits if layers == 2 else dims, bits, frames, peephole="new", estimator=activation
        )

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return h_T and c_T, each (B, L), of videos v (B, M, D)."""
        x = v.transpose(0, 1).unsqueeze(0)  # (1, M, B, D)
        if self.below is not None:
            x, _ = self.below(x, (None, None), len(v))  # (1, M, B, L)
        h, c = self.binary(x, (None, None), len(v))  # (1, M, B, L), (1, B, L)
        return h[0, -1], c[0]


class Model(nn.Module):
    """A binary LSTM over all frames; input-less forward, backward and global decoders.

    Parameters
    ----------
    dims, frames, bits : int
        D, M and L.
    layers : {1, 2}
        1: the binary LSTM reads the frames (the public program). 2: it reads an LSTM that reads
        the frames ("stacked", as the SSVH paper calls SSTH).
    activation : {"p", "tanh"}
        Gradient of sgn.
    weight_decay : float
        L2 / 2 on every parameter.
    """

    def __init__(
        self,
        dims: int,
        frames: int,
        bits: int,
        layers: int = 1,
        activation: Estimator = "p",
        weight_decay: float = 1e-4,
    ) -> None:
        super().__init__()
        self.activation, self.weight_decay = activation, weight_decay
        self.encoder = Encoder(dims, frames, bits, layers, activation)
        self.sequence = LSTM(None, bits, frames, _DECODER, stacks=2)
        self.globally = LSTM(None, bits, 1, _DECODER)
        self.output = Output(bits, dims, stacks=2)
        self.global_output = Output(bits, dims)

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
        b = sign(h, self.activation)
        start = (b.expand(2, -1, -1), c.expand(2, -1, -1))  # (2, B, L)
        hidden, _ = self.sequence(None, start, len(v))  # (2, M, B, L)
        forward, backward = hidden.transpose(1, 2)  # each (B, M, L), in its own order of decoding
        loss_f = self.output.error(0, forward, v)
        # The backward decoder's first step is the last frame. Turn it, not the wide video.
        loss_b = self.output.error(1, backward.flip(1), v)
        hidden, _ = self.globally(None, (b.unsqueeze(0), c.unsqueeze(0)), len(v))  # (1, 1, B, L)
        mean = v.mean(1, keepdim=True, dtype=h.dtype)  # (B, 1, D)
        loss_g = self.global_output.error(0, hidden[0].transpose(0, 1), mean)
        recon = (loss_b + loss_f + _GLOBAL_WEIGHT * loss_g) / 3
        terms = {"forward": loss_f, "backward": loss_b, "global": loss_g, "reconstruction": recon}
        if self.weight_decay:
            norms = torch.stack(torch._foreach_norm(list(self.parameters())))
            terms["l2"] = self.weight_decay / 2 * norms.square().sum() * len(v) / len(rows)
            recon = recon + terms["l2"]
        return {"loss": recon, **terms}
