"""Options, progress and failures of the verbs that work on grids of cells."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hashbench.cli.options import dry_run_option, format_option, run_options

if TYPE_CHECKING:
    from hashbench.runs import RunPlan, RunResult, Watcher

_Command = TypeVar("_Command", bound=Callable[..., Any])


def grid_options(command: _Command) -> _Command:
    """Add the options of a grid of cells, as ``hashbench run`` has them, and two of the output.

    A verb declares data sets, code lengths and cut-offs itself: its defaults are its own.
    """
    shared = run_options(
        without=("dataset", "bits", "k", "force", "deterministic"),
        profile={
            "help": "paper, official, strict, image, ...  [default: the evaluated set's card's]"
        },
        settings={"help": "A parameter for every row of a method, such as ssvh.epochs=10."},
        device={"help": "auto, cpu, cuda or cuda:N."},
    )
    command = dry_run_option()(format_option()(command))
    return shared(command)


def argv() -> list[str]:
    """Return the command as it was typed, for manifests."""
    return [Path(sys.argv[0]).name, *sys.argv[1:]]


@contextmanager
def watching(plans: list[RunPlan]) -> Iterator[Watcher]:
    """Yield a watcher on standard error; an interrupt is told what is done already."""
    # Completion imports this module, and must not wait for these.
    from rich.console import Console

    from hashbench.cli.interrupts import interrupts_announced
    from hashbench.runs.watching import watched

    console = Console(stderr=True)
    try:
        with interrupts_announced(console), watched(console) as watcher:
            yield watcher
    except KeyboardInterrupt:
        total = sum(len(plan.cells) for plan in plans)
        left = sum(len(plan.to_do()) for plan in plans)
        click.echo(
            f"{total - left} of {total} cells are recorded in {plans[0].store.path}; "
            "the same command again goes on from there",
            err=True,
        )
        raise


def states(plans: list[RunPlan]) -> dict[str, str]:
    """Return what would happen to each cell, by key: "done", "to take" by --reuse, or "to do"."""
    from hashbench.runs.reuse import reusable

    found: dict[str, str] = {}
    for plan in plans:
        left = [cell.key for cell in plan.to_do()]
        lacking = plan.lacking() if plan.options.reuse and not plan.options.force else []
        there = reusable(lacking, Path(str(plan.options.reuse))) if lacking else set()
        found |= {cell.key: "done" for cell in plan.cells}
        found |= {key: "to take" if key in there else "to do" for key in left}
    return found


def print_grid(plans: list[RunPlan], *, trained_on: bool = True) -> None:
    """Print one line a cell: evaluated on, ``trained_on``, method, bits, seed, state."""
    state = states(plans)
    for plan in plans:
        for cell in plan.cells:
            fields = (
                cell.dataset.name,
                *([cell.dataset.trained_on] if trained_on else []),
                cell.method.label,
                cell.bits,
                cell.seed,
                state[cell.key],
            )
            click.echo("\t".join(map(str, fields)))
    total = sum(len(plan.cells) for plan in plans)
    count = Counter(state.values())
    take = f", {count['to take']} to take" if count["to take"] else ""
    click.echo(f"{total} cells, {count['to do']} to do{take}, in {plans[0].store.path}", err=True)


def print_failures(results: list[RunResult]) -> int:
    """Say which cells failed; return the exit status."""
    failed = 0
    for result in results:
        for cell in result.failed:
            failed += 1
            click.echo(f"failed   {cell}: {result.outcomes[cell.key].message}", err=True)
    if failed:
        total = sum(len(result.plan.cells) for result in results)
        click.echo(
            f"hashbench: {failed} of {total} cells failed; their records say why, and the same "
            "command tries them again",
            err=True,
        )
    return 1 if failed else 0
