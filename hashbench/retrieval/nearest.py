"""Nearest items of a query: exact Hamming ranking, ties in database order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes, load_ids
from hashbench.data import Card
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.ranking.engine import Progress
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.shards import MemoryShard, Shard
from hashbench.ranking.walk import ListJob, Runner, query_blocks, serial, walk
from hashbench.ternary import as_queries, in_bits

_PLACES = 4_000_000
"""Places in the lists of the queries that are looked for together."""

_FEW = 1 << 22
"""Pairs up to which loading the compiled engine takes longer than the plain one does."""


@dataclass(frozen=True, slots=True)
class Database:
    """Codes to search in, and what is known of them.

    Parameters
    ----------
    shards : sequence of Shard
        In database order.
    labelled : bool
        Whether they have labels.
    files : sequence of str
        The file of each shard, as results name it; none for a database in memory.
    ids : sequence of str
        What the items of a database in memory are called; none where it is not known.
    """

    shards: Sequence[Shard]
    labelled: bool = True
    files: Sequence[str] = ()
    ids: Sequence[str] = ()

    def ids_of(self, shard: int) -> Sequence[str]:
        """Return what the items of a shard are called; none where it is not known."""
        if not self.files:
            return self.ids
        path = self.files[shard]
        return load_ids(path) if path.endswith(".npz") else ()


@dataclass(frozen=True, slots=True)
class Hits:
    """Nearest items of some queries.

    Parameters
    ----------
    distances : ndarray of uint16, shape (n_query, min(top, size))
        Rising; ``scale`` for each bit.
    items : ndarray of int64, same shape
        Positions in the whole database; equal distances in its order.
    shards : ndarray of int64, same shape
        Which shard holds each.
    asymmetric, cosine : ndarray of float64, same shape, optional
        Asymmetric distance, and cosine of the features, where the order goes by them. Hamming
        distances need not rise then.
    scale : int
        As of :class:`hashbench.BinaryCodes`.
    """

    distances: NDArray[np.uint16]
    items: NDArray[np.int64]
    shards: NDArray[np.int64]
    asymmetric: NDArray[np.float64] | None = None
    cosine: NDArray[np.float64] | None = None
    scale: int = 1

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A video that was found.

    Parameters
    ----------
    rank : int
        From 1.
    row : int
        Its position in the database, which counts through all files.
    distance : int or float
        Hamming distance to the query; in half steps where codes have three values.
    labels : tuple of str
        Names of its classes; ``class N`` where the card has no names. Empty where none are known.
    relevant : bool or None
        Whether it shares a label with the query; None where either's labels are not known, or the
        query has none.
    file : str, optional
        The file of codes that holds it, in a search in files.
    file_row : int, optional
        Its position in that file.
    id : str, optional
        What it is called, such as its video file, where that is known.
    asymmetric : float, optional
        Asymmetric distance to the query, in a search by that.
    cosine : float, optional
        Cosine of the features with the query's, in a search that rescores.
    """

    rank: int
    row: int
    distance: int | float
    labels: tuple[str, ...]
    relevant: bool | None
    file: str | None = None
    file_row: int | None = None
    id: str | None = None
    asymmetric: float | None = None
    cosine: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the neighbour as JSON values; file, row and id only where they are known."""
        value = {**asdict(self), "labels": list(self.labels)}
        for name in ("file", "file_row", "id", "asymmetric", "cosine"):
            if value[name] is None:
                del value[name]
        return value


def nearest(
    query: BinaryCodes,
    query_labels: Labels | None,
    database: BinaryCodes,
    labels: Labels,
    *,
    top: int,
    card: Card | None = None,
    own: NDArray[np.int64] | None = None,
) -> list[list[Neighbour]]:
    """Return the ``top`` nearest videos of each query, nearest first.

    Parameters
    ----------
    query, database : BinaryCodes
    query_labels, labels : Labels
        Of the queries, None where they have none, and of the database.
    top : int
        Videos to find; the whole database where it is smaller.
    card : Card, optional
        For the names of the classes.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query, to be left out of its own list.

    Raises
    ------
    UsageError
        If ``top`` is below 1, or codes are of different widths.
    """
    where = Database([MemoryShard(database, labels)])
    hits = search_shards(where.shards, query, top=top, own=own)
    return neighbours(where, hits, query_labels, card)


def search_shards(
    shards: Sequence[Shard],
    query: BinaryCodes,
    *,
    top: int = 10,
    own: NDArray[np.int64] | None = None,
    threads: int | None = None,
    runner: Runner = serial,
    progress: Progress | None = None,
) -> Hits:
    """Find the nearest items of each query in a database in shards.

    Parameters
    ----------
    shards : sequence of Shard
        In database order; labels are not read.
    query : BinaryCodes
    top : int
        Items to find; the whole database where it is smaller.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query, to be left out of its own list.
    threads : int, optional
        All cores by default.
    runner : callable
        What visits the shards.
    progress : callable, optional
        Called with (queries done, queries in all). A query counts once a shard.

    Returns
    -------
    Hits
        Equal to those of a search in the whole.

    Raises
    ------
    UsageError
        If ``top`` is below 1, there is no query, or codes are of different widths.
    """
    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    if len(query) == 0:
        raise UsageError("there is no query to search with")
    scale = shards[0].scale
    if (query.n_bits, query.scale) != (shards[0].n_bits, scale):
        raise UsageError(
            f"query codes have {query.length} bits, {shards[0].name} {shards[0].n_bits // scale}; "
            "queries and database must be of one width"
        )
    size = sum(len(shard) for shard in shards)
    depth = min(top + (own is not None), size)
    step = max(64, _PLACES // depth)
    engine = "numpy" if len(query) * size <= _FEW else "numba"
    found: list[RankedLists] = []
    for rows, visited in query_blocks(len(query), step, len(shards), progress):
        lists = walk(
            shards, ListJob(as_queries(query[rows]), depth, engine, threads), runner, visited
        )
        found.append(lists if own is None else lists.without_query(own[rows]))
    distances = np.concatenate([lists.distances for lists in found])
    items = np.concatenate([lists.items for lists in found])
    starts = np.array([shard.start for shard in shards])
    where: NDArray[Any] = np.searchsorted(starts, items, side="right") - 1
    return Hits(distances, items, where, scale=scale)


def neighbours(
    database: Database, hits: Hits, query_labels: Labels | None, card: Card | None = None
) -> list[list[Neighbour]]:
    """Return hits with what is known of them, a list a query.

    Parameters
    ----------
    database : Database
        Where they were found; labels are read of the hits only.
    hits : Hits
    query_labels : Labels, optional
    card : Card, optional
        For the names of the classes.
    """
    shards, files = database.shards, database.files
    starts = np.array([shard.start for shard in shards])
    within = hits.items - starts[hits.shards]
    names: dict[int, tuple[str, ...]] = {}
    sets: dict[int, frozenset[int]] = {}
    for number in np.unique(hits.shards) if database.labelled else ():
        rows = np.unique(within[hits.shards == number])
        labels = shards[number].labels_of(rows)
        for place, item in enumerate((rows + starts[number]).tolist()):
            names[item] = names_of(labels, place, card)
            sets[item] = _classes(labels, place)
    called = {shard: database.ids_of(shard) for shard in np.unique(hits.shards).tolist()}
    wanted = [None if query_labels is None else _classes(query_labels, i) for i in range(len(hits))]
    return [
        [
            Neighbour(
                rank=place + 1,
                row=item,
                distance=in_bits(int(hits.distances[i, place]), hits.scale),
                labels=names.get(item, ()),
                relevant=bool(ours & sets[item]) if ours and item in sets else None,
                file=files[hits.shards[i, place]] if files else None,
                file_row=int(within[i, place]) if files else None,
                id=_id(called[int(hits.shards[i, place])], int(within[i, place])),
                asymmetric=None if hits.asymmetric is None else float(hits.asymmetric[i, place]),
                cosine=None if hits.cosine is None else float(hits.cosine[i, place]),
            )
            for place, item in enumerate(hits.items[i].tolist())
        ]
        for i, ours in enumerate(wanted)
    ]


def _id(ids: Sequence[str], row: int) -> str | None:
    return ids[row] if ids else None


def names_of(labels: Labels, row: int, card: Card | None) -> tuple[str, ...]:
    """Return the names of a video's classes."""
    names = labels.class_names or (card.class_names if card is not None else ())
    columns = np.flatnonzero(labels.multi_hot[row])
    if labels.class_ids is not None:
        return tuple(f"class {i}" for i in labels.class_ids[columns].tolist())
    return tuple(names[i] if i < len(names) else f"class {i}" for i in columns.tolist())


def _classes(labels: Labels, row: int) -> frozenset[int]:
    return frozenset(np.flatnonzero(labels.multi_hot[row]).tolist())
