"""Search in files of codes: which items of a database that outgrows memory are nearest."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, UsageError
from hashbench.files.patterns import files_of
from hashbench.labels import Labels
from hashbench.protocols.asking import Hasher, asked, is_position, place_of
from hashbench.protocols.nearest import Neighbour, names_of
from hashbench.runs.encoding import model_folder
from hashbench.scale.encoding import digest_of, maker_of
from hashbench.scale.searching import Hits, Seeker, here, search_shards
from hashbench.scale.shards import Shard, open_shards

if TYPE_CHECKING:
    from hashbench.data import Card
    from hashbench.protocols.search import Found
    from hashbench.workspace import Progress


@dataclass(frozen=True, slots=True)
class ShardNeighbour(Neighbour):
    """A video that was found in a file of codes; ``row`` counts through all files.

    Parameters
    ----------
    file : str
        The file of codes that holds it.
    file_row : int
        Its position in that file.
    """

    file: str
    file_row: int


@dataclass(frozen=True, slots=True)
class _Question:
    """Codes to search with, and what is known of them."""

    codes: BinaryCodes
    names: tuple[str, ...]
    labels: Labels | None = None
    card: Card | None = None


def search_files(
    model: str | Path | None,
    query: int | str | Path,
    database: tuple[str | Path, str | Path | None],
    *,
    top: int,
    scheduler: str | None,
    dataset: str | Path | None,
    key: str,
    data_root: str | Path | None,
    hasher: Hasher,
    progress: Progress,
) -> list[Found]:
    """Find the items of some files of codes that are nearest to each query.

    Parameters
    ----------
    database : (codes, labels)
        Folder, pattern or file of each; labels may be None.
    hasher : Hasher
        What hashes queries that are videos.
    model, query, top, scheduler, dataset, key, data_root, progress
        As :func:`hashbench.search` takes them.

    Raises
    ------
    UsageError, DataError, StoreError, MethodError
        If query, files or model are not what they should be, or do not belong together.
    """
    from hashbench.protocols.search import Found

    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    files = files_of(database[0], ".npz")
    labels = [] if database[1] is None else files_of(database[1], ".npy")
    _check_maker(files, model, query)
    question = _question(model, query, dataset, key, data_root, hasher)
    at_least = None if question.labels is None else question.labels.n_classes
    shards = open_shards(_absolute(files), _absolute(labels), n_classes=at_least)
    if labels and at_least not in (None, shards[0].n_classes):
        raise DataError(
            f"{database[1]}: labels have {shards[0].n_classes} classes, "
            f"those of the query {at_least}; both must be of one label set"
        )
    with ExitStack() as stack:
        seeker: Seeker = here
        if scheduler is not None:
            from hashbench.scale.cluster import connected, search_on_cluster

            seeker = search_on_cluster(stack.enter_context(connected(scheduler)))
        hits = search_shards(
            shards,
            question.codes,
            top=top,
            seeker=seeker,
            progress=lambda done, total: progress.update("shards", done, total),
        )
    lists = _neighbours(shards, files, hits, question, labelled=bool(labels))
    return [
        Found(name, _names(question, i), tuple(found))
        for i, (name, found) in enumerate(zip(question.names, lists, strict=True))
    ]


def _absolute(paths: list[Path]) -> list[Path]:
    """Return paths that workers of a cluster find as well."""
    return [path.absolute() for path in paths]


def _question(
    model: str | Path | None,
    query: int | str | Path,
    dataset: str | Path | None,
    key: str,
    data_root: str | Path | None,
    hasher: Hasher,
) -> _Question:
    path, row = _codes_file(query)
    if path is not None:
        codes = BinaryCodes.load(path)
        if row is not None and row >= len(codes):
            raise UsageError(f"--query {query}: {path} holds codes 0 to {len(codes) - 1}")
        rows = range(len(codes)) if row is None else range(row, row + 1)
        return _Question(codes[np.array(rows)], tuple(f"{path} {i}" for i in rows))
    if model is None:
        raise UsageError(f"--query {query}: without a MODEL, a query is an .npz of codes")
    place = None
    if is_position(query) or dataset is not None:
        place = place_of(model, dataset, data_root, hasher.cache)
    videos = asked(query, None if place is None else place.dataset, key)
    card = None if place is None else place.dataset.card
    kept = place.codes() if place is not None and videos.row is not None else None
    codes = hasher(videos.videos) if kept is None else kept[0][np.array([videos.row])]
    return _Question(codes, videos.names, videos.labels, card)


def _codes_file(query: int | str | Path) -> tuple[Path | None, int | None]:
    """Return file and row of ``FILE.npz`` or ``FILE.npz:ROW``."""
    text = str(query)
    if text.endswith(".npz"):
        return Path(text), None
    found = re.fullmatch(r"(.+\.npz):(\d+)", text)
    return (Path(found[1]), int(found[2])) if found else (None, None)


def _check_maker(files: list[Path], model: str | Path | None, query: int | str | Path) -> None:
    """See that codes and queries are of one method, where folders say whose codes they hold."""
    folders = dict.fromkeys(file.parent for file in files)
    made = {folder: maker for folder in folders if (maker := maker_of(folder)) is not None}
    if not made:
        return
    path, _ = _codes_file(query)
    asking = None if path is None else maker_of(path.parent)
    who = f"--query {query}"
    if asking is None and model is not None:
        asking, who = digest_of(model_folder(model)), str(model)
    for folder, maker in made.items():
        if asking not in (None, maker):
            raise UsageError(
                f"--database-codes {folder}: the codes are of another model than {who}; "
                "distances between them mean nothing"
            )


def _neighbours(
    shards: list[Shard], files: list[Path], hits: Hits, question: _Question, *, labelled: bool
) -> list[list[ShardNeighbour]]:
    starts = np.array([shard.start for shard in shards])
    within = hits.items - starts[hits.shards]
    names: dict[int, tuple[str, ...]] = {}
    sets: dict[int, frozenset[int]] = {}
    for number in np.unique(hits.shards) if labelled else ():
        rows = np.unique(within[hits.shards == number])
        found = shards[number].labels_of(rows)
        for place, item in enumerate((rows + starts[number]).tolist()):
            names[item] = names_of(found, place, question.card)
            sets[item] = _classes(found, place)
    return [
        [
            ShardNeighbour(
                rank=place + 1,
                row=int(item),
                distance=int(hits.distances[i, place]),
                labels=names.get(int(item), ()),
                relevant=_relevant(question, i, sets.get(int(item))),
                file=str(files[hits.shards[i, place]]),
                file_row=int(within[i, place]),
            )
            for place, item in enumerate(row)
        ]
        for i, row in enumerate(hits.items)
    ]


def _classes(labels: Labels, row: int) -> frozenset[int]:
    return frozenset(np.flatnonzero(labels.multi_hot[row]).tolist())


def _relevant(question: _Question, row: int, found: frozenset[int] | None) -> bool | None:
    if question.labels is None or found is None:
        return None
    ours = _classes(question.labels, row)
    return bool(ours & found) if ours else None


def _names(question: _Question, row: int) -> tuple[str, ...]:
    return () if question.labels is None else names_of(question.labels, row, question.card)
