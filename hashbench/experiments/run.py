"""Work on an experiment, and its tables and figures when that is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hashbench.experiments import convergence, cross, neighbours, retrieval
from hashbench.experiments.grid import Grid
from hashbench.experiments.tables import curve_charts, parameter_charts, section_of, sheets, stem
from hashbench.reports import draw
from hashbench.reports.sheet import Document
from hashbench.runs import Record, RunResult, Watcher, execute
from hashbench.workspace import Progress


@dataclass(frozen=True, slots=True)
class Retrieving:
    """What a retrieval figure shows.

    Parameters
    ----------
    queries : tuple of int
        Positions; some are drawn by ``seed`` where none are given.
    top : int
        Videos a query.
    thumbnails : Path, optional
        Folder of pictures.
    seed : int
        Of the draw.
    """

    queries: tuple[int, ...] = ()
    top: int = 5
    thumbnails: Path | None = None
    seed: int = 0


def perform(grid: Grid, *, argv: Sequence[str], watcher: Watcher | None = None) -> list[RunResult]:
    """Work on what a grid leaves to do; records are shared with ``hashbench run``."""
    return [execute(plan, argv=argv, watcher=watcher) for plan in grid.plans]


def show(
    grid: Grid,
    figures: Path,
    retrieving: Retrieving | None = None,
    progress: Progress | None = None,
) -> tuple[Document, list[Path]]:
    """Return the tables of an experiment that was worked on, and draw its figures.

    Parameters
    ----------
    grid : Grid
    figures : Path
        Folder for the figures.
    retrieving : Retrieving, optional
        Which queries to show, for an experiment that shows some.
    progress : Progress, optional
        Told how far the ranking of snapshots, or the search for neighbours, is.

    Returns
    -------
    Document, list of Path
        Tables, and figures whether drawn now or before.
    """
    shows = grid.experiment.shows
    if shows == "cross":
        return Document(tuple(cross.sheets(grid.directions, grid.labels))), []
    records = grid.records()
    section = section_of(grid, records)
    if shows == "neighbours":
        right = neighbours.measure(grid, progress)
        drawn = draw(neighbours.charts(grid, section, right), figures)
        return Document(tuple(neighbours.sheets(grid, section, records, right))), drawn
    document = Document(tuple(sheets(grid, section)))
    done = [record for record in records if record.ok]
    if not done:
        return document, []
    if shows == "convergence":
        measured = convergence.measure(grid, done, progress)
        return document, draw(convergence.charts(grid, done, measured), figures)
    if shows == "parameter":
        return document, draw(parameter_charts(grid, section), figures)
    if shows == "curves":
        return document, draw(curve_charts(grid, section), figures)
    if shows == "retrieval":
        return document, _retrieval(grid, done, figures, retrieving or Retrieving())
    return document, []


def _retrieval(
    grid: Grid, records: Sequence[Record], figures: Path, wanted: Retrieving
) -> list[Path]:
    from hashbench.experiments.retrieval_figure import draw as draw_retrieval

    dataset = grid.options.places.open(grid.options.target)
    rows = retrieval.choose_queries(dataset, wanted.queries, wanted.seed)
    pictures = retrieval.Pictures(dataset, str(grid.options.target), wanted.thumbnails)
    paths: list[Path] = []
    for bits in grid.experiment.bits:
        found = retrieval.retrieve(grid, records, dataset, rows, wanted.top, bits)
        if not found:
            continue
        listed = [neighbour.row for one in found for neighbour in one.neighbours]
        title = f"{grid.experiment.title} on {dataset.name}, {bits} bits, seed "
        paths += draw_retrieval(
            found,
            pictures.of(dataset.card.query, rows.tolist()),
            pictures.of(dataset.card.database, listed),
            title + str(grid.plan.cells[0].seed),
            figures / stem(grid, f"{bits}"),
        )
    return paths
