"""Search with a fitted method: which videos of a data set are nearest to one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hashbench.errors import UsageError
from hashbench.protocols.asking import Hasher, asked, place_of
from hashbench.protocols.nearest import Neighbour, names_of, nearest
from hashbench.workspace import Progress, Silent


@dataclass(frozen=True, slots=True)
class Found:
    """What one query found.

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
    key: str = "feats",
    data_root: str | Path | None = None,
    cache: str | Path | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> list[Found]:
    """Find the videos nearest to a query.

    Parameters
    ----------
    model : str, Path or None
        ``RUNS:KEY`` with the start of a record's key, the JSON file of a record, or the folder of
        a saved method. A record brings the codes of its data set; they are not made again.
        None where both query and ``database_codes`` are codes.
    query : int, str or Path
        Position of a video among the queries of the data set; or an HDF5 or .npy file of frame
        features, (frames, dims) or (n, frames, dims), each of whose videos is a query. With
        ``database_codes`` also an .npz of codes, or ``FILE.npz:ROW`` for one of them.
    top : int
        Videos to find. Where the queries are the database, a query does not find itself.
    dataset : str or Path, optional
        Where to look; needed with the folder of a saved method, otherwise the record's.
    database_codes : str or Path, optional
        Search these codes instead: a folder, such as ``hashbench encode`` makes, a pattern
        (``"codes/part-*.npz"``) or a file. They are read in blocks; memory does not grow with them.
        Neighbours are :class:`hashbench.protocols.shards.ShardNeighbour`; a query that is itself
        among the codes is found.
    database_labels : str or Path, optional
        Their labels, ``.npy``: one file for each file of codes, or one for all.
    scheduler : str, optional
        Dask scheduler whose workers see the files of codes, such as ``"tcp://HOST:8786"``.
    key : str
        Name of the array in an HDF5 file.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    device : str
        Where the method computes.
    progress : Progress, optional
        Told of the encoding.

    Returns
    -------
    list of Found
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
    from hashbench.devices import check_device

    check_device(device)
    if database_codes is not None:
        from hashbench.protocols.shards import search_files

        return search_files(
            model,
            query,
            (database_codes, database_labels),
            top=top,
            scheduler=scheduler,
            dataset=dataset,
            key=key,
            data_root=data_root,
            hasher=Hasher(model, device, cache, progress or Silent()),
            progress=progress or Silent(),
        )
    if database_labels is not None or scheduler is not None:
        raise UsageError("--database-labels and --scheduler belong to --database-codes")
    if model is None:
        raise UsageError("a MODEL is needed, unless codes are searched with codes")
    place = place_of(model, dataset, data_root, cache)
    where, kept = place.dataset, place.codes()
    hasher = Hasher(model, device, cache, progress or Silent())
    query_codes, database = kept if kept is not None else (None, hasher(where.database))
    question = asked(query, where, key)
    if question.row is not None and query_codes is not None:
        codes = query_codes[np.array([question.row])]
    else:
        codes = hasher(question.videos)
    own = np.array([question.row]) if question.row is not None and where.self_retrieval else None
    lists = nearest(
        codes,
        question.labels,
        database,
        where.database.labels,
        top=top,
        card=where.card,
        own=own,
    )
    return [
        Found(
            name,
            () if question.labels is None else names_of(question.labels, i, where.card),
            tuple(n),
        )
        for i, (name, n) in enumerate(zip(question.names, lists, strict=True))
    ]
