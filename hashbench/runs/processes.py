"""How many cells this machine works on at a time."""

from __future__ import annotations

import os

from hashbench.machine import free_memory
from hashbench.runs.hardware import gpus
from hashbench.runs.plan import Plan

_PROCESS_BYTES = 512 << 20
"""What a worker with its libraries takes before it has any features."""


def processes(plan: Plan, cells: int) -> int:
    """Return how many cells to work on at a time on this machine.

    Without a wish: one a core, fewer where the features would not fit into a quarter of the free
    memory as often, and one where cells would share a GPU.
    """
    if plan.options.jobs is not None:
        return max(1, min(plan.options.jobs, cells))
    on_gpu = plan.options.device == "auto" and gpus() and not plan.options.deterministic
    if plan.options.device.startswith("cuda") or on_gpu:
        return 1
    room = free_memory() // 4 // (plan.features_bytes + _PROCESS_BYTES)
    return max(1, min(cells, len(os.sched_getaffinity(0)), room))
