"""S5VH as a method of the benchmark."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from hashbench import Videos
from hashbench.nn import (
    DeepMethod,
    Recipe,
    Variant,
    check_enough,
    of_dataset,
    overridden,
    visible_frames,
)
from hashbench.parameters import above_zero, at_least, not_negative, one_of, proportion
from hashbench_s5vh.centres import check_centres, hadamard_rows, improved
from hashbench_s5vh.clusters import Clusters, find_clusters
from hashbench_s5vh.model import Loss, Model
from hashbench_s5vh.network import Directions, Encoder, Shape
from hashbench_s5vh.recipes import FAST, SETTINGS, Setting

Centres = Literal["random", "hadamard"]


class S5VH(DeepMethod):
    """Self-supervised video hashing with bidirectional Mamba and centres of clusters.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values, batches, masks and clusters.
    variant : {"paper", "official"}
        The paper, or the authors' program (docs/fidelity.md).
    directions : {"shared", "separate"}, optional
        Whether one Mamba reads the frames in both directions, or one each. By default one each in
        ``paper``, and one in ``official``.
    centres : {"random", "hadamard"}, optional
        What codes are drawn towards: vectors that are trained, or binary codes, far from each
        other, that are fixed. By default codes in ``paper``, and trained vectors in ``official``.
    clusters : int, optional
        K.
    depth : int, optional
        Blocks of the encoder.
    mask : float, optional
        r, the share of frames that is hidden.
    contrast : float, optional
        alpha, the weight of the contrastive loss.
    temperature : float
        tau of the contrastive loss.
    prior : float, optional
        tau+, the share of other videos that is taken for positive.
    cluster : float, optional
        a_c, the weight of the cluster loss.
    relabel_from : int, optional
        Epochs before the first in which labels move towards the network's predictions.
    drop_path : float
        Share of videos that pass the encoder's last block unchanged, rising to that from 0 in the
        first.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper". What is None above
        is the recipe's, and "paper" has other values for each published data set.
    """

    recipes = {"fast": FAST.recipe, "paper": SETTINGS["fcvid"].recipe}  # noqa: RUF012 - as the base class declares it

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        variant: Variant = "paper",
        directions: Directions | None = None,
        centres: Centres | None = None,
        clusters: int | None = None,
        depth: int | None = None,
        mask: float | None = None,
        contrast: float | None = None,
        temperature: float = 0.5,
        prior: float | None = None,
        cluster: float | None = None,
        relabel_from: int | None = None,
        drop_path: float = 0.5,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.variant = variant
        self.directions = directions
        self.centres = centres
        self.clusters = clusters
        self.depth = depth
        self.mask = mask
        self.contrast = contrast
        self.temperature = temperature
        self.prior = prior
        self.cluster = cluster
        self.relabel_from = relabel_from
        self.drop_path = drop_path

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        one_of(("paper", "official"), variant=self.variant)
        one_of(("shared", "separate", None), directions=self.directions)
        one_of(("random", "hadamard", None), centres=self.centres)
        at_least(1, depth=self.depth)
        at_least(2, clusters=self.clusters)
        loss = self._loss("fcvid")
        above_zero(mask=loss.mask, temperature=loss.temperature)
        proportion(mask=loss.mask, prior=loss.prior, drop_path=self.drop_path)
        not_negative(contrast=loss.contrast, cluster=loss.cluster, relabel_from=loss.relabel_from)
        if self._fixed_centres():
            check_centres(self.bits, self._clusters("fcvid"))

    def recipe_for(self, train: Videos) -> Recipe:
        """Return the recipe; ``paper`` is that of the data set by its card's name."""
        super().recipe_for(train)
        return self._setting(train.name).recipe

    def frames_of(self, videos: Videos) -> int:
        """Return all frames.

        Raises
        ------
        MethodError
            If the mask would hide no frame, or all, or there are fewer videos than clusters.
        UsageError
            If there are no centres of this length for so many clusters.
        """
        visible_frames(videos.frames, self._loss(videos.name).mask)
        clusters = self._clusters(videos.name)
        check_enough(clusters, len(videos), "clusters")
        if self._fixed_centres():
            check_centres(self.bits, clusters)
        return videos.frames

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return encoder and decoder, with the clusters of the videos and their centres."""
        setting = self._setting(train.name)
        clusters = self._clusters(train.name)
        found = find_clusters(train.mean_pooled(), clusters, setting.components, self.seed)
        return Model(
            self._shape(train.dims, train.frames),
            self._loss(train.name),
            torch.from_numpy(found.one_hot()),
            self._centres(found) if self._fixed_centres() else None,
            self.variant,
            self._directions(),
            self.seed,
        )

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Encoder(self._shape(dims, frames), self.variant, self._directions())

    def _centres(self, found: Clusters) -> torch.Tensor:
        rows = hadamard_rows(self.bits, len(found.centroids), self.seed)
        random = np.random.default_rng([self.seed, self.bits])
        best = improved(rows, found.centroids, lambda n: random.random(n))
        return torch.from_numpy(best.astype(np.float32))

    def _fixed_centres(self) -> bool:
        return (self.centres or ("hadamard" if self.variant == "paper" else "random")) == "hadamard"

    def _directions(self) -> Directions:
        return self.directions or ("separate" if self.variant == "paper" else "shared")

    def _setting(self, dataset: str) -> Setting:
        return FAST if self.recipe == "fast" else of_dataset(SETTINGS, dataset)

    def _clusters(self, dataset: str) -> int:
        return self._setting(dataset).clusters if self.clusters is None else self.clusters

    def _shape(self, dims: int, frames: int) -> Shape:
        setting = self._setting("")  # all published ones have the same sizes
        return Shape(
            dims,
            frames,
            self.bits,
            width=setting.width,
            depth=setting.depth if self.depth is None else self.depth,
            decoder_width=setting.decoder_width,
            drop=self.drop_path,
        )

    def _loss(self, dataset: str) -> Loss:
        """Return the setting's loss with the parameters that were given."""
        return overridden(self._setting(dataset).loss, self)
