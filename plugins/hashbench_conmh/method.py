"""ConMH and AutoSSVH as methods of the benchmark."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar

from torch import nn

from hashbench import Videos
from hashbench.errors import UsageError
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
from hashbench_conmh.model import Loss, Model
from hashbench_conmh.network import Encoder, Shape
from hashbench_conmh.recipes import (
    AUTOSSVH,
    CONMH,
    FAST_AUTOSSVH,
    FAST_CONMH,
    Setting,
)


class ConMH(DeepMethod):
    """Contrastive masked auto-encoders for video hashing.

    Parameters
    ----------
    bits, seed : int
        L, and the seed of start values, batches and masks.
    variant : {"paper", "official"}
        The paper, or the authors' program (docs/fidelity.md).
    sampler : {"random", "adversarial"}
        What chooses the frames that are hidden: chance, or a network that is trained to make
        reconstruction hard (AutoSSVH). None: the method's own choice.
    prototypes : str
        Numbers of prototypes, as in ``"250+400+600"``, ``"none"``, or ``"recipe"``: the recipe's.
    depth : int, optional
        Blocks of the encoder.
    mask : float, optional
        r, the share of frames that is hidden.
    contrast : float, optional
        a, the weight of the contrastive loss.
    temperature : float
        tau of the contrastive loss.
    prior : float, optional
        tau+, the share of other videos that is taken for positive.
    prototype_weight : float, optional
        b, the weight of the prototype loss.
    prototype_temperature : float
        Mean density of the prototypes.
    prototypes_from : int, optional
        Epochs before the first with prototypes.
    input_dropout : float, optional
        Share of the features that is zeroed on their way into the encoder.
    **training
        As of :class:`hashbench.nn.DeepMethod`; ``recipe`` is "fast" or "paper". What is None above
        is the recipe's, and "paper" has other values for each published data set.
    """

    settings: ClassVar[dict[str, Setting]] = CONMH
    fast: ClassVar[Setting] = FAST_CONMH
    learned_positions: ClassVar[bool] = False
    recipes = {"fast": FAST_CONMH.recipe, "paper": CONMH["fcvid"].recipe}  # noqa: RUF012 - as the base class declares it

    def __init__(
        self,
        bits: int = 64,
        seed: int = 0,
        *,
        variant: Variant = "paper",
        sampler: str | None = None,
        prototypes: str = "recipe",
        depth: int | None = None,
        mask: float | None = None,
        contrast: float | None = None,
        temperature: float = 0.5,
        prior: float | None = None,
        prototype_weight: float | None = None,
        prototype_temperature: float = 0.2,
        prototypes_from: int | None = None,
        input_dropout: float | None = None,
        **training: Any,
    ) -> None:
        super().__init__(bits, seed, **training)
        self.variant = variant
        self.sampler = sampler
        self.prototypes = prototypes
        self.depth = depth
        self.mask = mask
        self.contrast = contrast
        self.temperature = temperature
        self.prior = prior
        self.prototype_weight = prototype_weight
        self.prototype_temperature = prototype_temperature
        self.prototypes_from = prototypes_from
        self.input_dropout = input_dropout

    def check_params(self) -> None:
        """Raise UsageError for a value that cannot be right."""
        super().check_params()
        one_of(("paper", "official"), variant=self.variant)
        one_of(("random", "adversarial", None), sampler=self.sampler)
        if not re.fullmatch(r"recipe|none|[1-9]\d*(\+[1-9]\d*)*", self.prototypes):
            raise UsageError(
                f"prototypes must be none or numbers such as 250+400+600, not {self.prototypes!r}"
            )
        at_least(1, depth=self.depth)
        loss = self._loss("fcvid")
        above_zero(
            mask=loss.mask,
            temperature=loss.temperature,
            prototype_temperature=loss.prototype_temperature,
        )
        proportion(mask=loss.mask, prior=loss.prior, input_dropout=loss.input_dropout)
        not_negative(
            contrast=loss.contrast,
            prototype_weight=loss.prototype_weight,
            prototypes_from=loss.prototypes_from,
        )

    def recipe_for(self, train: Videos) -> Recipe:
        """Return the recipe; ``paper`` is that of the data set by its card's name."""
        super().recipe_for(train)
        return self._setting(train.name).recipe

    def frames_of(self, videos: Videos) -> int:
        """Return all frames; MethodError if the mask would hide none of them, or all."""
        loss = self._loss(videos.name)
        visible_frames(videos.frames, loss.mask)
        check_enough(max(loss.prototypes, default=0), len(videos), "prototypes")
        return videos.frames

    def build_model(self, train: Videos, near: Videos) -> nn.Module:
        """Return encoder and decoder, with the sampler and prototypes that are wanted."""
        return Model(
            self._shape(train.dims, train.frames),
            self._loss(train.name),
            self.variant,
            learned_positions=self.learned_positions,
            seed=self.seed,
            train=train,
        )

    def build_encoder(self, dims: int, frames: int) -> nn.Module:
        """Return an encoder to load weights into."""
        return Encoder(self._shape(dims, frames), self.variant)

    def adversarial_by_default(self) -> bool:
        """Whether frames are chosen by the sampler where ``sampler`` is None."""
        return False

    def _setting(self, dataset: str) -> Setting:
        return self.fast if self.recipe == "fast" else of_dataset(self.settings, dataset)

    def _shape(self, dims: int, frames: int) -> Shape:
        setting = self._setting("")
        return Shape(
            dims,
            frames,
            self.bits,
            width=setting.width,
            depth=setting.depth if self.depth is None else self.depth,
            heads=setting.heads,
            decoder_width=setting.decoder_width,
        )

    def _loss(self, dataset: str) -> Loss:
        """Return the setting's loss with the parameters that were given."""
        loss = overridden(self._setting(dataset).loss, self, but=("prototypes",))
        wanted = self.sampler == "adversarial"
        adversarial = self.adversarial_by_default() if self.sampler is None else wanted
        prototypes = loss.prototypes
        if self.prototypes != "recipe":
            sizes = () if self.prototypes == "none" else self.prototypes.split("+")
            prototypes = tuple(int(size) for size in sizes)
        return replace(loss, adversarial=adversarial, prototypes=prototypes)


class AutoSSVH(ConMH):
    """ConMH with frames hidden adversarially, prototypes, and learned positions in the decoder.

    Parameters are those of :class:`ConMH`. ``sampler`` is by default "adversarial" in
    ``variant=paper``, and "random" in ``variant=official``, whose program never calls its sampler.
    """

    settings = AUTOSSVH
    fast = FAST_AUTOSSVH
    learned_positions = True
    recipes = {"fast": FAST_AUTOSSVH.recipe, "paper": AUTOSSVH["fcvid"].recipe}  # noqa: RUF012 - as the base class declares it

    def adversarial_by_default(self) -> bool:
        """Whether frames are chosen by the sampler where ``sampler`` is None."""
        return self.variant == "paper"
