"""``hashbench experiment``: every table and figure of the paper, and more, on any data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.config import config_option
from hashbench.cli.grids import argv, grid_options, print_failures, print_grid, watching
from hashbench.cli.options import run_option
from hashbench.ranking.cutoffs import plain

if TYPE_CHECKING:
    from hashbench.experiments.costs import Cost
    from hashbench.experiments.grid import Grid


@click.command(context_settings={"show_default": True})
@argument(
    "name",
    "An experiment, a file that declares one, or 'list' for what there is.",
    metavar="list|NAME|FILE.toml",
)
@run_option("dataset", help="The data set.  [default: digit-stories]")
@click.option(
    "--train",
    shell_complete=complete.datasets,
    metavar="NAME|CARD",
    help="table4: one set.  [default: digit-stories]",
)
@click.option(
    "--test",
    shell_complete=complete.datasets,
    metavar="NAME|CARD",
    help="table4: the other.  [default: digit-reels]",
)
@run_option("bits", default=None, help="Code lengths.  [default: the paper's]")
@run_option("k", default=None, help="[default: the paper's]")
@click.option(
    "--row", "rows", multiple=True, metavar="LABEL", help="Only this row. May be repeated."
)
@click.option(
    "--queries",
    type=click.UNPROCESSED,
    metavar="LIST",
    help="figure9: positions of queries.  [default: 4 drawn with --draw]",
)
@click.option("--draw", type=int, default=0, metavar="SEED", help="figure9: seed of the queries.")
@click.option("--top", type=int, default=5, metavar="N", help="figure9: videos per query.")
@click.option(
    "--thumbnails",
    type=click.Path(path_type=Path),
    help="figure9: folder of ROW.png or ROW.jpg, for a set that cannot draw its videos.",
)
@click.option(
    "--figures", type=click.Path(path_type=Path), help="Folder of figures.  [default: OUT/figures]"
)
@grid_options
@config_option("experiment")
def experiment(
    config: Path | None,
    name: str,
    rows: tuple[str, ...],
    figures: Path | None,
    dry_run: bool,
    form: str,
    **given: Any,
) -> int:
    """Make a table or a figure of the paper. 'list' shows all of them and what they cost.

    Two go beyond the paper: 'neighbours', the share of right neighbours and mAP over segments, and
    'all-methods', Fig. 8 with the methods that came later.

    Records are shared with 'hashbench run' through the run directory, so nothing is done twice.
    Where the paper prints a number for the same data set, its column stands beside the measured
    one.

    Example: hashbench experiment table1 --dataset digit-stories --bits 64 --set ssvh.epochs=20
    """

    from hashbench.cli.bars import one_bar
    from hashbench.experiments import declared
    from hashbench.experiments.run import Retrieving, perform, show
    from hashbench.reports.formats import write
    from hashbench.runs.progressions import numbers

    wanted = Retrieving(
        queries=numbers(q, "--queries", low=0) if (q := given.pop("queries")) else (),
        top=given.pop("top"),
        thumbnails=given.pop("thumbnails"),
        seed=given.pop("draw"),
    )
    if name.casefold() == "list":
        return _list(given, form)
    grid = _grid(declared.find(name), given, rows)
    for row in grid.left_out:
        click.echo(f"left out {row.label}: method {row.name} is not installed", err=True)
    if dry_run:
        print_grid(list(grid.plans))
        return 0
    with watching(list(grid.plans)) as watcher:
        results = perform(grid, argv=argv(), watcher=watcher)
    folder = figures or Path(given["out"]) / "figures"
    with one_bar("show") as progress:
        document, drawn = show(grid, folder, wanted, progress)
    write(document, form)
    for path in drawn:
        click.echo(f"figure   {path}", err=True)
    return print_failures(results)


def _grid(found: Any, given: dict[str, Any], rows: tuple[str, ...] = ()) -> Grid:
    from hashbench.errors import UsageError
    from hashbench.experiments.grid import DEFAULT_DATASET, plan
    from hashbench.runs import Options

    values = dict(given)
    train, test, settings = values.pop("train"), values.pop("test"), values.pop("settings")
    across = found.shows == "cross"
    if across and values["dataset"]:
        raise UsageError(f"--dataset: {found.name} takes two sets, --train and --test")
    values["dataset"] = values["dataset"] or DEFAULT_DATASET
    values["bits"] = values["bits"] or found.bits
    values["k"] = values["k"] or found.k
    options = Options(methods=(), **values)
    return plan(found, options, rows=rows, train=train, test=test, settings=settings)


def _list(given: dict[str, Any], form: str) -> int:
    from hashbench.errors import UsageError
    from hashbench.experiments.costs import as_sheet, cost, together
    from hashbench.experiments.declared import experiments
    from hashbench.reports.formats import write
    from hashbench.reports.sheet import Document

    if form == "csv":
        raise UsageError("experiment list has no --format csv, which holds percent; take json")
    grids = []
    for found in experiments():
        mine = dict(given, train=None, test=None, settings=())
        if found.shows == "cross":
            mine |= {"dataset": None, "train": given["train"], "test": given["test"]}
        grids.append(_grid(found, mine))
    costs = [cost(grid) for grid in grids]
    if form == "json":
        click.echo(json.dumps([_json(one) for one in costs], indent=2))
        return 0
    write(Document((as_sheet(costs),)), form)
    cells, trainings = together(grids)
    click.echo(f"{cells} cells and {trainings} trainings in all: some are shared", err=True)
    missing = sorted({name for one in costs for name in one.left_out})
    if missing:
        click.echo(f"left out: {', '.join(missing)}, not installed", err=True)
    return 0


def _json(one: Cost) -> dict[str, Any]:
    return {
        "name": one.experiment.name,
        "title": one.experiment.title,
        "shows": one.experiment.shows,
        "rows": [row.label for row in one.experiment.rows],
        "bits": list(one.experiment.bits),
        "k": [plain(k) for k in one.experiment.k],
        "cells": one.cells,
        "trainings": one.trainings,
        "done": one.done,
        "seconds": round(one.seconds, 3),
        "left_out": list(one.left_out),
    }
