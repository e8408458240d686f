"""``hashbench run``: a grid of cells, its tables and its curves."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.config import config_option
from hashbench.cli.executor import executor_for, executor_options, take_options
from hashbench.cli.grids import argv, print_failures, print_grid, states, watching
from hashbench.cli.options import dry_run_option, run_options
from hashbench.errors import UsageError
from hashbench.plugins import registry

if TYPE_CHECKING:
    from hashbench.runs import RunResult
    from hashbench.runs.plan import RunPlan


@click.command(context_settings={"show_default": True})
@argument(
    "methods",
    "Methods, with parameters in brackets: itq 'ssvh[k1=10]'.",
    nargs=-1,
    metavar="METHODS...",
    shell_complete=complete.methods,
)
@run_options()
@executor_options
@dry_run_option()
@click.option("--json", "as_json", is_flag=True, help="Records instead of tables, as JSON.")
@config_option("run")
def run(
    config: Path | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Fit, encode and rank each method at each code length, and record every cell.

    METHODS are names in any case, with parameters in brackets where they differ from the
    default: itq 'ssvh[k1=10,lam=0.01]'. The name all stands for every method that can work on
    the frames that the set has.

    Finished cells are kept, so the same command again runs only what is left. A cell that fails
    is recorded with its error. The other cells go on, and the command exits with 1.

    Example: hashbench run itq lsh --dataset digit-stories --bits 8,16,...,256

    Example: hashbench run itq lsh --features X.npy --labels y.npy --split 0.8
    """
    if not given["dataset"] and not given["features"]:
        raise UsageError(
            "--dataset is needed ('hashbench datasets' lists the names), or --features and --labels"
        )
    _say_broken()
    # Completion imports this module, and must not wait for these.
    from hashbench.ranking.ahead import compile_ahead
    from hashbench.runs.api import execute
    from hashbench.runs.executors.torchrun import help_train, helping
    from hashbench.runs.options import Options
    from hashbench.runs.plan import make_plan

    if helping():
        help_train(given["device"])
        return 0
    chosen = take_options(given)
    if not dry_run:
        compile_ahead()
    plan = make_plan(Options(**given))
    _say_what(plan)
    if dry_run:
        _print_grid(plan, as_json)
        return 0
    if not as_json and plan.to_do():
        from hashbench.reports.figures import load_ahead

        load_ahead()
    with executor_for(plan, chosen) as executor, watching([plan]) as watcher:
        result = execute(plan, argv=argv(), watcher=watcher, executor=executor)
    _print_result(result, as_json)
    return 1 if result.failed else 0


def _say_broken() -> None:
    """Name the broken plugins on standard error; what they bring is missing from now on."""
    for plugin in registry().broken:
        click.echo(
            f"hashbench: plugin {plugin.name} ({plugin.origin}) is broken and left out: "
            f"{plugin.reason}",
            err=True,
        )


def _say_what(plan: RunPlan) -> None:
    """Name the split of a set without a card, and the methods left out, on standard error."""
    for line in (*plan.drawn(), *plan.left_out):
        click.echo(line, err=True)


def _print_grid(plan: RunPlan, as_json: bool) -> None:
    if as_json:
        state = states([plan])
        cells = [
            {
                "key": cell.key,
                "method": cell.method.label,
                "dataset": cell.dataset.name,
                "bits": cell.bits,
                "seed": cell.seed,
                "to_do": state[cell.key] == "to do",
                "to_take": state[cell.key] == "to take",
            }
            for cell in plan.cells
        ]
        click.echo(json.dumps({"out": str(plan.store.path), "cells": cells}, indent=2))
        return
    print_grid([plan], trained_on=False)


def _print_result(result: RunResult, as_json: bool) -> None:
    plan = result.plan
    if as_json:
        value = {
            "out": str(result.store.path),
            "manifest": str(result.manifest) if result.manifest else None,
            "failed": len(result.failed),
            "records": [record.to_json() for record in result.records],
        }
        click.echo(json.dumps(value, indent=2, sort_keys=True))
        return
    if any(record.ok for record in result.records):
        from hashbench.reports import summarise

        figures = summarise(
            result.store,
            [record.key for record in result.records],
            k=plan.measures.k,
            profile=plan.profiles,
            ties=plan.measures.ties,
        )
        folders = sorted({str(path.parent) for path in figures})
        click.echo(f"curves   {', '.join(folders) or 'none'}", err=True)
    click.echo(f"records  {result.store.path / 'records'}", err=True)
    click.echo(f"codes    {result.store.path / 'codes'}", err=True)
    if result.manifest:
        click.echo(f"manifest {result.manifest}", err=True)
    command = f"hashbench report {shlex.quote(os.fspath(result.store.path))}"
    click.echo(f"again    {command} --format markdown", err=True)
    print_failures([result])
