"""``hashbench evaluate`` where the database lies in several files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from hashbench.cli.arrays import ids_of, read_codes, read_labels
from hashbench.cli.watching import working
from hashbench.errors import DataError
from hashbench.files.patterns import files_of
from hashbench.labels import Labels, holds_ids
from hashbench.ranking.evaluating import evaluate_shards
from hashbench.ranking.file_shards import FileShard, open_shards
from hashbench.runs.executors.cluster import runner_on

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes
    from hashbench.ranking import Evaluation


def evaluate_files(
    database: tuple[Path, Path],
    query: tuple[Path, Path] | None,
    scheduler: str | None,
    say_same: Callable[[], None],
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
    say_same : callable
        Called where queries and database turn out to be one set.
    **options
        As :func:`hashbench.ranking.evaluating.evaluate_shards` takes them.
    """
    files, labels = _files(database[0], ".npz"), _files(database[1], ".npy")
    asked = None
    if query is None:
        shards = open_shards(files, labels)
    else:
        codes = read_codes(query[0])
        values = read_labels(query[1], len(codes))
        shards = _opened_with(files, labels, query[1], values)
        asked = codes, _numbered(query[1], values, shards[0])
        if _same(asked, shards):
            say_same()
            options["self_retrieval"] = True
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


def _opened_with(
    files: list[Path], labels: list[Path], path: Path, values: NDArray[Any]
) -> list[FileShard]:
    """Open a database whose classes are counted together with those of its queries."""
    if not holds_ids(values):
        return open_shards(files, labels, n_classes=values.shape[1])
    ids = ids_of(path, values)
    most = int(ids.max(initial=-1)) + 1
    return open_shards(files, labels, n_classes=max(most, 1), query_ids=ids)


def _same(query: tuple[BinaryCodes, Labels], shards: list[FileShard]) -> bool:
    """Say whether queries and database are one set, reading no further than they differ."""
    codes, labels = query
    if sum(map(len, shards)) != len(codes):
        return False
    for shard in shards:
        for start in range(0, len(shard), shard.block_rows):
            stop = min(start + shard.block_rows, len(shard))
            rows = slice(shard.start + start, shard.start + stop)
            if shard.read_codes(start, stop) != codes[rows]:
                return False
            theirs = shard.labels_of(slice(start, stop))
            if not np.array_equal(theirs.multi_hot, labels.multi_hot[rows]):
                return False
    return True


def _numbered(path: Path, values: NDArray[Any], shard: FileShard) -> Labels:
    """Return the labels of the queries, by the classes of the database."""
    try:
        return Labels.from_array(values, shard.n_classes, shard.class_ids)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
