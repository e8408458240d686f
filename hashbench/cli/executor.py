"""Options of ``hashbench run`` that say what works on a grid, and the executor they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hashbench.errors import UsageError
from hashbench.runs.executors import specs

if TYPE_CHECKING:
    from hashbench.runs.executors.base import Executor
    from hashbench.runs.executors.spec import ExecutorSpec
    from hashbench.runs.plan import RunPlan

_Command = TypeVar("_Command", bound=Callable[..., Any])


def executor_options(command: _Command) -> _Command:
    """Add the option of each executor, and ``--resources``."""
    options = [
        click.option(str(spec.option), spec.name, metavar=spec.metavar, help=spec.help)
        for spec in _optional()
    ]
    resources = click.option(
        "--resources",
        metavar="NAME=AMOUNT,...",
        help="What a worker of the cluster must have for a cell: GPU=1,MEMORY=8e9",
    )
    for option in reversed([*options, resources]):
        command = option(command)
    return command


def take_options(given: dict[str, Any]) -> dict[str, str]:
    """Take what :func:`executor_options` added out of a command's arguments."""
    names = [spec.name for spec in _optional()] + ["resources"]
    values = {name: given.pop(name) for name in names}
    return {name: value for name, value in values.items() if value}


@contextmanager
def executor_for(plan: RunPlan, chosen: Mapping[str, str]) -> Iterator[Executor | None]:
    """Yield what works on a plan's cells; None for processes on this machine.

    Parameters
    ----------
    plan : RunPlan
        The grid.
    chosen : mapping
        As :func:`take_options` returned it.

    Raises
    ------
    UsageError
        If options exclude each other, or the executor cannot be used.
    """
    from hashbench.runs.executors.spec import Request

    wanted = [spec for spec in _optional() if spec.name in chosen]
    if len(wanted) > 1:
        raise UsageError(f"{_listed(wanted, 'and')} exclude each other")
    resources = chosen.get("resources", "")
    if resources and not any(spec.resources for spec in wanted):
        able = [spec for spec in _optional() if spec.resources]
        raise UsageError(f"--resources belongs to {_listed(able, 'or')}")
    amounts = _amounts(resources)
    in_charge = [spec for spec in specs() if spec.in_charge()]
    if plan.options.deterministic and (wanted or in_charge):
        raise UsageError(f"--deterministic excludes {_listed(_optional(), 'and')} and torchrun")
    if in_charge and wanted:
        raise UsageError(f"{_listed(_optional(), 'and')} exclude {in_charge[0].name}")
    if in_charge or (wanted and plan.to_do()):
        spec = (in_charge or wanted)[0]
        with spec.open(Request(plan, chosen.get(spec.name, ""), amounts)) as executor:
            yield executor
    else:
        yield None


def _optional() -> list[ExecutorSpec]:
    return [spec for spec in specs() if spec.option]


def _listed(chosen: list[ExecutorSpec], word: str) -> str:
    return f" {word} ".join(str(spec.option) for spec in chosen)


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
