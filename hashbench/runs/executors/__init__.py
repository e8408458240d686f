"""Executors: what works on the cells of a grid, here, in other processes, on a cluster."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashbench.runs.executors.spec import ExecutorSpec

KINDS = ("torchrun", "dask", "slurm")
"""Modules here with an ``EXECUTOR`` that a command can be told to use; none of them: ``local``."""


def specs() -> list[ExecutorSpec]:
    """Return the executors that a command can be told to use."""
    modules = (importlib.import_module(f"{__name__}.{name}") for name in KINDS)
    return [module.EXECUTOR for module in modules]
