"""Encoder and decoder of S5VH.

Shapes stand beside the lines: B videos a batch, T frames of D dimensions, v of them visible, L
bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from hashbench.nn import FrameDecoder, FrameEncoder, Mamba, Variant, xavier

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


class Encoder(FrameEncoder):
    """Bidirectional Mamba whose every frame has a code; the video's is the sign of their mean.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    directions : {"shared", "separate"}
    """

    def __init__(
        self, shape: Shape, variant: Variant = "paper", directions: Directions = "separate"
    ) -> None:
        super().__init__(
            shape.dims,
            shape.frames,
            shape.bits,
            shape.width,
            lambda: _blocks(shape.width, directions, shape.depth),
            _start(variant),
            variant,
        )
        self.rates = [shape.drop * block / max(1, shape.depth - 1) for block in range(shape.depth)]

    def through_blocks(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return what the blocks make of tokens, of the same shape.

        Parameters
        ----------
        tokens : Tensor, shape (B, v, width)
        kept : Tensor of bool, shape (B, depth), optional
            False where a video passes a block unchanged. Where it does not, what the block adds
            is divided by the probability of that.
        """
        if kept is None:
            return super().through_blocks(tokens)
        blocks = zip(self.blocks.children(), self.rates, strict=True)
        for number, (block, rate) in enumerate(blocks):
            scale = None if rate == 0 else kept[:, number].to(tokens.dtype) / (1 - rate)
            tokens = block(tokens, scale)
        return tokens


class Decoder(FrameDecoder):
    """Bidirectional Mamba that rebuilds hidden frames from the codes of visible ones.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    directions : {"shared", "separate"}
    """

    def __init__(
        self, shape: Shape, variant: Variant = "paper", directions: Directions = "separate"
    ) -> None:
        super().__init__(
            shape.dims,
            shape.frames,
            shape.bits,
            shape.decoder_width,
            _blocks(shape.decoder_width, directions, shape.decoder_depth),
            _start(variant),
        )


def _blocks(width: int, directions: Directions, depth: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width, directions) for _ in range(depth)))


def _start(variant: Variant) -> Callable[[nn.Module], None]:
    """Return what gives linear layers uniform Xavier weights and no bias.

    The program does so to Mamba's step sizes as well, which then start from 0.7. ``paper`` leaves
    them as Mamba has them.
    """

    def start(network: nn.Module) -> None:
        network.apply(xavier)
        for layer in network.modules():
            if isinstance(layer, Mamba) and variant == "paper":
                layer.start_delta()

    return start
