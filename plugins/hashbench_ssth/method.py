"""SSTH as a method of the benchmark."""

from __future__ import annotations

from typing import Any

from torch import nn

from hashbench import Videos
from hashbench.errors import UsageError
from hashbench.nn import DeepMethod, Estimator, Recipe
from hashbench_ssth.model import Encoder, Model

RECIPES = {
    "paper": Recipe("sgd", "decay", lr=1e-3, epochs=1, batch_size=100, updates=20_000),
    "fast": Recipe(
        "adam",
        "cosine",
        lr=1e-2,
        epochs=10,
        batch_size=128,
        updates=1600,
        mean_loss=True,
        standardize=True,
        warmup=0.1,
        clip=0.1,
    ),
}


class SSTH(DeepMethod):
    """Self-supervised temporal hashing.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values and batches.
    layers : {1, 2}
        Encoder layers: 1 as in the public program, 2 "stacked", as the SSVH paper has it.
    activation : {"p", "tanh"}
        Gradient of sgn.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".
    """

    recipes = RECIPES

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        layers: int = 1,
        activation: Estimator = "p",
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.layers = layers
        self.activation = activation

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        if self.layers not in (1, 2):
            raise UsageError(f"layers must be 1 or 2, not {self.layers!r}")
        if self.activation not in ("p", "tanh"):
            raise UsageError(f"activation must be one of p, tanh, not {self.activation!r}")

    def frames_of(self, videos: Videos) -> int:
        """Return all frames."""
        return videos.frames

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return encoder and decoders."""
        return Model(train.dims, train.frames, self.bits, self.layers, self.activation)

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Encoder(dims, frames, self.bits, self.layers, self.activation)
