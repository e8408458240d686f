"""CIBHash as a method of the benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from hashbench import Videos
from hashbench.data.standardizing import fit_moments
from hashbench.errors import UsageError
from hashbench.nn import MeanFrameMethod, Recipe, Variant
from hashbench.parameters import above_zero, at_least, not_negative, one_of, proportion
from hashbench_cibhash.model import Loss, Model, Views

_EPOCHS_AT_16 = 80  # of the program, where all other lengths have 60

RECIPES = {
    "paper": Recipe("adam", "constant", 1e-3, epochs=60, batch_size=64, mean_loss=True),
    "fast": Recipe(
        "adam",
        "one_cycle",
        lr=1e-2,
        epochs=10,
        batch_size=128,
        updates=1600,
        mean_loss=True,
        standardize=True,
    ),
}


class CIBHash(MeanFrameMethod):
    """CIBHash on mean frames, with views of the features in place of views of the image.

    A layer of hidden units and ReLU, and one of L, yield the probabilities p of the bits. A view
    of a video is its features with some of them dropped and noise added. With b and b' the codes of
    two views of a video, and p and p' their probabilities,

        loss = contrast(b, b') + beta / 2 (KL(p, p') + KL(p', p)),

    where contrast is NT-Xent over all codes of the batch, and KL is summed over bits.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values, batches and views.
    variant : {"paper", "official"}
        In training, a bit is drawn with its probability, or is 1 where that is at least one half.
    temperature, beta : float
        Temperature of the contrast, and weight of the divergence.
    hidden : int
        Hidden units.
    dropout : float
        Share of the features that a view lacks.
    noise : float
        Standard deviation of what is added to a feature, as a multiple of the feature's own over
        the training set.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".
    """

    recipes = RECIPES

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        variant: Variant = "paper",
        temperature: float = 0.3,
        beta: float = 0.001,
        hidden: int = 1024,
        dropout: float = 0.0,
        noise: float = 1.0,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.variant = variant
        self.temperature = temperature
        self.beta = beta
        self.hidden = hidden
        self.dropout = dropout
        self.noise = noise

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        one_of(("paper", "official"), variant=self.variant)
        above_zero(temperature=self.temperature)
        not_negative(beta=self.beta, noise=self.noise)
        at_least(1, hidden=self.hidden)
        proportion(dropout=self.dropout)
        if not self.dropout and not self.noise:
            raise UsageError("dropout and noise are both 0: two views of a video would be the same")

    def recipe_for(self, train: Videos) -> Recipe:
        """Return the recipe; the published one is longer at 16 bits."""
        recipe = super().recipe_for(train)
        long = self.recipe == "paper" and self.bits == 16
        return replace(recipe, epochs=_EPOCHS_AT_16) if long else recipe

    def hidden_widths(self) -> list[int]:
        """Return the width of the hidden layer."""
        return [self.hidden]

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return the layers and their loss."""
        deviation = torch.from_numpy(fit_moments(train, self.workspace.cache).deviation)
        return Model(
            self.build_encoder(train.dims, 1),
            self.variant,
            self.seed,
            Loss(self.temperature, self.beta),
            Views(self.dropout, self.noise * deviation if self.noise else None),
        )
