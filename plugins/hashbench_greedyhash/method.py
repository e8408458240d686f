"""GreedyHash as a method of the benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from hashbench import Videos
from hashbench.nn import MeanFrameMethod, Recipe, halves_loss, signs, straight_through
from hashbench.parameters import not_negative

_EPOCHS_AT_16 = 300  # of the program, where all other lengths have 60

RECIPES = {
    "paper": Recipe(
        "momentum",
        "constant",
        1e-4,
        epochs=60,
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
        updates=750,
        mean_loss=True,
        standardize=True,
        clip=0.1,
    ),
}


class GreedyHash(MeanFrameMethod):
    """The unsupervised form of GreedyHash, on mean frames.

    A linear layer yields h, and b = sgn(h). The gradient of b is handed on to h as it is. With P
    pairs (i, j) between the two halves of a batch,

        loss = 1/P sum (cos(b_i, b_j) - cos(x_i, x_j))^2 + quantisation * mean | |h| - 1 |^3.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    quantisation : float
        Weight of the second term.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".
    """

    recipes = RECIPES

    def __init__(
        self, bits: int = 64, seed: int = 0, *, quantisation: float = 0.1, **training: Any
    ) -> None:
        super().__init__(bits, seed, **training)
        self.quantisation = quantisation

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        not_negative(quantisation=self.quantisation)

    def recipe_for(self, train: Videos) -> Recipe:
        """Return the recipe; the published one is longer at 16 bits."""
        recipe = super().recipe_for(train)
        long = self.recipe == "paper" and self.bits == 16
        return replace(recipe, epochs=_EPOCHS_AT_16) if long else recipe

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return the layer and its loss."""
        return Model(self.build_encoder(train.dims, 1), self.quantisation)


class Model(nn.Module):
    """The loss of a batch, in terms that are summed over this process's videos.

    Parameters
    ----------
    encoder : nn.Module
        From videos (B, 1, D) to h (B, L).
    quantisation : float
    """

    def __init__(self, encoder: nn.Module, quantisation: float) -> None:
        super().__init__()
        self.encoder, self.quantisation = encoder, quantisation

    def forward(self, rows: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Return the loss and its terms for videos v (B, 1, D) of the batch ``rows`` (B',)."""
        h = self.encoder(v)[0]
        b = straight_through(h, signs(h))
        similarity = halves_loss(v[:, 0], b, len(rows))
        away = (h.abs() - 1).abs().pow(3).mean(1).sum()
        return {
            "loss": similarity + self.quantisation * away,
            "similarity": similarity,
            "quantisation": away,
        }
