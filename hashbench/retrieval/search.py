"""Search with a fitted method: which videos of a data set are nearest to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codefiles import PLAIN, CodeForm
from hashbench.devices import check_device
from hashbench.errors import UsageError
from hashbench.places import Places
from hashbench.ranking.shards import MemoryShard
from hashbench.retrieval.files import check_maker, open_files, query_for_files
from hashbench.retrieval.nearest import Database, Neighbour, names_of, neighbours, search_shards
from hashbench.retrieval.queries import (
    EncodedQuery,
    QueryEncoder,
    SearchTarget,
    Wanted,
    are_videos,
    encode_query,
    find_query,
    open_target,
)
from hashbench.retrieval.stages import rescored, search_asymmetric
from hashbench.runs.executors.cluster import runner_on
from hashbench.workspace import Progress, Silent


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Nearest videos of one query.

    Parameters
    ----------
    query : str
        What was asked: ``"digit-stories/test 17"``, or file and position.
    labels : tuple of str
        Names of the query's classes; empty where they are not known.
    neighbours : tuple of Neighbour
        Nearest first.
    """

    query: str
    labels: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the search as JSON values."""
        return {
            "query": self.query,
            "labels": list(self.labels),
            "neighbours": [neighbour.to_json() for neighbour in self.neighbours],
        }


def search(
    model: str | Path | None,
    query: int | str | Path,
    *,
    top: int = 10,
    dataset: str | Path | None = None,
    database_codes: str | Path | None = None,
    database_labels: str | Path | None = None,
    scheduler: str | None = None,
    key: str | None = None,
    data_root: str | Path | None = None,
    cache: str | Path | None = None,
    device: str = "auto",
    extractor: str | None = None,
    weights: str | Path | None = None,
    progress: Progress | None = None,
    on_skip: Callable[[str], None] | None = None,
    rescore: int | None = None,
    asymmetric: bool = False,
    code_form: CodeForm = PLAIN,
) -> list[SearchResult]:
    """Find the videos nearest to a query.

    Parameters
    ----------
    model : str, Path or None
        ``RUNS:KEY`` with the start of a record's key, the JSON file of a record, or the folder of
        a saved method. A record brings the codes of its data set; they are not made again.
        None where both query and ``database_codes`` are codes.
    query : int, str or Path
        Position of a video among the queries of the data set; or an HDF5 or .npy file of frame
        features, (frames, dims) or (n, frames, dims), each of whose videos is a query, or
        (n, dims) where the method was trained on single vectors; or a video file, a folder of
        them, or a CSV with the column ``path``. With ``database_codes`` also an
        .npz of codes, or ``FILE.npz:ROW`` for one of them; without a model any file of codes.
    top : int
        Videos to find. Where the queries are the database, a query does not find itself.
    dataset : str or Path, optional
        Where to look; needed with the folder of a saved method, otherwise the record's.
    database_codes : str or Path, optional
        Search these codes instead: a folder, such as ``hashbench encode`` makes, a pattern
        (``"codes/part-*.npz"``) or a file. They are read in blocks; memory does not grow with them.
        Neighbours name their file and the row in it; a query that is itself among the codes is
        found.
    database_labels : str or Path, optional
        Their labels: one file for each file of codes, or one for all.
    scheduler : str, optional
        Dask scheduler whose workers see the files of codes, such as ``"tcp://HOST:8786"``.
    key : str, optional
        Name of the array in an HDF5 file: by default ``feats``, or ``SPLIT/feats`` of the only
        split.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    device : str
        Where the method computes.
    extractor : str, optional
        What sees video files: by default the extractor that the features trained on came from, as
        their card says.
    weights : str or Path, optional
        Its weights.
    progress : Progress, optional
        Told of the encoding and of the search.
    on_skip : callable, optional
        Called with a line for each video file that does not decode.
    rescore : int, optional
        Take so many candidates by code, and rank them by the cosine of their mean frames with the
        query's. Needs a data set, whose features are read.
    asymmetric : bool
        Rank by asymmetric distance: what the query's code is the sign of, against codes
        (:func:`hashbench.ranking.asymmetric.asymmetric_distances`).
    code_form : CodeForm
        How ``database_codes`` and a query of codes are written: bits packed or not, and what a zero
        among -1 and +1 is.

    Returns
    -------
    list of SearchResult
        One a query.

    Raises
    ------
    UsageError, DataError, StoreError, MethodError
        If model, query, data set or device is not what it should be.

    Examples
    --------
    >>> hashbench.search("runs:3fa9", 17, top=3)[0].neighbours[0].distance  # doctest: +SKIP
    2
    """
    check_device(device)
    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    if rescore is not None and rescore < top:
        raise UsageError(f"--rescore {rescore}: at least as many as --top, {top}, are needed")
    if rescore is not None and database_codes is not None:
        raise UsageError("--rescore needs features of what is searched: a data set, not files")
    if asymmetric and scheduler is not None:
        raise UsageError("--asymmetric searches in this process: leave --scheduler out")
    wanted = Wanted(values=asymmetric, features=rescore is not None)
    progress = progress or Silent()
    places = Places(data_root, cache, device)
    sight = extractor, None if weights is None else Path(weights)
    encoder = QueryEncoder(model, places, progress, *sight)
    own = target = None
    if database_codes is not None:
        check_maker(database_codes, model, query)
        asked = query_for_files(model, query, dataset, key, encoder, code_form, wanted)
        database = open_files(database_codes, database_labels, asked.labels, code_form)
    elif database_labels is not None or scheduler is not None:
        raise UsageError("--database-labels and --scheduler belong to --database-codes")
    elif model is None:
        raise UsageError("a MODEL is needed, unless codes are searched with codes")
    else:
        target = open_target(model, dataset, places)
        asked, database, own = _in_memory(target, query, key, encoder, wanted)
    if on_skip is not None:
        for line in asked.skipped:
            on_skip(line)
    depth = top if rescore is None else rescore

    def seen(done: int, total: int) -> None:
        progress.update("search", done, total)

    if wanted.values:
        pair = asked.codes, _needed(asked.values, "--asymmetric", query)
        hits = search_asymmetric(database.shards, pair, top=depth, own=own, progress=seen)
    else:
        with runner_on(scheduler) as runner:
            hits = search_shards(
                database.shards, asked.codes, top=depth, own=own, runner=runner, progress=seen
            )
    if rescore is not None and target is not None:
        means = _needed(asked.features, "--rescore", query)
        hits = rescored(hits, means, target.dataset.database.mean_pooled(), top=top)
    lists = neighbours(database, hits, asked.labels, asked.card)
    return [
        SearchResult(
            name,
            () if asked.labels is None else names_of(asked.labels, i, asked.card),
            tuple(found),
        )
        for i, (name, found) in enumerate(zip(asked.names, lists, strict=True))
    ]


def _needed(array: NDArray[Any] | None, option: str, query: int | str | Path) -> NDArray[Any]:
    """Return what an option needs of the queries.

    Raises
    ------
    UsageError
        If it is not known.
    """
    if array is None:
        raise UsageError(
            f"{option}: --query {query} brings no features; a position among the queries of a data "
            "set, or an HDF5 or .npy file of frame features, is needed"
        )
    return array


def _in_memory(
    target: SearchTarget,
    query: int | str | Path,
    key: str | None,
    encoder: QueryEncoder,
    wanted: Wanted,
) -> tuple[EncodedQuery, Database, NDArray[np.int64] | None]:
    """Return query and database, encoded unless a record has the codes, and the query's place.

    The place is None where the query is not an item of the database.
    """
    dataset, kept = target.dataset, target.codes() or (None, None)
    inside = False
    if are_videos(query):
        asked = EncodedQuery.of_files(encoder.files(Path(str(query)), dataset.card))
    else:
        found = find_query(query, dataset, key, encoder)
        asked = encode_query(found, dataset.card, kept[0], encoder, wanted)
        inside = found.row is not None and dataset.self_retrieval
    codes = encoder(dataset.database) if kept[1] is None else kept[1]
    shard = MemoryShard(codes, dataset.database.labels)
    database = Database([shard], ids=dataset.database.ids())
    return asked, database, np.array([found.row]) if inside else None
