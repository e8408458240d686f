"""Bi-half Net as a method of the benchmark."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from hashbench import Videos
from hashbench.nn import (
    MeanFrameMethod,
    Recipe,
    half_codes,
    halves_loss,
    signs,
    straight_through,
)
from hashbench.parameters import not_negative

RECIPES = {
    "paper": Recipe(
        "momentum",
        "two_steps",
        1e-4,
        epochs=300,
        batch_size=32,
        mean_loss=True,
        weight_decay=5e-4,
    ),
    "fast": Recipe(
        "adam",
        "one_cycle",
        lr=1e-2,
        epochs=10,
        batch_size=128,
        updates=250,
        mean_loss=True,
        standardize=True,
    ),
}


class BiHalf(MeanFrameMethod):
    """Bi-half Net on mean frames.

    A linear layer yields h. In training, each bit of b is +1 for the half of the batch with the
    larger h and -1 for the other, so that its entropy is the greatest. The gradient of b is handed
    on to h, and gamma / (B L) (h - b) is added to it. With P pairs (i, j) between the two halves of
    a batch of B videos,

        loss = 1/P sum (cos(b_i, b_j) - cos(x_i, x_j))^2.

    What is added to the gradient is that of gamma / 2 times the mean of (h - b)^2, which the loss
    reported here includes. A video's code is sgn(h).

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    gamma : float
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".
    """

    recipes = RECIPES

    def __init__(
        self, bits: int = 64, seed: int = 0, *, gamma: float = 6.0, **training: Any
    ) -> None:
        super().__init__(bits, seed, **training)
        self.gamma = gamma

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        not_negative(gamma=self.gamma)

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return the layer and its loss."""
        return Model(self.build_encoder(train.dims, 1), self.gamma)


class Model(nn.Module):
    """The loss of a batch, in terms that are summed over this process's videos.

    Parameters
    ----------
    encoder : nn.Module
        From videos (B, 1, D) to h (B, L).
    gamma : float
    """

    def __init__(self, encoder: nn.Module, gamma: float) -> None:
        super().__init__()
        self.encoder, self.gamma = encoder, gamma

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the loss and its terms for videos v (B, 1, D) of the batch ``rows`` (B',).

        In evaluation mode the codes are those that the method yields.
        """
        h = self.encoder(v)[0]
        b = half_codes(h, len(rows)) if self.training else signs(h)
        similarity = halves_loss(v[:, 0], straight_through(h, b), len(rows))
        away = (h - b.detach()).square().mean(1).sum()
        return {
            "loss": similarity + self.gamma / 2 * away,
            "similarity": similarity,
            "quantisation": away,
        }
