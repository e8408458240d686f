"""Grids of cells, their execution, and the records they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashbench.lazy import lazy_names

if TYPE_CHECKING:
    from hashbench.runs.api import RunResult as RunResult
    from hashbench.runs.api import execute as execute
    from hashbench.runs.api import run as run
    from hashbench.runs.cells import Cell as Cell
    from hashbench.runs.executors.base import Watcher as Watcher
    from hashbench.runs.options import Options as Options
    from hashbench.runs.plan import Plan as Plan
    from hashbench.runs.plan import RunPlan as RunPlan
    from hashbench.runs.plan import make_plan as make_plan
    from hashbench.runs.record import DatasetInfo as DatasetInfo
    from hashbench.runs.record import MethodInfo as MethodInfo
    from hashbench.runs.record import Record as Record
    from hashbench.runs.store import Store as Store

# Reports read a store without the data sets and methods that filled it.
_HOMES = {
    "Cell": "hashbench.runs.cells",
    "DatasetInfo": "hashbench.runs.record",
    "MethodInfo": "hashbench.runs.record",
    "Options": "hashbench.runs.options",
    "Plan": "hashbench.runs.plan",
    "RunPlan": "hashbench.runs.plan",
    "Record": "hashbench.runs.record",
    "RunResult": "hashbench.runs.api",
    "Store": "hashbench.runs.store",
    "Watcher": "hashbench.runs.executors.base",
    "execute": "hashbench.runs.api",
    "make_plan": "hashbench.runs.plan",
    "run": "hashbench.runs.api",
}

__all__ = sorted(_HOMES)


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
