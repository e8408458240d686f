"""``hashbench run``: a grid of cells, its tables and its curves."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.broken import say_broken
from hashbench.cli.config import config_option
from hashbench.cli.executor import executor_for, executor_options, take_options
from hashbench.cli.options import (
    bits_option,
    data_root_option,
    dataset_option,
    device_option,
    dry_run_option,
    jobs_option,
    k_option,
    out_option,
    profile_option,
    seed_option,
    set_option,
    ties_option,
)
from hashbench.errors import UsageError
from hashbench.runs.progressions import DEFAULT_BITS, DEFAULT_K

if TYPE_CHECKING:
    from hashbench.runs import RunResult
    from hashbench.runs.executors.base import Executor
    from hashbench.runs.plan import Plan


@click.command(context_settings={"show_default": True})
@argument(
    "methods",
    "Methods, with parameters in brackets: itq 'ssvh[k1=10]'.",
    nargs=-1,
    metavar="METHODS...",
    shell_complete=complete.methods,
)
@dataset_option(help="A name as 'hashbench datasets' lists it, or a card.")
@bits_option(default=DEFAULT_BITS, help="Code lengths. '...' continues the progression.")
@k_option(default=DEFAULT_K)
@profile_option(
    help="paper, official, strict: which to show; all are recorded.  [default: the card's]"
)
@ties_option()
@seed_option()
@set_option(help="A parameter for every row of a method. ssvh[k1=10] sets it for one row.")
@jobs_option()
@device_option(help="auto, cpu, cuda or cuda:N, for methods.")
@out_option()
@data_root_option()
@click.option("--resume/--force", default=True, help="Keep what is done, or do everything again.")
@click.option(
    "--deterministic",
    is_flag=True,
    help="Deep methods too give every processor's codes: one thread, old instructions.",
)
@executor_options
@dry_run_option()
@click.option("--json", "as_json", is_flag=True, help="Records instead of tables, as JSON.")
@config_option("run")
def run(
    config: Path | None,
    dry_run: bool,
    as_json: bool,
    resume: bool,
    **given: Any,
) -> int:
    """Fit, encode and rank each method at each code length, and record every cell.

    METHODS are names in any case, with parameters in brackets where they differ from the
    default: itq 'ssvh[k1=10,lam=0.01]'.

    Finished cells are kept, so the same command again runs only what is left. A cell that fails
    is recorded with its error. The other cells go on, and the command exits with 1.

    Example: hashbench run itq lsh --dataset digit-stories --bits 8,16,...,256
    """
    if not given["dataset"]:
        raise UsageError("--dataset is needed; 'hashbench datasets' lists the names")
    say_broken()
    # Completion imports this module, and must not wait for these.
    from hashbench.runs.executors.torchrun import help_train, helping
    from hashbench.runs.plan import Options, make_plan

    if helping():
        help_train(given["device"])
        return 0
    chosen = take_options(given)
    plan = make_plan(Options(force=not resume, **given))
    if dry_run:
        _print_grid(plan, as_json)
        return 0
    with executor_for(plan, chosen) as executor:
        result = _execute(plan, executor)
    _print_result(result, as_json)
    return 1 if result.failed else 0


def _execute(plan: Plan, executor: Executor | None) -> RunResult:
    # Completion imports this module, and must not wait for these.
    from rich.console import Console

    from hashbench.cli.watching import watched
    from hashbench.runs.api import execute

    console = Console(stderr=True)
    argv = [Path(sys.argv[0]).name, *sys.argv[1:]]
    try:
        with watched(console) as watcher:
            return execute(plan, argv=argv, watcher=watcher, executor=executor)
    except KeyboardInterrupt:
        left = len(plan.to_do())
        done = len(plan.cells) - left
        click.echo(
            f"{done} of {len(plan.cells)} cells are recorded in {plan.store.path}; "
            "the same command again goes on from there",
            err=True,
        )
        raise


def _print_grid(plan: Plan, as_json: bool) -> None:
    left = {cell.key for cell in plan.to_do()}
    if as_json:
        cells = [
            {
                "key": cell.key,
                "method": cell.method.label,
                "dataset": cell.dataset.name,
                "bits": cell.bits,
                "seed": cell.seed,
                "to_do": cell.key in left,
            }
            for cell in plan.cells
        ]
        click.echo(json.dumps({"out": str(plan.store.path), "cells": cells}, indent=2))
        return
    for cell in plan.cells:
        state = "to do" if cell.key in left else "done"
        click.echo(f"{cell.dataset.name}\t{cell.method.label}\t{cell.bits}\t{cell.seed}\t{state}")
    click.echo(f"{len(plan.cells)} cells, {len(left)} to do, in {plan.store.path}", err=True)


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
    _print_failures(result)


def _print_failures(result: RunResult) -> None:
    for cell in result.failed:
        click.echo(f"failed   {cell}: {result.outcomes[cell.key].message}", err=True)
    if result.failed:
        click.echo(
            f"hashbench: {len(result.failed)} of {len(result.plan.cells)} cells failed; "
            "their records say why, and the same command tries them again",
            err=True,
        )
