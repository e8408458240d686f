"""The loss of CIBHash: two views of each video, their codes contrasted and their bits alike."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hashbench.nn import Draws, Variant, debiased_contrast, gather, signs, straight_through

_TINY = 1e-8  # added to probabilities under a logarithm, as in the program


@dataclass(frozen=True, slots=True)
class Loss:
    """Temperature of the contrast, and weight of the divergence."""

    temperature: float = 0.3
    beta: float = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What makes a view: share of the features dropped, and deviation (D,) of what is added."""

    dropout: float = 0.0
    noise: Tensor | None = None


class Model(nn.Module):
    """The loss of a batch, in terms that are summed over this process's videos.

    Parameters
    ----------
    encoder : nn.Module
        From videos (B, 1, D) to h (B, L).
    variant : {"paper", "official"}
        Whether codes are drawn from the probabilities, or are the likelier ones.
    seed : int
        Of views and of codes that are drawn.
    loss : Loss
    views : Views
    """

    def __init__(
        self, encoder: nn.Module, variant: Variant, seed: int, loss: Loss, views: Views
    ) -> None:
        super().__init__()
        self.encoder, self.variant, self.loss, self.views = encoder, variant, loss, views
        self.draws = Draws(seed)

    def begin_epoch(self) -> None:
        """Begin the random numbers of an epoch."""
        self.draws.begin_epoch()

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the loss and its terms for videos v (B, 1, D) of the batch ``rows`` (B',)."""
        self.draws.begin_batch(len(rows), v.device)
        p1, p2 = (torch.sigmoid(self.encoder(self.view(v))[0]) for _ in range(2))
        b1, b2 = self.codes(p1), self.codes(p2)
        contrast = debiased_contrast(
            b1,
            b2,
            temperature=self.loss.temperature,
            prior=0.0,
            gathered=(gather(b1, len(rows)), gather(b2, len(rows))),
        )
        apart = (divergence(p1, p2.detach()) + divergence(p2, p1.detach())) / 2
        return {
            "loss": contrast + self.loss.beta * apart,
            "contrast": contrast,
            "divergence": apart,
        }

    def view(self, v: Tensor) -> Tensor:
        """Return a view of videos v (B, 1, D): some features dropped, and noise added.

        Held-out videos are seen in two views, too, or there were nothing to contrast.
        """
        rate, noise = self.views.dropout, self.views.noise
        if rate:
            v = v * (self.draws.uniform(*v.shape[1:]) >= rate) / (1 - rate)
        return v if noise is None else v + noise.to(v) * self.draws.normal(*v.shape[1:])

    def codes(self, p: Tensor) -> Tensor:
        """Return codes (B, L) in {-1, 1} with probabilities p, whose gradient is handed on to p."""
        if self.variant == "official":
            return straight_through(p, signs(p - 0.5))
        return straight_through(p, signs(p - self.draws.uniform(p.shape[1])))


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return KL(p, q) of independent bits with probabilities p and q (B, L), summed over all."""
    ones = p * (torch.log(p + _TINY) - torch.log(q + _TINY))
    zeros = (1 - p) * (torch.log(1 - p + _TINY) - torch.log(1 - q + _TINY))
    return (ones + zeros).sum()
