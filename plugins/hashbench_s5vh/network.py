"""Encoder and decoder of S5VH.

Shapes stand beside the lines: B videos a batch, T frames of D dimensions, v of them visible, L
bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hashbench.nn import (
    Linear,
    Mamba,
    average_codes,
    pick_frames,
    sign,
    sine_positions,
    squared_error,
)

Variant = Literal["paper", "official"]
Directions = Literal["shared", "separate"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; all but the first three as in the authors' "small" model.

    Parameters
    ----------
    dims, frames, bits : int
        D, T and L.
    width, depth : int
        Of the encoder's tokens, and its blocks.
    decoder_width, decoder_depth : int
        The same of the decoder.
    drop : float
        Share of videos that pass the encoder's last block unchanged. It rises to that from 0 in
        the first block.
    """

    dims: int
    frames: int
    bits: int
    width: int = 256
    depth: int = 6
    decoder_width: int = 192
    decoder_depth: int = 1
    drop: float = 0.5


class Block(nn.Module):
    """x + M(norm(x)) + flip(M'(norm'(flip(x)))): Mamba from the first token on and from the last.

    Parameters
    ----------
    width : int
        Of the tokens.
    directions : {"shared", "separate"}
        Whether M and M' are one layer, or two. The norms are two.
    """

    def __init__(self, width: int, directions: Directions) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.forwards = Mamba(width)
        self.backwards = Mamba(width) if directions == "separate" else None

    def forward(self, x: Tensor, scale: Tensor | None = None) -> Tensor:
        """Return the tokens (B, T, width) after the block.

        Parameters
        ----------
        x : Tensor, shape (B, T, width)
        scale : Tensor, shape (B,), optional
            What the block adds is multiplied by it.
        """
        ahead, back = self.norm1(x), self.norm2(x).flip(1)
        if self.backwards is None:
            ahead, back = self.forwards(torch.cat([ahead, back])).chunk(2)
        else:
            ahead, back = self.forwards(ahead), self.backwards(back)
        added: Tensor = ahead + back.flip(1)
        return x + (added if scale is None else scale[:, None, None] * added)


class Encoder(nn.Module):
    """Bidirectional Mamba whose every frame has a code; the video's is the sign of their mean.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    directions : {"shared", "separate"}
    """

    positions: Tensor

    def __init__(
        self, shape: Shape, variant: Variant = "paper", directions: Directions = "separate"
    ) -> None:
        super().__init__()
        width = shape.width
        self.variant = variant
        self.rates = [shape.drop * block / max(1, shape.depth - 1) for block in range(shape.depth)]
        self.embed = Linear(shape.dims, width)
        self.register_buffer("positions", sine_positions(shape.frames, width), persistent=False)
        self.blocks = nn.ModuleList(Block(width, directions) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = Linear(width, width)
        start(self, variant)
        # These two start as torch has it, as in the program.
        self.binary = Linear(width, shape.bits)
        self.bit_norm = nn.LayerNorm(shape.bits)

    def embedded(self, v: Tensor, places: Tensor | None = None) -> Tensor:
        """Return the tokens (B, v, width) of frames v (B, v, D) at ``places`` (B, v), or at all."""
        tokens: Tensor = self.embed(v)
        return tokens + (self.positions if places is None else self.positions[places])

    def features(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return what the blocks make of tokens, of the same shape.

        Parameters
        ----------
        tokens : Tensor, shape (B, v, width)
        kept : Tensor of bool, shape (B, depth), optional
            False where a video passes a block unchanged. Where it does not, what the block adds
            is divided by the probability of that.
        """
        for number, block in enumerate(self.blocks):
            rate = self.rates[number]
            if kept is None or rate == 0:
                tokens = block(tokens)
            else:
                tokens = block(tokens, kept[:, number].to(tokens.dtype) / (1 - rate))
        features: Tensor = self.head(self.norm(tokens))
        return features

    def before_sign(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the values (B, v, L) whose signs are the codes of the frames."""
        values: Tensor = self.bit_norm(self.binary(self.features(tokens, kept)))
        return values

    def frame_codes(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return codes (B, v, L) in {-1, 1} of the frames behind tokens (B, v, width)."""
        return binarise(self.before_sign(tokens, kept), self.variant)

    def forward(self, v: Tensor) -> tuple[Tensor]:
        """Return the mean (B, L) of the codes of all frames of videos v (B, T, D)."""
        return (average_codes(self.frame_codes(self.embedded(v))),)


class Decoder(nn.Module):
    """Bidirectional Mamba that rebuilds hidden frames from the codes of visible ones.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    directions : {"shared", "separate"}
    """

    positions: Tensor

    def __init__(
        self, shape: Shape, variant: Variant = "paper", directions: Directions = "separate"
    ) -> None:
        super().__init__()
        width = shape.decoder_width
        self.register_buffer("positions", sine_positions(shape.frames, width), persistent=False)
        self.blocks = nn.Sequential(*(Block(width, directions) for _ in range(shape.decoder_depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, shape.dims)
        start(self, variant)
        self.from_code = Linear(shape.bits, width, bias=False)
        # Normal numbers cut at one deviation: that of what is left is 0.011.
        self.mask_token = nn.Parameter(
            nn.init.trunc_normal_(torch.empty(width), std=0.02, a=-0.02, b=0.02)
        )

    def tokens(self, b: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the tokens (B, T - v, width) of the hidden frames.

        They come after all visible ones, wherever they lie in the video.

        Parameters
        ----------
        b : Tensor, shape (B, v, L)
            Codes of the visible frames.
        visible, hidden : Tensor of int64, shapes (B, v) and (B, T - v)
            The places of the frames.
        """
        seen = self.from_code(b) + self.positions[visible]
        unseen = self.mask_token + self.positions[hidden]
        decoded: Tensor = self.blocks(torch.cat([seen, unseen], dim=1))
        rebuilt: Tensor = self.norm(decoded[:, visible.shape[1] :])
        return rebuilt

    def forward(self, b: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the hidden frames (B, T - v, D) as they are rebuilt."""
        rebuilt: Tensor = self.head(self.tokens(b, visible, hidden))
        return rebuilt

    def error(self, b: Tensor, v: Tensor, visible: Tensor, hidden: Tensor) -> Tensor:
        """Return the squared error of the hidden frames of v (B, T, D), summed.

        The rebuilt frames, the largest array by far, are not formed.
        """
        tokens, target = self.tokens(b, visible, hidden), pick_frames(v, hidden)
        return squared_error(
            target.reshape(-1, target.shape[-1]),
            tokens.reshape(-1, tokens.shape[-1]),
            self.head.weight.t(),
            self.head.bias,
        )


def binarise(h: Tensor, variant: Variant) -> Tensor:
    """Return sgn(h), which at 0 is +1 (``paper``) or -1 (``official``: it rounds (h + 1) / 2)."""
    return sign(h) if variant == "paper" else -sign(-h)


def start(network: nn.Module, variant: Variant) -> None:
    """Give linear layers uniform Xavier weights and no bias.

    The program does so to Mamba's step sizes as well, which then start from 0.7. ``paper`` leaves
    them as Mamba has them.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    for layer in network.modules():
        if isinstance(layer, Mamba) and variant == "paper":
            layer.start_delta()
