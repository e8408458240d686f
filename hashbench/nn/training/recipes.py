"""Named ways to train: as published, and one that gets there in hundreds of updates."""

from __future__ import annotations

from dataclasses import dataclass

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.nn.training.precision import parse_precision
from hashbench.nn.training.trainer import Plan


@dataclass(frozen=True, slots=True)
class Recipe:
    """Optimiser, schedule and sizes; each can be overridden by a parameter of the method.

    Parameters
    ----------
    optimizer, schedule : str
    lr : float
    epochs : int
        Rounds over the training set, at least.
    batch_size : int
    updates : int
        Updates at least: a small set gets as many more epochs as these need.
    mean_loss : bool
        See :class:`hashbench.nn.training.trainer.Plan`.
    standardize : bool
        Bring features to zero mean and unit variance before training.
    """

    optimizer: str
    schedule: str
    lr: float
    epochs: int
    batch_size: int
    updates: int = 0
    mean_loss: bool = False
    standardize: bool = False

    def plan(
        self,
        videos: int,
        *,
        optimizer: str | None,
        lr: float | None,
        epochs: int | None,
        batch_size: int | None,
        precision: str,
        patience: int,
    ) -> Plan:
        """Return the plan for ``videos`` videos; None keeps the recipe's own value."""
        size = min(self.batch_size if batch_size is None else batch_size, videos)
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch_size must be at least 1, not {batch_size}")
        rounds = self.epochs if epochs is None else epochs
        if epochs is None:
            rounds = max(rounds, -(-self.updates // -(-videos // size)))
        return Plan(
            optimizer or self.optimizer,
            self.schedule,
            self.lr if lr is None else lr,
            rounds,
            size,
            parse_precision(precision),
            self.mean_loss,
            patience,
        )


def choose(recipes: dict[str, Recipe], name: str) -> Recipe:
    """Return the recipe ``name``.

    Raises
    ------
    UsageError
        If there is no such recipe.
    """
    if name not in recipes:
        raise unknown("recipe", name, recipes)
    return recipes[name]
