"""The loss of S5VH: masked frames, two views, and clusters of videos.

Shapes stand beside the lines: b of a batch of B videos, T frames of D dimensions, L bits, K
clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench.nn import (
    Draws,
    Variant,
    average_codes,
    binarise,
    frame_places,
    frame_views,
    gather,
    pick_frames,
    share,
    view_losses,
    visible_frames,
)
from hashbench_s5vh.network import Decoder, Directions, Encoder, Shape

_MOMENTUM = 0.99
"""What stays of a label when the network's own prediction is mixed in."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Weights and temperatures of the loss, and how frames are hidden.

    Parameters
    ----------
    mask : float
        r, the share of frames that is hidden.
    contrast : float
        alpha, the weight of the contrastive loss.
    temperature, prior : float
        tau and tau+ of the contrastive loss.
    cluster : float
        a_c, the weight of the cluster loss.
    relabel_from : int
        Epochs before the first in which labels move towards the network's predictions.
    """

    mask: float = 0.75
    contrast: float = 2.5
    temperature: float = 0.5
    prior: float = 0.1
    cluster: float = 0.01
    relabel_from: int = 50


class Model(nn.Module):
    """Encoder, decoder and centres: from a batch of videos to the terms of its loss.

    Parameters
    ----------
    shape : Shape
    loss : Loss
    labels : Tensor, shape (N, K)
        Which cluster each training video belongs to, as one 1 a row.
    centres : Tensor, shape (K, L), optional
        Fixed centres; None for random ones that are trained.
    variant : {"paper", "official"}
    directions : {"shared", "separate"}
    seed : int
        Of masks and dropped paths.
    """

    labels: Tensor
    centres: Tensor
    rates: Tensor

    def __init__(
        self,
        shape: Shape,
        loss: Loss,
        labels: Tensor,
        centres: Tensor | None = None,
        variant: Variant = "paper",
        directions: Directions = "separate",
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.shape, self.loss, self.variant = shape, loss, variant
        self.visible = visible_frames(shape.frames, loss.mask)
        self.encoder = Encoder(shape, variant, directions)
        self.decoder = Decoder(shape, variant, directions)
        self.draws = Draws(seed)
        self.register_buffer("labels", labels.clone())
        self.register_buffer("rates", torch.tensor(self.encoder.rates), persistent=False)
        if centres is None:
            drawn = nn.Linear(shape.bits, labels.shape[1], bias=False)
            self.centres = drawn.weight
        else:
            self.register_buffer("centres", centres.clone())

    @property
    def relabels(self) -> bool:
        """Whether labels move in this epoch."""
        return self.training and self.draws.epoch > self.loss.relabel_from

    def begin_epoch(self) -> None:
        """Count the epoch."""
        self.draws.begin_epoch()

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
        hidden = frame_views(self.draws.uniform(v.shape[1]), self.visible)
        kept = self._kept(2)
        if self.relabels:
            self.relabel(rows, v, self._kept(1) if self.variant == "official" else None)
        return self.masked(rows, v, hidden, kept)

    def masked(
        self, rows: Tensor, v: Tensor, hidden: Tensor, kept: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return the terms of the loss under given masks.

        Parameters
        ----------
        rows, v : Tensor
            As of :meth:`forward`.
        hidden : Tensor of bool, shape (b, 2, T)
            True where a view does not see a frame.
        kept : Tensor of bool, shape (2b, depth), optional
            Which blocks each video of the first view passes, then of the second; None for all.
        """
        both = hidden.transpose(0, 1).flatten(0, 1)  # (2b, T)
        places, _ = frame_places(both, self.visible)  # (2b, v)
        frames = pick_frames(v.repeat(2, 1, 1), places)  # (2b, v, D)
        b = self.encoder.frame_codes(self.encoder.embedded(frames, places), kept)  # (2b, v, L)
        recon, contrast, z1, z2 = view_losses(
            self.decoder,
            b,
            v,
            hidden,
            videos=len(rows),
            temperature=self.loss.temperature,
            prior=self.loss.prior,
        )
        labels = self.labels[rows[share(len(rows))]]  # (b, K)
        cluster = (self._cluster_loss(z1, labels) + self._cluster_loss(z2, labels)) / 2
        loss = recon + self.loss.contrast * contrast + self.loss.cluster * cluster
        return {"loss": loss, "reconstruction": recon, "contrast": contrast, "cluster": cluster}

    @torch.no_grad()
    def relabel(self, rows: Tensor, v: Tensor, kept: Tensor | None = None) -> None:
        """Move the labels of a batch one hundredth of the way to what the network predicts."""
        mine = self.labels[rows[share(len(rows))]]
        moved = _MOMENTUM * mine + (1 - _MOMENTUM) * self.predictions(v, kept).softmax(1)
        self.labels[rows] = gather(moved, len(rows))

    def predictions(self, v: Tensor, kept: Tensor | None = None) -> Tensor:
        """Return what stands for each cluster (b, K), from all frames of videos v (b, T, D).

        ``official`` skips the norm over bits and the division by L / 2 here.
        """
        encoder, tokens = self.encoder, self.encoder.embedded(v)
        if self.variant == "paper":
            return self._logits(average_codes(encoder.frame_codes(tokens, kept)))
        values = encoder.binary(encoder.features(tokens, kept))
        return average_codes(binarise(values, self.variant)) @ self.centres.t()

    def _cluster_loss(self, z: Tensor, labels: Tensor) -> Tensor:
        return -(labels * functional.log_softmax(self._logits(z), dim=1)).sum()

    def _logits(self, z: Tensor) -> Tensor:
        """Return the products of codes z (b, L) with the centres over L / 2: (b, K)."""
        return z @ self.centres.t() / (self.shape.bits / 2)

    def _kept(self, views: int) -> Tensor | None:
        """Draw which blocks each video passes in each of ``views`` views."""
        if not self.training or not any(self.encoder.rates):
            return None
        drawn = self.draws.uniform(views, self.shape.depth)  # (b, views, depth)
        kept = drawn >= self.rates
        return kept.transpose(0, 1).flatten(0, 1)
