"""``hashbench cross``: train on one data set, evaluate on another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.config import config_option
from hashbench.cli.grids import argv, grid_options, print_failures, print_grid, watching
from hashbench.cli.options import run_option
from hashbench.errors import UsageError


@click.command(context_settings={"show_default": True})
@argument(
    "methods",
    "Methods, with parameters in brackets.",
    nargs=-1,
    metavar="METHODS...",
    shell_complete=complete.methods,
)
@click.option(
    "--train", shell_complete=complete.datasets, metavar="NAME|CARD", help="The set to train on."
)
@click.option(
    "--test",
    shell_complete=complete.datasets,
    metavar="NAME|CARD",
    help="The set whose queries and database are ranked.",
)
@click.option("--both", is_flag=True, help="The other direction as well.")
@run_option("bits", default="256", help="Code lengths.")
@run_option("k", default="20")
@grid_options
@config_option("cross")
def cross(
    config: Path | None,
    train: str | None,
    test: str | None,
    both: bool,
    dry_run: bool,
    form: str,
    **given: Any,
) -> int:
    """Show what each method gains or loses when it is trained on another data set.

    The gain is relative to training on the evaluated set itself, in percent. Models and records
    are shared with 'hashbench run' through the run directory: nothing is trained twice.

    Example: hashbench cross itq lsh --train digit-stories --test digit-reels --bits 256 --both
    """
    from hashbench.experiments import cross as protocol
    from hashbench.reports.formats import write
    from hashbench.reports.sheet import Document
    from hashbench.runs import Options

    for name, value in (("train", train), ("test", test)):
        if not value:
            raise UsageError(f"--{name} is needed; 'hashbench datasets' lists the names")
    assert train is not None
    assert test is not None
    found = protocol.directions(Options(dataset=test, **given), train, test, both=both)
    plans = protocol.plans(found)
    if dry_run:
        print_grid(plans)
        return 0
    with watching(plans) as watcher:
        results = protocol.perform(found, argv=argv(), watcher=watcher)
    write(Document(tuple(protocol.sheets(found))), form)
    return print_failures(results)
