"""Masked auto-encoder of frames that has a code for each visible frame (ConMH, AAAI 2023).

What lies between the tokens and their codes, attention or a state space, is the method's own.

Shapes stand beside the lines: B videos a batch, T frames of D dimensions, v of them visible, L
bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn

from hashbench.nn.attention.positions import sine_positions
from hashbench.nn.attention.products import Linear
from hashbench.nn.contrastive.averaging import average_codes
from hashbench.nn.contrastive.debiased import debiased_contrast
from hashbench.nn.contrastive.views import frame_places, pick_frames
from hashbench.nn.recurrent.binarisation import sign
from hashbench.nn.recurrent.reconstruction import squared_error
from hashbench.nn.training.distributed import gather

Variant = Literal["paper", "official"]
"""A method as its paper has it, or as its authors' program does."""
Start = Callable[[nn.Module], object]
"""Gives the layers of a network their start values."""


class FrameEncoder(nn.Module):
    """Tokens of frames, blocks, and a code for each frame; a video's is the sign of their mean.

    Parameters
    ----------
    dims, frames, bits : int
        D, T and L.
    width : int
        Of the tokens.
    blocks : callable
        Returns the blocks. They are made after the embedding, whose start values are drawn first.
    start : callable
        Called with this network before its last two layers are made, which start as torch has it.
    variant : {"paper", "official"}
        As of :func:`binarise`.
    """

    positions: Tensor

    def __init__(
        self,
        dims: int,
        frames: int,
        bits: int,
        width: int,
        blocks: Callable[[], nn.Module],
        start: Start,
        variant: Variant,
    ) -> None:
        super().__init__()
        self.variant = variant
        self.embed = Linear(dims, width)
        self.register_buffer("positions", sine_positions(frames, width), persistent=False)
        self.blocks = blocks()
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = Linear(width, width)
        start(self)
        self.binary = Linear(width, bits)
        self.bit_norm = nn.LayerNorm(bits)

    def embedded(self, v: Tensor, places: Tensor | None = None) -> Tensor:
        """Return the tokens (B, v, width) of frames v (B, v, D) at ``places`` (B, v), or at all."""
        tokens: Tensor = self.embed(v)
        return tokens + (self.positions if places is None else self.positions[places])

    def through_blocks(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return the tokens (B, v, width) after the blocks.

        ``kept`` is for blocks that a video may pass unchanged, and overridden for them.
        """
        passed: Tensor = self.blocks(tokens)
        return passed

    def features(self, tokens: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return what the network makes of tokens (B, v, width), of the same shape."""
        features: Tensor = self.head(self.norm(self.through_blocks(tokens, kept)))
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


class FrameDecoder(nn.Module):
    """Rebuilds hidden frames from the codes of visible ones.

    Parameters
    ----------
    dims, frames, bits : int
        D, T and L.
    width : int
        Of the tokens.
    blocks : Module
        From tokens to tokens.
    start : callable
        Called with this network before the embedding of codes is made.
    learned_positions : bool
        Positions are trained and start at 0 (AutoSSVH), and not the sine table.
    """

    positions: Tensor

    def __init__(
        self,
        dims: int,
        frames: int,
        bits: int,
        width: int,
        blocks: nn.Module,
        start: Start,
        *,
        learned_positions: bool = False,
    ) -> None:
        super().__init__()
        if learned_positions:
            self.positions = nn.Parameter(torch.zeros(frames, width))
        else:
            self.register_buffer("positions", sine_positions(frames, width), persistent=False)
        self.blocks = blocks
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, dims)
        start(self)
        self.from_code = Linear(bits, width, bias=False)
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
        tokens, target = self.tokens(b, visible, hidden), pick_frames(v, hidden)
        return squared_error(
            target.reshape(-1, target.shape[-1]),
            tokens.reshape(-1, tokens.shape[-1]),
            self.head.weight.t(),
            self.head.bias,
        )


class ViewLosses(NamedTuple):
    """Two views of this process's videos: what rebuilding and contrasting them costs.

    ``reconstruction`` and ``contrast`` are summed over the videos, ``z1`` and ``z2`` (b, L) are
    the means of the frames' codes.
    """

    reconstruction: Tensor
    contrast: Tensor
    z1: Tensor
    z2: Tensor


def view_losses(
    decoder: FrameDecoder,
    b: Tensor,
    v: Tensor,
    hidden: Tensor,
    *,
    videos: int,
    temperature: float,
    prior: float,
) -> ViewLosses:
    """Return the squared error a value of hidden frames, and the debiased contrast of the views.

    Parameters
    ----------
    decoder : FrameDecoder
    b : Tensor, shape (2b, v, L)
        Codes of the visible frames of the first views, then of the second.
    v : Tensor, shape (b, T, D)
        The videos.
    hidden : Tensor of bool, shape (b, 2, T)
        True where a view does not see a frame.
    videos : int
        B, the videos of the whole batch.
    temperature, prior : float
        tau and tau+ of :func:`debiased_contrast`.
    """
    visible = b.shape[1]
    error = sum(
        decoder.error(codes, v, *frame_places(mask, visible))
        for codes, mask in zip(b.chunk(2), hidden.unbind(1), strict=True)
    )
    z1, z2 = average_codes(b).chunk(2)
    contrast = debiased_contrast(
        z1,
        z2,
        temperature=temperature,
        prior=prior,
        gathered=(gather(z1, videos), gather(z2, videos)),
    )
    rebuilt = cast(Tensor, error) / (v.shape[1] - visible) / v.shape[2]
    return ViewLosses(rebuilt, contrast, z1, z2)


def binarise(h: Tensor, variant: Variant) -> Tensor:
    """Return sgn(h), which at 0 is +1 (``paper``) or -1 (``official``).

    The programs of ConMH, S5VH and BTH round (h + 1) / 2.

    Examples
    --------
    >>> binarise(torch.zeros(1), "paper"), binarise(torch.zeros(1), "official")
    (tensor([1.]), tensor([-1.]))
    """
    return sign(h) if variant == "paper" else -sign(-h)


def xavier(layer: nn.Module) -> None:
    """Give a linear layer uniform Xavier weights and no bias."""
    if isinstance(layer, nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
