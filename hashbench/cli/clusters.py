"""What works on a grid: this machine, a cluster, or the processes that torchrun started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hashbench.errors import UsageError
from hashbench.runs.together import leading, started_together

if TYPE_CHECKING:
    from hashbench.runs.api import Executor
    from hashbench.runs.plan import Plan


@contextmanager
def executor_for(
    plan: Plan, scheduler: str | None, slurm: str | None, resources: str | None
) -> Iterator[Executor | None]:
    """Yield what works on a plan's cells; None for processes on this machine.

    Raises
    ------
    UsageError
        If options exclude each other, or the cluster cannot be used.
    """
    if scheduler and slurm:
        raise UsageError("--scheduler and --slurm exclude each other")
    if resources and not (scheduler or slurm):
        raise UsageError("--resources belongs to --scheduler or --slurm")
    needed = _amounts(resources or "")
    if plan.options.deterministic and (scheduler or slurm or started_together()):
        raise UsageError("--deterministic excludes --scheduler, --slurm and torchrun")
    if started_together():
        if scheduler or slurm:
            raise UsageError("--scheduler and --slurm exclude torchrun")
        with leading(plan.options.device, plan.options.jobs or 1) as executor:
            yield executor
        return
    if not (scheduler or slurm) or not plan.to_do():
        yield None
        return
    from hashbench.scale.cluster import check_resources, connected
    from hashbench.scale.grid import DaskExecutor
    from hashbench.scale.slurm import on_slurm

    if scheduler:
        cluster = connected(scheduler)
    else:
        logs = plan.store.path.resolve() / "slurm"
        cluster = on_slurm(slurm or "", plan.options.jobs or 1, logs, needed)
    with cluster as client:
        check_resources(client, needed)
        yield DaskExecutor(client, needed)


def _amounts(text: str) -> dict[str, float]:
    found = {}
    for item in filter(None, text.split(",")):
        name, _, amount = (part.strip() for part in item.partition("="))
        try:
            found[name] = float(amount)
        except ValueError:
            raise UsageError(
                f"--resources {text}: {item!r} is not of the form NAME=AMOUNT"
            ) from None
    return found
