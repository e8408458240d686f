"""``hashbench evaluate``: measure codes made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from hashbench.cli import complete
from hashbench.cli.arrays import as_labels, read_codes, read_labels
from hashbench.cli.options import format_option, run_option
from hashbench.errors import UsageError
from hashbench.files.patterns import is_several
from hashbench.runs.progressions import numbers

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.ranking import Evaluation

FILE = click.Path(path_type=Path)


@click.command()
@click.option("--database-codes", type=FILE, required=True, help=".npy of 0/1 or -1/+1, or .npz.")
@click.option("--database-labels", type=FILE, required=True, help=".npy or .mat: ids or multi-hot.")
@click.option(
    "--query-codes", type=FILE, help="Codes of the queries.  [default: the database codes]"
)
@click.option("--query-labels", type=FILE, help="Labels of the query codes.")
@run_option("k", argument="cuts", default="20,40,60,80,100", show_default=True, help="Cut-offs K.")
@run_option(
    "profile",
    default="paper,official,strict",
    show_default=True,
    help="Divisor and treatment of the query: paper, official, strict.",
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
    Without query codes each database item is a query against the whole database.
    """
    from hashbench.ranking import evaluate as rank

    if (query_codes is None) != (query_labels is None):
        raise UsageError("--query-codes and --query-labels go together: one is missing")
    k = numbers(cuts, "--k")
    if scheduler or is_several(database_codes) or is_several(database_labels):
        from hashbench.cli.sharded import evaluate_files

        result = evaluate_files(
            (database_codes, database_labels),
            None if query_codes is None or query_labels is None else (query_codes, query_labels),
            scheduler,
            _say_same,
            k=k,
            profiles=_names(profile),
            ties=_names(ties),
            measures=measures,
            full=full,
            engine=engine,
            threads=threads,
        )
        _warn_of_nothing_to_find(database_labels, result)
        _finish(result, per_query, form)
        return
    database, query, labels = _read(database_codes, database_labels, query_codes, query_labels)
    alone = query_codes is None
    if not alone and query == database and _alike(labels[0], labels[-1]):
        _say_same()
        alone = True
    if alone:
        _warn_of_single_members(database_labels, labels[0])
    result = rank(
        query,
        database,
        labels[-1],
        labels[0],
        k=k,
        profiles=_names(profile),
        ties=_names(ties),
        self_retrieval=alone,
        measures=measures,
        full=full,
        engine=engine,
        threads=threads,
        progress=_progress(len(query)),
    )
    if not alone:
        _warn_of_nothing_to_find(database_labels, result)
    _finish(result, per_query, form)


def _finish(result: Evaluation, per_query: Path | None, form: str) -> None:
    from hashbench.reports.evaluated import evaluated
    from hashbench.reports.formats import write

    if per_query is not None:
        result.save(per_query)
    write(evaluated(result), form)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read(
    database_codes: Path,
    database_labels: Path,
    query_codes: Path | None,
    query_labels: Path | None,
) -> tuple[BinaryCodes, BinaryCodes, list[Labels]]:
    database = read_codes(database_codes)
    arrays = {database_labels: read_labels(database_labels, len(database))}
    if query_codes is None or query_labels is None:
        return database, database, as_labels(arrays)
    query = read_codes(query_codes)
    if query.n_bits != database.n_bits:
        raise UsageError(
            f"{query_codes} has {query.n_bits} bits, {database_codes} {database.n_bits}; "
            "queries and database must be of one width"
        )
    values = read_labels(query_labels, len(query))
    arrays[query_labels] = values
    return database, query, as_labels(arrays)


def _alike(labels: Labels, others: Labels) -> bool:
    return np.array_equal(labels.multi_hot, others.multi_hot)


def _say_same() -> None:
    click.echo(
        "hashbench: queries and database have the same codes and labels: ranked as "
        "self-retrieval, a query being left out of its own list by profile strict",
        err=True,
    )


def _warn_of_nothing_to_find(path: Path, result: Evaluation) -> None:
    lacking = result.queries_without_relevant["dropped" if result.self_retrieval else "kept"]
    if lacking:
        click.echo(
            f"hashbench: warning: {path}: {lacking} of {result.n_query} queries share no label "
            "with the database, and so have nothing to find",
            err=True,
        )


def _warn_of_single_members(path: Path, labels: Labels) -> None:
    members = labels.multi_hot.sum(axis=0)
    alone = np.flatnonzero(members == 1)
    if not len(alone):
        return
    named = alone if labels.class_ids is None else labels.class_ids[alone]
    listed = ", ".join(map(str, named[:5])) + (", ..." if len(alone) > 5 else "")
    what = "class has" if len(alone) == 1 else "classes have"
    click.echo(
        f"hashbench: warning: {path}: {len(alone)} {what} one member ({listed}); where the query "
        "is dropped it has no other item of that class to find",
        err=True,
    )


def _progress(n_query: int) -> Any:
    if n_query < 20_000:
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"hashbench: ranked {done:,} of {total:,} queries", err=True)

    return show
