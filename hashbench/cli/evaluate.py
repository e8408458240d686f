"""``hashbench evaluate``: measure codes made elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from hashbench.cli import complete
from hashbench.cli.code_options import code_form_options
from hashbench.cli.options import format_option, run_option
from hashbench.errors import UsageError
from hashbench.runs.progressions import numbers

if TYPE_CHECKING:
    from hashbench.cli.codefiles import Opened
    from hashbench.codefiles import CodeForm
    from hashbench.ranking import Evaluation

FILE = click.Path(path_type=Path)


@click.command()
@click.option(
    "--database-codes",
    type=FILE,
    required=True,
    help=".npy, .npz, .mat, HDF5, Parquet or text: 0/1, -1/+1, or --packed.",
)
@click.option(
    "--database-labels",
    type=FILE,
    required=True,
    help="The same files: ids, multi-hot rows or names of classes.",
)
@click.option(
    "--query-codes", type=FILE, help="Codes of the queries.  [default: the database codes]"
)
@click.option("--query-labels", type=FILE, help="Labels of the query codes.")
@code_form_options
@click.option("--labels-key", metavar="NAME", help="Name of the labels.  [default: labels]")
@click.option("--query-key", metavar="NAME", help="Name of the query codes.  [default: --key]")
@click.option(
    "--query-labels-key", metavar="NAME", help="Name of the query labels.  [default: --labels-key]"
)
@run_option(
    "k",
    argument="cuts",
    default="20,40,60,80,100",
    show_default=True,
    help="Cut-offs K; all is the whole database.",
)
@run_option(
    "profile",
    default="paper,official,strict",
    show_default=True,
    help="Divisor and treatment of the query: paper, official, strict, image, ...",
)
@run_option("ties", show_default=True, help="Tie policies.")
@click.option(
    "--measure",
    "measures",
    shell_complete=complete.measures,
    multiple=True,
    help="A further measure, by its name.",
)
@click.option("--full", is_flag=True, help="Also full-list mAP and the precision-recall curve.")
@click.option("--engine", default="numba", show_default=True, help="numba, numpy or torch.")
@click.option("--threads", type=int, help="Threads.  [default: all cores]")
@click.option("--per-query", type=FILE, help="Write the values of each query to this .npz.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Count the shards on a Dask cluster.")
@format_option(show_default=True)
def evaluate(
    database_codes: Path,
    database_labels: Path,
    query_codes: Path | None,
    query_labels: Path | None,
    code_form: CodeForm,
    labels_key: str | None,
    query_key: str | None,
    query_labels_key: str | None,
    cuts: str,
    profile: str,
    ties: str,
    measures: tuple[str, ...],
    full: bool,
    engine: str,
    threads: int | None,
    per_query: Path | None,
    scheduler: str | None,
    form: str,
) -> None:
    """Measure codes made elsewhere.

    A database in several files is named by a pattern, 'shard-*.npz', and read block by block.
    Without query codes each database item is a query against the whole database. docs/codes.md
    lists every form that codes and labels may have.
    """
    from hashbench.cli.bars import one_bar
    from hashbench.cli.codefiles import CodeFiles, open_codes
    from hashbench.ranking.evaluating import evaluate_shards
    from hashbench.reports.evaluated import evaluated
    from hashbench.reports.formats import write
    from hashbench.runs.executors.cluster import runner_on

    if (query_codes is None) != (query_labels is None):
        raise UsageError("--query-codes and --query-labels go together: one is missing")
    k = numbers(cuts, "--k", whole_list=True)
    database = CodeFiles(database_codes, database_labels, code_form, labels_key)
    query = None
    if query_codes is not None and query_labels is not None:
        theirs = replace(code_form, key=query_key or code_form.key)
        query = CodeFiles(query_codes, query_labels, theirs, query_labels_key or labels_key)
    opened = open_codes(
        database,
        query,
        in_shards=scheduler is not None or database.several,
    )
    alone = opened.is_one_set()
    if alone and query is not None:
        _say_same()
    if alone:
        _warn_of_single_members(database_labels, opened)
    with one_bar("rank") as bar, runner_on(scheduler) as runner:
        result = evaluate_shards(
            opened.shards,
            opened.query,
            k=k,
            profiles=_names(profile),
            ties=_names(ties),
            self_retrieval=alone,
            measures=measures,
            full=full,
            engine=engine,
            runner=runner,
            progress=lambda done, total: bar.update("rank", done, total),
            threads=threads,
        )
    if not alone:
        _warn_of_nothing_to_find(database_labels, result)
    if per_query is not None:
        result.save(per_query)
    write(evaluated(result), form)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _say_same() -> None:
    click.echo(
        "hashbench: queries and database have the same codes and labels: ranked as "
        "self-retrieval, a query being left out of its own list by profile strict",
        err=True,
    )


def _warn_of_nothing_to_find(path: Path, result: Evaluation) -> None:
    lacking = result.queries_without_relevant["kept"]
    if lacking:
        click.echo(
            f"hashbench: warning: {path}: {lacking} of {result.n_query} queries share no label "
            "with the database, and so have nothing to find",
            err=True,
        )


def _warn_of_single_members(path: Path, opened: Opened) -> None:
    alone = np.flatnonzero(opened.members() == 1)
    if not len(alone):
        return
    ids = opened.shards[0].class_ids
    named = alone if ids is None else ids[alone]
    listed = ", ".join(map(str, named[:5])) + (", ..." if len(alone) > 5 else "")
    what = "class has" if len(alone) == 1 else "classes have"
    click.echo(
        f"hashbench: warning: {path}: {len(alone)} {what} one member ({listed}); where the query "
        "is dropped it has no other item of that class to find",
        err=True,
    )
