"""The network of BTH: a transformer block of one head, a code for each frame, a linear decoder.

Shapes stand beside the lines: B videos a batch, T frames of D dimensions, H units, L bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench.nn import Linear, Variant, average_codes, binarise, sine_positions

Dropout = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes: D dimensions, T frames, L bits, H hidden units."""

    dims: int
    frames: int
    bits: int
    hidden: int = 256


def whole(x: Tensor) -> Tensor:
    """Return x: no dropout."""
    return x


class Norm(nn.Module):
    """Layer norm whose deviation is the unbiased one, with 1e-6 added to it and not under a root.

    Parameters
    ----------
    width : int
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return x (..., width) at mean ``bias`` and deviation ``weight``."""
        deviation = x.std(-1, keepdim=True)
        return self.weight * (x - x.mean(-1, keepdim=True)) / (deviation + 1e-6) + self.bias


class Encoder(nn.Module):
    """One transformer block over all frames; the video's code is the sign of the frames' mean.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
        sgn(0) is +1 or -1.
    """

    positions: Tensor

    def __init__(self, shape: Shape, variant: Variant = "paper") -> None:
        super().__init__()
        H = shape.hidden
        self.variant = variant
        self.embed = Linear(shape.dims, H)
        self.register_buffer("positions", sine_positions(shape.frames, H), persistent=False)
        self.norm1, self.norm2 = Norm(H), Norm(H)
        self.query, self.key, self.value, self.out = (Linear(H, H) for _ in range(4))
        self.wide, self.narrow = Linear(H, 4 * H), Linear(4 * H, H)
        self.binary = Linear(H, shape.bits)

    def hidden(self, v: Tensor, drop: Dropout = whole) -> Tensor:
        """Return the states (B, T, H) of videos v (B, T, D).

        Parameters
        ----------
        v : Tensor, shape (B, T, D)
        drop : callable
            Applied at six places: embedding, attention weights, attention, units, sum, block.
        """
        x = drop(self.embed(v) + self.positions)
        x = x + drop(self._attended(self.norm1(x), drop))
        units = drop(functional.gelu(self.wide(self.norm2(x)), approximate="tanh"))
        return drop(x + drop(self.narrow(units)))

    def before_sign(self, hidden: Tensor) -> Tensor:
        """Return the values (B, T, L) whose signs are the codes of the frames."""
        values: Tensor = self.binary(hidden)
        return values

    def frame_codes(self, hidden: Tensor) -> Tensor:
        """Return codes (B, T, L) in {-1, 1} of the states (B, T, H)."""
        return binarise(self.before_sign(hidden), self.variant)

    def forward(self, v: Tensor) -> tuple[Tensor]:
        """Return the mean (B, L) of the codes of all frames of videos v (B, T, D)."""
        return (average_codes(self.frame_codes(self.hidden(v))),)

    def _attended(self, x: Tensor, drop: Dropout) -> Tensor:
        q, k, v = self.query(x), self.key(x), self.value(x)
        if drop is whole:
            mixed = functional.scaled_dot_product_attention(q, k, v)
        else:
            # Torch's own kernel draws its dropout where no seed of ours reaches.
            weights = torch.softmax(q @ k.transpose(1, 2) * q.shape[-1] ** -0.5, dim=-1)
            mixed = drop(weights) @ v
        attended: Tensor = self.out(mixed)
        return attended
