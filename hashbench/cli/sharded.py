"""``hashbench evaluate`` where the database lies in several files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from hashbench.cli.arrays import read_codes, read_labels
from hashbench.cli.watching import working
from hashbench.errors import DataError
from hashbench.files.patterns import files_of
from hashbench.labels import Labels
from hashbench.ranking.evaluating import evaluate_shards
from hashbench.ranking.file_shards import open_shards
from hashbench.runs.executors.cluster import runner_on

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes
    from hashbench.ranking import Evaluation


def evaluate_files(
    database: tuple[Path, Path],
    query: tuple[Path, Path] | None,
    scheduler: str | None,
    **options: Any,
) -> Evaluation:
    """Measure a database in shards.

    Parameters
    ----------
    database : (Path, Path)
        Files, folders or patterns of codes and labels.
    query : (Path, Path), optional
        Files of the queries' codes and labels.
    scheduler : str, optional
        Address of a Dask scheduler whose workers see the same files.
    **options
        As :func:`hashbench.ranking.evaluating.evaluate_shards` takes them.
    """
    files, labels = _files(database[0], ".npz"), _files(database[1], ".npy")
    asked = None if query is None else _query(*query)
    at_least = None if asked is None else asked[1].n_classes
    shards = open_shards(files, labels, n_classes=at_least)
    if asked is not None:
        asked = asked[0], _widened(asked[1], shards[0].n_classes, query)
    with working(Console(stderr=True), "shards") as progress, runner_on(scheduler) as runner:
        return evaluate_shards(
            shards,
            asked,
            runner=runner,
            progress=lambda done, total: progress.update("shards", done, total),
            **options,
        )


def _files(path: Path, suffix: str) -> list[Path]:
    return [file.absolute() for file in files_of(path, suffix)]


def _query(codes: Path, labels: Path) -> tuple[BinaryCodes, Labels]:
    found = read_codes(codes)
    values = read_labels(labels, len(found))
    try:
        return found, Labels.from_array(values)
    except DataError as error:
        raise DataError(f"{labels}: {error}") from None


def _widened(labels: Labels, n_classes: int, query: tuple[Path, Path] | None) -> Labels:
    """Give class ids the classes that only the database shows."""
    import numpy as np

    if labels.n_classes > n_classes or (labels.n_classes < n_classes and not labels.single):
        where = query[1] if query else "queries"
        raise DataError(
            f"{where}: labels have {labels.n_classes} classes, the database's {n_classes}"
        )
    spare = n_classes - labels.n_classes
    return Labels(np.pad(labels.multi_hot, ((0, 0), (0, spare))))
