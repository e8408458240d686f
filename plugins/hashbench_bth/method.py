"""BTH as a method of the benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hashbench import Videos
from hashbench.errors import UsageError
from hashbench.nn import (
    Anchors,
    DeepMethod,
    Feed,
    Recipe,
    Trainer,
    Variant,
    anchor_graph,
    check_enough,
    map_videos,
    pick_device,
    rank,
    world,
)
from hashbench.parameters import at_least, not_negative, one_of, proportion
from hashbench_bth.model import FirstStage, Model, Weights
from hashbench_bth.network import Encoder, Shape

_ANCHORS = 2000
_VIDEOS_AN_ANCHOR = 20
_NEAR = 5
_FEWEST = 8
"""With fewer anchors no two videos share a far one and no near one."""
_USUAL = 16
_BLOCK = 256

RECIPES = {
    "paper": Recipe(
        "adam", "staircase", 3e-4, epochs=56, batch_size=256, mean_loss=True, floor=1e-4
    ),
    "fast": Recipe(
        "adam",
        "one_cycle",
        lr=3e-3,
        epochs=10,
        batch_size=128,
        updates=250,
        mean_loss=True,
        standardize=True,
    ),
}


class BTH(DeepMethod):
    """Video hashing with bidirectional transformers, in two stages.

    The first stage fills in hidden frames. The mean states of its videos are clustered, and the
    centres are the anchors. The second stage starts anew and fills in frames too. It also draws
    each video's states to its nearest anchor, and codes together or apart as their videos share
    anchors.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values, batches, masks and partners.
    variant : {"paper", "official"}
        The paper, or the authors' program (docs/fidelity.md).
    anchors : int, optional
        How many; by default 2,000 with ``recipe=paper``, else one for every 20 videos, at most
        2,000 and at least 16, and no more than there are videos.
    cloze, pairs, anchor_weight : float
        Weights of the losses: frames that are filled in, pairs, and anchors.
    dropout : float
    hidden : int, optional
        H; by default 256 with ``recipe=paper``, else 128.
    first_epochs : int, optional
        Epochs of the first stage; by default those of the second with ``recipe=paper``, else half
        of them.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper".

    Attributes
    ----------
    first_stage_ : list of float
        Mean loss of each epoch of the first stage.
    """

    recipes = RECIPES

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        variant: Variant = "paper",
        anchors: int | None = None,
        cloze: float = 0.92,
        pairs: float = 0.08,
        anchor_weight: float = 0.8,
        dropout: float = 0.1,
        hidden: int | None = None,
        first_epochs: int | None = None,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.variant = variant
        self.anchors = anchors
        self.cloze = cloze
        self.pairs = pairs
        self.anchor_weight = anchor_weight
        self.dropout = dropout
        self.hidden = hidden
        self.first_epochs = first_epochs

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        one_of(("paper", "official"), variant=self.variant)
        at_least(_FEWEST, anchors=self.anchors)
        at_least(1, hidden=self.hidden, first_epochs=self.first_epochs)
        not_negative(cloze=self.cloze, pairs=self.pairs, anchor_weight=self.anchor_weight)
        proportion(dropout=self.dropout)
        if self.early_stop:
            raise UsageError(
                "early_stop=true: bth draws partners from all training videos, so none are held out"
            )

    def frames_of(self, videos: Videos) -> int:
        """Return all frames; MethodError if there are fewer videos than anchors."""
        check_enough(self._count(len(videos)), len(videos), "anchors")
        return videos.frames

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Train the first stage, and return the model of the second with its anchors."""
        shape = self._shape(train.dims, train.frames)
        weights = Weights(self.cloze, self.pairs, self.anchor_weight, self.dropout)
        anchors = self._found(train, FirstStage(shape, self.variant, self.seed, weights))
        torch.manual_seed(self.seed)
        return Model(shape, self.variant, self.seed, weights, anchors, train)

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Encoder(self._shape(dims, frames), self.variant)

    def diagnostics(self) -> dict[str, Any]:
        """Return the loss history of both stages."""
        found = super().diagnostics()
        if hasattr(self, "first_stage_"):
            found["first_stage_loss"] = [round(value, 6) for value in self.first_stage_]
        return found

    def _count(self, videos: int) -> int:
        if self.anchors is not None:
            return self.anchors
        if self.recipe == "paper":
            return _ANCHORS
        return max(_FEWEST, min(_ANCHORS, max(_USUAL, videos // _VIDEOS_AN_ANCHOR), videos))

    def _shape(self, dims: int, frames: int) -> Shape:
        hidden = self.hidden or (256 if self.recipe == "paper" else 128)
        return Shape(dims, frames, self.bits, hidden)

    def _first_epochs(self, epochs: int) -> int:
        if self.first_epochs is not None:
            return self.first_epochs
        return epochs if self.recipe == "paper" else -(-epochs // 2)

    def _found(self, train: Videos, model: FirstStage) -> Anchors:
        """Train the first stage, and return the anchors of its states."""
        device = pick_device(self.workspace.device)
        plan = self._plan(self.recipe_for(train), len(train))
        plan = replace(plan, epochs=self._first_epochs(plan.epochs))
        folder = self.workspace.checkpoints
        trainer = Trainer(
            model.to(device),
            plan,
            len(train),
            checkpoints=None if folder is None else folder / "first-stage",
            key=f"first stage {self._key(train)}",
            progress=self.workspace.progress,
            task=f"train bth {self.bits} bits, first stage",
        )
        feed = Feed(
            train,
            batch_size=plan.batch_size,
            seed=self.seed,
            device=device,
            dtype=str(plan.precision).removeprefix("torch."),
            rank=rank(),
            world_size=world(),
        )
        self.first_stage_ = trainer.fit(feed).terms["loss"]
        return anchor_graph(
            _latent(model, train, device),
            self._count(len(train)),
            near=_NEAR,
            seed=self.seed,
            replace=self.variant == "official",
            cache=self.workspace.cache,
        )


def _latent(model: FirstStage, videos: Videos, device: torch.device) -> NDArray[np.float32]:
    """Return the mean over frames of the encoder's states, (N, H)."""
    encoder = model.eval().encoder
    width = encoder.positions.shape[1]
    found: NDArray[np.float32] = (
        map_videos(videos, lambda v: encoder.hidden(v).mean(1), width, device).cpu().numpy()
    )
    return found
