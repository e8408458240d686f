"""Encoder and decoder of ConMH.

Shapes stand beside the lines: B videos a batch, T frames of D dimensions, v of them visible, L
bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hashbench.nn import (
    Block,
    Linear,
    average_codes,
    pick_frames,
    sign,
    sine_positions,
    squared_error,
)

Variant = Literal["paper", "official"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; all but the first three as in the authors' "small" model.

    Parameters
    ----------
    dims, frames, bits : int
        D, T and L.
    width, depth, heads : int
        Of the encoder's tokens, its blocks, and the heads of each.
    decoder_width, decoder_depth, decoder_heads : int
        The same of the decoder.
    """

    dims: int
    frames: int
    bits: int
    width: int = 256
    depth: int = 12
    heads: int = 6
    decoder_width: int = 192
    decoder_depth: int = 2
    decoder_heads: int = 3


def binarise(h: Tensor, variant: Variant) -> Tensor:
    """Return sgn(h), which at 0 is +1 (``paper``) or -1 (``official``: it rounds (h + 1) / 2)."""
    return sign(h) if variant == "paper" else -sign(-h)


class Encoder(nn.Module):
    """Transformer over frames whose every frame has a code; the video's is the sign of their mean.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    """

    positions: Tensor

    def __init__(self, shape: Shape, variant: Variant = "paper") -> None:
        super().__init__()
        width = shape.width
        self.variant = variant
        self.embed = Linear(shape.dims, width)
        self.register_buffer("positions", sine_positions(shape.frames, width), persistent=False)
        self.blocks = nn.Sequential(*(Block(width, shape.heads) for _ in range(shape.depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = Linear(width, width)
        self.apply(xavier)
        # These two start as torch has it, as in the program.
        self.binary = Linear(width, shape.bits)
        self.bit_norm = nn.LayerNorm(shape.bits)

    def embedded(self, v: Tensor, places: Tensor | None = None) -> Tensor:
        """Return the tokens (B, v, width) of frames v (B, v, D) at ``places`` (B, v), or at all."""
        tokens: Tensor = self.embed(v)
        return tokens + (self.positions if places is None else self.positions[places])

    def features(self, tokens: Tensor) -> Tensor:
        """Return what the blocks make of tokens (B, v, width), of the same shape."""
        features: Tensor = self.head(self.norm(self.blocks(tokens)))
        return features

    def before_sign(self, tokens: Tensor) -> Tensor:
        """Return the values (B, v, L) whose signs are the codes of the frames."""
        values: Tensor = self.bit_norm(self.binary(self.features(tokens)))
        return values

    def frame_codes(self, tokens: Tensor) -> Tensor:
        """Return codes (B, v, L) in {-1, 1} of the frames behind tokens (B, v, width)."""
        return binarise(self.before_sign(tokens), self.variant)

    def forward(self, v: Tensor) -> tuple[Tensor]:
        """Return the mean (B, L) of the codes of all frames of videos v (B, T, D)."""
        return (average_codes(self.frame_codes(self.embedded(v))),)


class Decoder(nn.Module):
    """Transformer that rebuilds hidden frames from the codes of visible ones.

    Parameters
    ----------
    shape : Shape
    learned_positions : bool
        Positions are trained and start at 0 (AutoSSVH), and not the sine table.
    """

    positions: Tensor

    def __init__(self, shape: Shape, *, learned_positions: bool = False) -> None:
        super().__init__()
        width = shape.decoder_width
        if learned_positions:
            self.positions = nn.Parameter(torch.zeros(shape.frames, width))
        else:
            self.register_buffer("positions", sine_positions(shape.frames, width), persistent=False)
        heads, depth = shape.decoder_heads, shape.decoder_depth
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, shape.dims)
        self.apply(xavier)
        self.from_code = Linear(shape.bits, width, bias=False)
        # Normal numbers cut at one deviation: that of what is left is 0.011.
        self.mask_token = nn.Parameter(
            nn.init.trunc_normal_(torch.empty(width), std=0.02, a=-0.02, b=0.02)
        )

    def tokens(self, b: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the tokens (B, T - v, width) of the hidden frames.

        Parameters
        ----------
        b : Tensor, shape (B, v, L)
            Codes of the visible frames.
        visible, hidden : Tensor of int64, shapes (B, v) and (B, T - v)
            The places of the frames.
        """
        seen = self.from_code(b) + self.positions[visible]
        unseen = self.mask_token + self.positions[hidden]
        decoded: Tensor = self.norm(self.blocks(torch.cat([seen, unseen], dim=1)))
        return decoded[:, visible.shape[1] :]

    def forward(self, b: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the hidden frames (B, T - v, D) as they are rebuilt."""
        rebuilt: Tensor = self.head(self.tokens(b, visible, hidden))
        return rebuilt

    def error(self, b: Tensor, v: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the squared error of the hidden frames of v (B, T, D), summed.

        The rebuilt frames, the largest array by far, are not formed.
        """
        tokens = self.tokens(b, visible, hidden)
        target = pick_frames(v, hidden)
        return squared_error(
            target.reshape(-1, target.shape[-1]),
            tokens.reshape(-1, tokens.shape[-1]),
            self.head.weight.t(),
            self.head.bias,
        )


def xavier(layer: nn.Module) -> None:
    """Give a linear layer uniform Xavier weights and no bias."""
    if isinstance(layer, nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
