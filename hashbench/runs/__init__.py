"""Grids of cells, their execution, and the records they leave."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashbench.runs.api import RunResult as RunResult
    from hashbench.runs.api import execute as execute
    from hashbench.runs.api import run as run
    from hashbench.runs.cells import Cell as Cell
    from hashbench.runs.executors.base import Watcher as Watcher
    from hashbench.runs.plan import Options as Options
    from hashbench.runs.plan import Plan as Plan
    from hashbench.runs.plan import make_plan as make_plan
    from hashbench.runs.record import DatasetInfo as DatasetInfo
    from hashbench.runs.record import MethodInfo as MethodInfo
    from hashbench.runs.record import Record as Record
    from hashbench.runs.store import Store as Store

# Reports read a store without the data sets and methods that filled it.
_HOMES = {
    "Cell": "cells",
    "DatasetInfo": "record",
    "MethodInfo": "record",
    "Options": "plan",
    "Plan": "plan",
    "Record": "record",
    "RunResult": "api",
    "Store": "store",
    "Watcher": "executors.base",
    "execute": "api",
    "make_plan": "plan",
    "run": "api",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
