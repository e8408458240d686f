"""How ConMH and AutoSSVH are trained: as published for each data set, and fast."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hashbench.nn import Recipe
from hashbench_conmh.model import Loss


@dataclass(frozen=True, slots=True)
class Setting:
    """A recipe with the loss and the size of the network that belong to it.

    Parameters
    ----------
    recipe : Recipe
    loss : Loss
    depth, width, heads : int
        Of the encoder.
    decoder_width : int
    """

    recipe: Recipe
    loss: Loss
    depth: int = 12
    width: int = 256
    heads: int = 6
    decoder_width: int = 192


def _published(epochs: int, batch_size: int, floor: float, loss: Loss) -> Setting:
    recipe = Recipe("adam", "staircase", 1e-4, epochs, batch_size, mean_loss=True, floor=floor)
    return Setting(recipe, loss)


CONMH = {
    "fcvid": _published(805, 512, 1e-5, Loss()),
    "activitynet": _published(505, 128, 1e-5, Loss(mask=0.5, contrast=0.2, prior=0.05)),
    "yfcc": _published(45, 128, 1e-5, Loss()),
}
"""By data set. UCF101 and HMDB51 are not in ConMH's paper; AutoSSVH's program trains them."""

_VOTES = (250, 400, 600)

AUTOSSVH = {
    "fcvid": _published(
        805,
        512,
        1e-5,
        Loss(prototypes=(250, 500, 1000), prototype_weight=0.01, prototypes_from=100),
    ),
    "activitynet": _published(
        800,
        128,
        1e-6,
        Loss(
            mask=0.5,
            contrast=0.2,
            prior=0.05,
            prototypes=_VOTES,
            prototype_weight=0.01,
            prototypes_from=100,
            input_dropout=0.2,
        ),
    ),
    "ucf101": _published(
        350, 128, 1e-6, Loss(mask=0.5, prototypes=_VOTES, prototype_weight=0.2, prototypes_from=50)
    ),
    "hmdb51": _published(
        350, 128, 1e-6, Loss(mask=0.7, prototypes=_VOTES, prototype_weight=0.2, prototypes_from=50)
    ),
}

CONMH |= {
    name: replace(
        AUTOSSVH[name], loss=replace(AUTOSSVH[name].loss, prototypes=(), prototypes_from=0)
    )
    for name in ("ucf101", "hmdb51")
}

_FAST = Setting(
    Recipe(
        "adam",
        "one_cycle",
        lr=1e-3,
        epochs=10,
        batch_size=128,
        updates=750,
        mean_loss=True,
        standardize=True,
    ),
    Loss(),
    depth=2,
    width=128,
    heads=4,
    decoder_width=96,
)

FAST_CONMH = _FAST
FAST_AUTOSSVH = replace(
    _FAST,
    recipe=replace(_FAST.recipe, lr=3e-3, clip=0.1),
    loss=Loss(prototypes=(50, 100), prototype_weight=0.01, prototypes_from=5),
)
