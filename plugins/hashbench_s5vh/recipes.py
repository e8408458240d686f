"""How S5VH is trained: as published for each data set, and fast."""

from __future__ import annotations

from dataclasses import dataclass

from hashbench.nn import Recipe
from hashbench_s5vh.model import Loss


@dataclass(frozen=True, slots=True)
class Setting:
    """A recipe with the loss, the clusters and the encoder's depth that belong to it.

    Parameters
    ----------
    recipe : Recipe
    loss : Loss
    clusters : int
        K.
    components : int
        Principal components that videos are clustered by.
    depth : int
        Blocks of the encoder.
    width, decoder_width : int
        Of the tokens.
    """

    recipe: Recipe
    loss: Loss
    clusters: int
    components: int = 512
    depth: int = 6
    width: int = 256
    decoder_width: int = 192


def _published(
    epochs: int, batch_size: int, loss: Loss, clusters: int, components: int = 512
) -> Setting:
    recipe = Recipe(
        "adamw",
        "cosine_to_fiftieth",
        5e-4,
        epochs,
        batch_size,
        mean_loss=True,
        weight_decay=1e-4,
    )
    return Setting(recipe, loss, clusters, components)


SETTINGS = {
    "fcvid": _published(500, 512, Loss(), 450),
    "activitynet": _published(
        350, 128, Loss(mask=0.5, contrast=0.2, prior=0.05, cluster=0.001), 100
    ),
    "ucf101": _published(350, 128, Loss(mask=0.5, contrast=1.0, cluster=0.1), 101),
    "hmdb51": _published(
        350, 128, Loss(mask=0.5, contrast=1.0, prior=0.05, cluster=0.1), 100, 1024
    ),
}
"""By data set, from the program's configuration. Its log of FCVID says mask 0.3, cluster 0.001."""

FAST = Setting(
    Recipe(
        "adamw",
        "one_cycle",
        lr=1e-2,
        epochs=10,
        batch_size=64,
        updates=750,
        mean_loss=True,
        standardize=True,
        weight_decay=1e-4,
        clip=0.1,
    ),
    Loss(mask=0.5, contrast=1.0, cluster=0.1, relabel_from=5),
    clusters=20,
    depth=2,
    width=128,
    decoder_width=96,
)
"""Half as wide and a third as deep, since a scan costs what its states cost."""
