"""The losses of BTH's two stages.

Shapes stand beside the lines: b of a batch of B videos, T frames of D dimensions, H units, L bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hashbench import Videos
from hashbench.nn import Anchors, Draws, Linear, Variant, average_codes, share
from hashbench_bth.network import Dropout, Encoder, Shape, whole
from hashbench_bth.partners import Partners

_CHOSEN, _ZEROED, _REPLACED = 0.15, 0.8, 0.1


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the losses: frames filled in, pairs and anchors; and the rate of dropout."""

    cloze: float = 0.92
    pairs: float = 0.08
    anchors: float = 0.8
    dropout: float = 0.1


class Pairs(NamedTuple):
    """Videos and their partners (b, 2, T, D) as they are read and as they should be rebuilt.

    ``tag`` (b,) is +1 where the partner is similar and -1 where it is not. ``anchors`` (b, 2, H)
    are the nearest anchors of both.
    """

    read: Tensor
    target: Tensor
    tag: Tensor
    anchors: Tensor


class Network(nn.Module):
    """Encoder and decoder, with the draws that both stages need.

    Parameters
    ----------
    shape : Shape
    variant : {"paper", "official"}
        ``official`` rebuilds the frames as they are read: hidden frames are rebuilt as hidden.
    seed : int
        Of masks, partners and dropout.
    weights : Weights
    """

    def __init__(self, shape: Shape, variant: Variant, seed: int, weights: Weights) -> None:
        super().__init__()
        self.variant, self.weights = variant, weights
        self.encoder = Encoder(shape, variant)
        self.decoder = Linear(shape.bits, shape.dims)
        self.draws = Draws(seed)

    def begin_epoch(self) -> None:
        """Count the epoch."""
        self.draws.begin_epoch()

    def hide(self, v: Tensor) -> Tensor:
        """Return copies of v (b, T, D) with 15 % of the frames chosen at random.

        Of the chosen, 80 % are zeroed, 10 % replaced by another frame of v, and the rest kept.
        """
        frames = v.shape[1]
        chosen = self.draws.uniform(frames) < _CHOSEN  # (b, T)
        fate = self.draws.uniform(frames)
        source = self.draws.integers(frames, frames)
        zeroed = chosen & (fate < _ZEROED)
        replaced = chosen & ~zeroed & (fate < _ZEROED + _REPLACED)
        read = v.masked_fill(zeroed.unsqueeze(2), 0)
        video, frame = replaced.nonzero(as_tuple=True)
        read[video, frame] = v[video, source[video, frame]]
        return read

    def dropout(self, videos: int) -> Dropout:
        """Return the dropout of ``videos`` videos of each item of the batch."""
        rate = self.weights.dropout
        if not self.training or rate == 0:
            return whole
        return lambda x: self.draws.dropout(x.unflatten(0, (-1, videos)), rate).flatten(0, 1)

    def rebuilt_error(self, b: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error of frames rebuilt from codes b (n, T, L), summed over n."""
        error: Tensor = (self.decoder(b) - target).square().mean((1, 2)).sum()
        return error


class FirstStage(Network):
    """Filling in frames alone; its states yield the anchors of the second stage."""

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the loss of this process's videos v (b, T, D) of the batch ``rows`` (B,)."""
        self.draws.begin_batch(len(rows), v.device)
        read = self.hide(v)
        return self.loss(read, read if self.variant == "official" else v)

    def loss(self, read: Tensor, target: Tensor, drop: Dropout | None = None) -> dict[str, Tensor]:
        """Return the loss of frames (b, T, D) as read, against ``target``."""
        hidden = self.encoder.hidden(read, self.dropout(1) if drop is None else drop)
        return {"loss": self.rebuilt_error(self.encoder.frame_codes(hidden), target)}


class Model(Network):
    """The second stage: each video with a partner.

    Parameters
    ----------
    shape, variant, seed, weights
        As of :class:`Network`.
    anchors : Anchors
        Of the videos in ``train``.
    train : Videos
        Where partners are read.
    """

    def __init__(
        self,
        shape: Shape,
        variant: Variant,
        seed: int,
        weights: Weights,
        anchors: Anchors,
        train: Videos | None,
    ) -> None:
        super().__init__(shape, variant, seed, weights)
        self.partners = Partners(anchors, itself=variant == "official")
        self.centres = anchors.centres
        self.nearest = anchors.nearest[:, 0]
        self.train_videos = train

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss, each summed over this process's videos.

        Parameters
        ----------
        rows : Tensor of int64, shape (B,)
            Places of the whole batch in the training set.
        v : Tensor, shape (b, T, D)
            The videos of this process's share of it.
        """
        self.draws.begin_batch(len(rows), v.device)
        return self.terms(self._paired(rows[share(len(rows))], v))

    def terms(self, pairs: Pairs, drop: Dropout | None = None) -> dict[str, Tensor]:
        """Return the terms of the loss of some pairs, each summed over them."""
        items = len(pairs.tag)
        read, target = pairs.read.flatten(0, 1), pairs.target.flatten(0, 1)  # (2b, T, D)
        hidden = self.encoder.hidden(read, self.dropout(2) if drop is None else drop)
        b = self.encoder.frame_codes(hidden)  # (2b, T, L)
        cloze = self.rebuilt_error(b, target) / 2
        first, second = average_codes(b).unflatten(0, (items, 2)).unbind(1)  # (b, L) each
        similarity = (first * second).mean(1)
        neighbour = (pairs.tag - similarity).square().sum()
        latent = hidden.mean(1).unflatten(0, (items, 2))  # (b, 2, H)
        anchor = (latent - pairs.anchors).square().sum() / latent.shape[2]
        weights = self.weights
        return {
            "loss": weights.cloze * cloze + weights.pairs * neighbour + weights.anchors * anchor,
            "reconstruction": cloze,
            "pairs": neighbour,
            "anchors": anchor,
        }

    def _paired(self, rows: Tensor, v: Tensor) -> Pairs:
        """Return the videos v (b, T, D) at ``rows`` (b,) with partners, their frames hidden."""
        assert self.train_videos is not None
        ours = rows.cpu().numpy()
        partner, tag = self.partners.draw(ours, self.draws.uniform(2).cpu().numpy())
        # Read by place, wherever the features lie: who is whose partner must not depend on that.
        other = torch.from_numpy(self.train_videos.take(partner)).to(v.device, v.dtype)
        target = torch.stack([v, other], dim=1)  # (b, 2, T, D)
        both = target.flatten(1, 2)  # a replaced frame is one of the pair's
        read = self.hide(both).view_as(target)
        near = self.centres[self.nearest[np.stack([ours, partner], axis=1)]]  # (b, 2, H)
        return Pairs(
            read,
            read if self.variant == "official" else target,
            torch.from_numpy(tag).to(v.device),
            torch.from_numpy(near).to(v.device),
        )
