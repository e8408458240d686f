"""Recipes of training: as published, and one that gets there in hundreds of updates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.nn.training.precision import parse_precision
from hashbench.nn.training.trainer import TrainingPlan

_Setting = TypeVar("_Setting")
_Values = TypeVar("_Values")


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
        See :class:`hashbench.nn.training.trainer.TrainingPlan`.
    standardize : bool
        Bring features to zero mean and unit variance before training.
    warmup : float
        Share of the updates over which the learning rate rises linearly to the schedule's.
    clip : float
        Greatest Euclidean norm of the gradient of all parameters together; 0 for any.
    early_stop : bool
        Train on nine tenths of the videos, and keep the weights with the least loss on the others.
    floor : float
        Learning rate below which the schedule does not go.
    weight_decay : float
        Of ``adamw`` and ``momentum``.
    """

    optimizer: str
    schedule: str
    lr: float
    epochs: int
    batch_size: int
    updates: int = 0
    mean_loss: bool = False
    standardize: bool = False
    warmup: float = 0.0
    clip: float = 0.0
    early_stop: bool = False
    floor: float = 0.0
    weight_decay: float = 0.01

    def plan(
        self,
        videos: int,
        *,
        optimizer: str | None = None,
        lr: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        precision: str = "float32",
        patience: int = 0,
        schedule: str | None = None,
        updates: int | None = None,
        warmup: float | None = None,
        clip: float | None = None,
        early_stop: bool | None = None,
    ) -> TrainingPlan:
        """Return the plan for ``videos`` videos; None keeps the recipe's own value.

        Raises
        ------
        UsageError
            If a value is out of range, or both ``epochs`` and ``updates`` are given.
        """
        if epochs is not None and updates is not None:
            raise UsageError("epochs and updates both say how long to train: give one of them")
        if updates is not None and updates < 1:
            raise UsageError(f"updates must be at least 1, not {updates}")
        limit = self.clip if clip is None else clip
        if not limit >= 0:
            raise UsageError(f"clip must be 0 (no limit) or above, not {limit}")
        size = min(self.batch_size if batch_size is None else batch_size, videos)
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch_size must be at least 1, not {batch_size}")
        rounds = self.epochs if epochs is None else epochs
        if epochs is None:
            least = self.updates if updates is None else updates
            rounds = max(rounds, -(-least // -(-videos // size)))
        return TrainingPlan(
            optimizer or self.optimizer,
            self.schedule if schedule is None else schedule,
            self.lr if lr is None else lr,
            rounds,
            size,
            parse_precision(precision),
            self.mean_loss,
            patience,
            limit or None,
            self.warmup if warmup is None else warmup,
            self.early_stop if early_stop is None else early_stop,
            self.floor,
            self.weight_decay,
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


def of_dataset(settings: Mapping[str, _Setting], dataset: str) -> _Setting:
    """Return the published setting for a data set, that of FCVID where there is none.

    Parameters
    ----------
    settings : mapping
        By the name of a card, ``"fcvid"`` among them.
    dataset : str
        Name of the videos, such as ``"fcvid/train"`` or ``"yfcc-1000q/train"``.

    Examples
    --------
    >>> of_dataset({"fcvid": 1, "yfcc": 2}, "yfcc-1000q/train")
    2
    """
    card = dataset.partition("/")[0].partition("-")[0]
    return settings.get(card, settings["fcvid"])


def overridden(values: _Values, method: object, but: Collection[str] = ()) -> _Values:
    """Return a dataclass with those of its fields replaced that a method has a parameter for.

    A parameter that is None keeps the field's value.

    Parameters
    ----------
    values : dataclass
    method : object
        With parameters as attributes.
    but : collection of str
        Fields that are left as they are.
    """
    given: dict[str, Any] = {
        one.name: getattr(method, one.name, None)
        for one in fields(values)  # type: ignore[arg-type]  # any dataclass
        if one.name not in but
    }
    changed = {name: value for name, value in given.items() if value is not None}
    return replace(values, **changed)  # type: ignore[type-var]  # any dataclass
