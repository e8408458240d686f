"""Forward, backward and global hierarchical binary decoders (Sec. III-B.2-4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hashbench.nn import LSTM, Output
from hashbench_ssvh.variant import Variant


class SequenceDecoders(nn.Module):
    """The forward and the backward decoder, side by side: stack 0 forward, stack 1 backward.

    Parameters are as in :class:`hashbench_ssvh.encoder.Encoder`; ``bits`` units in each layer,
    since the upper one starts from the code.
    """

    def __init__(self, dims: int, frames: int, bits: int, stride: int, variant: Variant) -> None:
        super().__init__()
        self.frames, self.stride, self.variant = frames, stride, variant
        self.upper = LSTM(None, bits, frames // stride, variant.upper, stacks=2)
        hold = (1, False) if variant.repeat else (stride, False)
        self.lower = LSTM(bits, bits, frames, variant.lower, stacks=2, hold=hold)
        self.output = Output(bits, dims, stacks=2)

    def forward(self, b: Tensor, c: Tensor | None) -> Tensor:
        """Return the lower layers' states (2, M, B, L), each in its own order of decoding."""
        start = (_twice(b), None if c is None else _twice(c))
        z, _ = self.upper(None, start, len(b))  # Eq. 9, 13
        hidden: Tensor = self.lower(self._inputs(z), (None, None), len(b))[0]  # Eq. 10, 14
        return hidden

    def errors(self, hidden: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return Loss_f (Eq. 12) and Loss_b (Eq. 16), summed over the batch."""
        forward, backward = hidden.transpose(1, 2)
        loss_f = self.output.error(0, forward, v)  # Eq. 11-12
        # The backward decoder's first step is the last frame; turn it, not the wide video.
        loss_b = self.output.error(1, backward.flip(1), v)  # Eq. 15-16
        return loss_f, loss_b

    def _inputs(self, z: Tensor) -> Tensor:
        """Return what the lower layers read (2, steps, B, L)."""
        if not self.variant.repeat:
            return z  # on the stride only: Eq. 10, 14
        held = z.repeat_interleave(self.stride, dim=1)
        if self.variant.wiring == "straight":
            return held
        on = torch.arange(self.frames, device=z.device) % self.stride == 0
        forward = torch.where(on[:, None, None], held[0], held[1])
        return torch.stack([forward, held[1]])


class GlobalDecoder(nn.Module):
    """The global decoder: one step of each layer, towards the mean frame."""

    def __init__(self, dims: int, bits: int, variant: Variant) -> None:
        super().__init__()
        self.upper = LSTM(None, bits, 1, variant.upper)
        self.lower = LSTM(bits, bits, 1, variant.lower)
        self.output = Output(bits, dims)

    def forward(self, b: Tensor, c: Tensor | None) -> Tensor:
        """Return the lower layer's state (B, 1, L)."""
        start = (b.unsqueeze(0), None if c is None else c.unsqueeze(0))
        z, _ = self.upper(None, start, len(b))
        hidden: Tensor = self.lower(z, (None, None), len(b))[0]
        return hidden[0].transpose(0, 1)

    def error(self, hidden: Tensor, v: Tensor) -> Tensor:
        """Return Loss_g (Eq. 17), summed over the batch."""
        return self.output.error(0, hidden, v.mean(1, keepdim=True, dtype=hidden.dtype))


def _twice(values: Tensor) -> Tensor:
    return values.unsqueeze(0).expand(2, -1, -1)
