"""The loss of ConMH and AutoSSVH: masked frames, two views, prototypes.

Shapes stand beside the lines: b of a batch of B videos, T frames of D dimensions, L bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hashbench import Videos
from hashbench.nn import (
    Draws,
    Variant,
    frame_places,
    frame_views,
    map_videos,
    pick_frames,
    share,
    view_losses,
    visible_frames,
)
from hashbench_conmh.network import Decoder, Encoder, Shape
from hashbench_conmh.prototypes import Prototypes, cluster, describe, prototype_loss
from hashbench_conmh.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Loss:
    """Weights and temperatures of the loss, and how frames are hidden.

    Parameters
    ----------
    mask : float
        r, the share of frames that is hidden.
    contrast : float
        a, the weight of the contrastive loss.
    temperature, prior : float
        tau and tau+ of the contrastive loss.
    adversarial : bool
        Whether a sampler chooses the visible frames, and not chance.
    prototypes : tuple of int
        The numbers K of prototypes; none for no prototype loss.
    prototype_weight, prototype_temperature : float
        b, and the mean density.
    prototypes_from : int
        Epochs before the first that has prototypes.
    input_dropout : float
        Share of the features that is zeroed on their way into the encoder.
    """

    mask: float = 0.75
    contrast: float = 1.0
    temperature: float = 0.5
    prior: float = 0.1
    adversarial: bool = False
    prototypes: tuple[int, ...] = ()
    prototype_weight: float = 0.01
    prototype_temperature: float = 0.2
    prototypes_from: int = 0
    input_dropout: float = 0.0


class Model(nn.Module):
    """Encoder, decoder and sampler: from a batch of videos to the terms of its loss.

    Parameters
    ----------
    shape : Shape
    loss : Loss
    variant : {"paper", "official"}
    learned_positions : bool
        Of the decoder.
    seed : int
        Of masks, noise and clusters.
    train : Videos, optional
        What the prototypes are made of.
    """

    def __init__(
        self,
        shape: Shape,
        loss: Loss,
        variant: Variant = "paper",
        *,
        learned_positions: bool = False,
        seed: int = 0,
        train: Videos | None = None,
    ) -> None:
        super().__init__()
        self.shape, self.loss, self.variant, self.seed = shape, loss, variant, seed
        self.visible = visible_frames(shape.frames, loss.mask)
        self.encoder = Encoder(shape, variant)
        self.decoder = Decoder(shape, learned_positions=learned_positions)
        self.sampler = Sampler(shape.width) if loss.adversarial else None
        self.draws = Draws(seed)
        self.train_videos = train
        self.prototypes: list[Prototypes] = []

    def begin_epoch(self) -> None:
        """Count the epoch, and find its prototypes."""
        self.draws.begin_epoch()
        done = int(self.draws.begun) - 1
        if self.loss.prototypes and done >= self.loss.prototypes_from:
            self.prototypes = self._clustered(done)

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
        if self.sampler is not None:
            tokens, hidden = self._sampled(v, len(rows))
            return self._terms(rows, v, tokens, hidden)
        return self.masked(rows, v, frame_views(self.draws.uniform(v.shape[1]), self.visible))

    def masked(self, rows: Tensor, v: Tensor, hidden: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss under given masks: bool (b, 2, T), True where hidden."""
        places, _ = frame_places(hidden.transpose(0, 1).flatten(0, 1), self.visible)  # (2b, v)
        frames = pick_frames(self._dropped(v).repeat(2, 1, 1), places)  # (2b, v, D)
        return self._terms(rows, v, self.encoder.embedded(frames, places), hidden)

    def _terms(self, rows: Tensor, v: Tensor, tokens: Tensor, hidden: Tensor) -> dict[str, Tensor]:
        """Return the terms, from the visible tokens (2b, v, width) of the first and second view."""
        b = self.encoder.frame_codes(tokens)  # (2b, v, L)
        losses = view_losses(
            self.decoder,
            b,
            v,
            hidden,
            videos=len(rows),
            temperature=self.loss.temperature,
            prior=self.loss.prior,
        )
        terms = {
            "loss": losses.reconstruction + self.loss.contrast * losses.contrast,
            "reconstruction": losses.reconstruction,
            "contrast": losses.contrast,
        }
        if self.loss.prototypes:
            terms["prototype"] = self._prototype_loss(rows, losses.z1, losses.z2)
            terms["loss"] = terms["loss"] + self.loss.prototype_weight * terms["prototype"]
        return terms

    def _sampled(self, v: Tensor, videos: int) -> tuple[Tensor, Tensor]:
        """Return the tokens (2b, v, width) that the sampler shows, and what it hides (b, 2, T)."""
        assert self.sampler is not None
        tokens = self.encoder.embedded(self._dropped(v))
        views = [
            self.sampler(
                tokens,
                self.visible,
                self.draws.uniform(v.shape[1]),
                self.draws.normal(v.shape[1]),
                videos,
            )
            for _ in range(2)
        ]
        (first, hidden1), (second, hidden2) = views
        return torch.cat([first, second]), torch.stack([hidden1, hidden2], dim=1)

    def _dropped(self, v: Tensor) -> Tensor:
        return self.draws.dropout(v, self.loss.input_dropout)

    def _prototype_loss(self, rows: Tensor, z1: Tensor, z2: Tensor) -> Tensor:
        """Return the mean over views and numbers K; 0 before the first prototypes."""
        total = z1.new_zeros(())
        for found in self.prototypes:
            for z in (z1, z2):
                total = total + prototype_loss(
                    functional.normalize(z, dim=1),
                    rows[share(len(rows))],
                    rows,
                    found,
                    self.draws.shared(len(found.centroids)),
                    repeat=self.variant == "official",
                )
        return total / max(1, 2 * len(self.prototypes))

    @torch.no_grad()
    def _clustered(self, epoch: int) -> list[Prototypes]:
        """Return a clustering of the codes of all training videos for every K."""
        assert self.train_videos is not None
        device = self.encoder.positions.device
        z = map_videos(
            self.train_videos,
            lambda v: functional.normalize(self.encoder(v)[0], dim=1),
            self.shape.bits,
            device,
        )
        values = z.double().cpu().numpy()
        found = []
        for size in self.loss.prototypes:
            of = cluster(values, size, self.seed + 1_000_003 * epoch)
            about = describe(values, of, size, self.loss.prototype_temperature)
            centroids, density = (torch.from_numpy(a.astype(np.float32)).to(device) for a in about)
            found.append(Prototypes(torch.from_numpy(of).to(device), centroids, density))
        return found
