"""Encoder and decoder of ConMH: a masked auto-encoder of frames with transformer blocks."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from hashbench.nn import Block, FrameDecoder, FrameEncoder, Variant, xavier


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


def _blocks(width: int, heads: int, depth: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width, heads) for _ in range(depth)))


def _start(network: nn.Module) -> None:
    network.apply(xavier)


class Encoder(FrameEncoder):
    """Transformer over frames whose every frame has a code; the video's is the sign of their mean.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
    """

    def __init__(self, shape: Shape, variant: Variant = "paper") -> None:
        super().__init__(
            shape.dims,
            shape.frames,
            shape.bits,
            shape.width,
            lambda: _blocks(shape.width, shape.heads, shape.depth),
            _start,
            variant,
        )


class Decoder(FrameDecoder):
    """Transformer that rebuilds hidden frames from the codes of visible ones.

    Parameters
    ----------
    shape : Shape
    learned_positions : bool
        Positions are trained and start at 0 (AutoSSVH), and not the sine table.
    """

    def __init__(self, shape: Shape, *, learned_positions: bool = False) -> None:
        super().__init__(
            shape.dims,
            shape.frames,
            shape.bits,
            shape.decoder_width,
            _blocks(shape.decoder_width, shape.decoder_heads, shape.decoder_depth),
            _start,
            learned_positions=learned_positions,
        )
