"""Specs of executors: how a command chooses one and what it asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashbench.runs.executors.base import Executor
    from hashbench.runs.plan import RunPlan


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks of an executor.

    Parameters
    ----------
    plan : RunPlan
        The grid.
    value : str
        What was given to the executor's option.
    resources : mapping
        What a worker must have for a cell, such as ``{"GPU": 1}``.
    """

    plan: RunPlan
    value: str
    resources: Mapping[str, float]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ExecutorSpec:
    """An executor that ``hashbench run`` can be told to use.

    Parameters
    ----------
    name : str
        What messages call it.
    open : callable
        Returns a context that holds the executor, ready for tasks.
    option : str, optional
        The option that asks for it, such as ``"--slurm"``; None where the environment does.
    metavar, help : str
        Of the option.
    resources : bool
        Whether ``--resources`` means something to it.
    in_charge : callable
        Says whether the environment has chosen it; it then leaves no choice, and is opened even
        where nothing is left to do.
    """

    name: str
    open: Callable[[Request], AbstractContextManager[Executor]]
    option: str | None = None
    metavar: str = ""
    help: str = ""
    resources: bool = False
    in_charge: Callable[[], bool] = _never
