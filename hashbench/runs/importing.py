"""Import of codes by their authors: ranked here, kept as records like any other."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hashbench.codefiles import read_codes
from hashbench.codes import BinaryCodes
from hashbench.data import Card, VideoDataset
from hashbench.data.loading import find_card, with_others
from hashbench.errors import DataError, UsageError
from hashbench.labelfiles import as_labels, read_labels
from hashbench.labels import Labels
from hashbench.places import Places
from hashbench.runs.authored import Authored, AuthoredFile
from hashbench.runs.cell_runner import summary_of
from hashbench.runs.cells import Cell, dataset_info
from hashbench.runs.executors.base import Outcome, ScoreRequest
from hashbench.runs.labelled import LabelledPart, LabelledSet, save_labels
from hashbench.runs.manifest import Manifest
from hashbench.runs.record import DatasetInfo, MethodInfo, Record
from hashbench.runs.store import Store
from hashbench.workspace import Progress, Silent

BY_AUTHORS = "codes by their authors"
"""What stands for the distribution of a method where the program has no name."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Read:
    """The codes of one cell."""

    cell: Cell
    query: BinaryCodes
    database: BinaryCodes


def import_codes(
    authored: Authored,
    out: Path | str,
    *,
    k: Sequence[int] = (20, 40, 60, 80, 100),
    ties: Sequence[str] = ("expected",),
    places: Places | None = None,
    force: bool = False,
    argv: Sequence[str] = ("hashbench.import_codes",),
    threads: int | None = None,
    say: Say = lambda line: None,
    progress: Progress | None = None,
) -> list[Record]:
    """Rank codes by their authors and keep them in a run directory.

    Whatever can be wrong with the files is found before the first record is written.

    Parameters
    ----------
    authored : Authored
        What the codes are and where they lie.
    out : Path or str
        The run directory.
    k, ties
        Cut-offs and tie policies. The profiles are those of every record, and the card's.
    places : Places, optional
        Where the files of data sets lie.
    force : bool
        Whether codes take the place of others of the same cell.
    argv : sequence of str
        For the manifest.
    threads : int, optional
        All cores by default.
    say : callable
        Given a line on what is to be known, as where the features are not at hand.
    progress : Progress, optional
        Told of the cells.

    Returns
    -------
    list of Record
        One a cell, those that were there already among them.

    Raises
    ------
    UsageError, DataError
        If files are missing or damaged, or codes or labels are of another number, length or order
        than those of the data set.
    StoreError
        If the run directory cannot be read or written, or holds other codes of a cell.
    """
    store, sink = Store(out), progress or Silent()
    dataset = ranked_set(authored, places or Places(), say)
    cells = [_read(authored, one, dataset) for one in authored.files()]
    _check_twice(cells)
    there = store.get_all([one.cell.key for one in cells]) if store.path.is_dir() else {}
    measures = ScoreRequest(tuple(k), tuple(ties))
    new = [one for one in cells if force or not _is_kept(store, there, one, measures)]
    if new:
        store.prepare()
        card = Path(authored.dataset)
        cards = {dataset.name: card} if card.is_file() else {}
        manifest = Manifest(store, argv, _config(authored), [one.cell for one in cells], cards)
        for number, one in enumerate(new):
            sink.update("rank", number, len(new))
            record = _ranked(store, one, dataset, authored, measures, threads)
            store.write(dataclasses.replace(record, manifest=manifest.relative))
            manifest.note(Outcome("done"))
        sink.update("rank", len(new), len(new))
        manifest.close("finished")
    return list(store.get_all([one.cell.key for one in cells]).values())


def ranked_set(authored: Authored, places: Places, say: Say) -> VideoDataset | LabelledSet:
    """Return the data set, or its labels where its features are not at hand.

    Raises
    ------
    UsageError, DataError
        If there is neither, or the labels are others than those of the set.
    """
    card, _, _ = find_card(authored.dataset)
    alone = card.query == card.database
    if not alone and (authored.query_labels is None) != (authored.database_labels is None):
        raise UsageError("--query-labels and --database-labels go together: one is missing")
    try:
        dataset = places.open(authored.dataset)
    except (DataError, UsageError) as error:
        if authored.database_labels is None or not card.has_files:
            raise
        say(f"{card.name}: ranked by the labels that are given, without its features: {error}")
        found = _labels(authored, card, None)
        return _labelled_set(card, *found, alone=alone)
    if authored.database_labels is not None:
        _same_labels(authored, dataset)
    return dataset


def _labels(authored: Authored, card: Card, sizes: tuple[int, int] | None) -> tuple[Labels, Labels]:
    """Return the labels that were given, of queries and database."""
    assert authored.database_labels is not None
    database = authored.folder / authored.database_labels
    known = sizes or tuple(card.splits[s].videos for s in (card.query, card.database))
    arrays = {database: _read_labels(database, authored.labels_key, known[1], card.database)}
    if authored.query_labels is not None:
        query = authored.folder / authored.query_labels
        key = authored.query_labels_key or authored.labels_key
        if query == database and key != authored.labels_key:
            query = query.with_name(f"{query.name}: {key}")
            source = authored.folder / authored.query_labels
        else:
            source = query
        arrays[query] = _read_labels(source, key, known[0], card.query)
    labels = [with_others(one, card) for one in as_labels(arrays)]
    return labels[-1], labels[0]


def _read_labels(path: Path, key: str | None, n: int | None, split: str) -> NDArray[Any]:
    found = read_labels(path, key, n, names=True)
    if n is not None and len(found) != n:
        raise DataError(f"{path}: {len(found)} labels; split {split!r} has {n}")
    return found


def _labelled_set(card: Card, query: Labels, database: Labels, *, alone: bool) -> LabelledSet:
    part = LabelledPart(database)
    return LabelledSet(card, part if alone else LabelledPart(query), part)


def _same_labels(authored: Authored, dataset: VideoDataset) -> None:
    """Raise DataError where the labels that were given are of other items, or in another order."""
    card = dataset.card
    sizes = len(dataset.query), len(dataset.database)
    found = _labels(authored, dataclasses.replace(card, unlabelled="nothing"), sizes)
    # One naming for queries and database, and no label is none under any.
    naming = _Naming({-1: -1}, {-1: -1}) if card.unlabelled == "nothing" else _Naming({}, {})
    for given, part, name in (
        (found[0], dataset.query, card.query),
        (found[1], dataset.database, card.database),
    ):
        row = _first_other(given, part.labels, naming)
        if row is not None:
            raise DataError(
                f"{authored.database_labels}: item {row} of split {name!r} has other labels in "
                f"{dataset.name}; codes must be of that split and in its order"
            )


@dataclass(frozen=True, slots=True)
class _Naming:
    """Which class of the set each given class is, as far as is seen, and the reverse."""

    known: dict[int, int]
    given: dict[int, int]


def _first_other(given: Labels, known: Labels, naming: _Naming) -> int | None:
    """Return the first row in which labels differ, whatever single classes are called."""
    if given.single and known.single:
        for row, (a, b) in enumerate(zip(given.ids.tolist(), known.ids.tolist(), strict=True)):
            if naming.known.setdefault(a, b) != b or naming.given.setdefault(b, a) != a:
                return row
        return None
    ours, theirs = given.multi_hot, known.multi_hot
    if ours.shape != theirs.shape:
        return 0
    differs = (ours != theirs).any(axis=1)
    return int(differs.argmax()) if differs.any() else None


def _read(authored: Authored, one: AuthoredFile, dataset: VideoDataset | LabelledSet) -> _Read:
    database = read_codes(one.database, one.form)
    card, query = dataset.card, database
    _check_count(one.database, database, len(dataset.database), dataset.name, card.database)
    if one.query is not None:
        query = read_codes(one.query, authored.query_form(one))
        _check_count(one.query, query, len(dataset.query), dataset.name, card.query)
        if query.n_bits != database.n_bits:
            raise DataError(f"{one.query}: {query.n_bits} bits, {one.database} {database.n_bits}")
        if dataset.self_retrieval and query != database:
            raise DataError(
                f"{one.query}: {dataset.name} ranks one set against itself, but the query codes "
                "are others than the database codes"
            )
    elif not dataset.self_retrieval:
        raise UsageError(f"{dataset.name} has queries of their own: --query-codes is missing")
    if one.bits is not None and database.n_bits != one.bits:
        raise DataError(f"{one.database}: codes of {database.n_bits} bits, not {one.bits}")
    return _Read(_cell(authored, one.seed, database.n_bits, dataset), query, database)


def _check_count(path: Path, codes: BinaryCodes, n: int, name: str, split: str) -> None:
    if len(codes) != n:
        raise DataError(f"{path}: {len(codes)} codes; split {split!r} of {name} has {n} videos")


def _cell(authored: Authored, seed: int, bits: int, dataset: VideoDataset | LabelledSet) -> Cell:
    name = authored.method
    method = MethodInfo(
        name=name,
        label=name,
        params={},
        distribution=authored.program or BY_AUTHORS,
        version=authored.version,
        supervised=authored.supervised,
        control=False,
    )
    return Cell(method, _info(dataset), bits, seed, source=BY_AUTHORS)


def _info(dataset: VideoDataset | LabelledSet) -> DatasetInfo:
    if isinstance(dataset, VideoDataset):
        return dataset_info(dataset)
    card, sha256 = dataset.card, dataset.sha256
    return DatasetInfo(
        name=card.name,
        version=str(card.version),
        sha256=sha256,
        profile=card.profile,
        n_train=len(dataset.labelled_train),
        n_query=len(dataset.query),
        n_database=len(dataset.database),
        self_retrieval=dataset.self_retrieval,
        trained_on=card.name,
        trained_on_sha256=sha256,
    )


def _check_twice(cells: Sequence[_Read]) -> None:
    seen: set[str] = set()
    for one in cells:
        if one.cell.key in seen:
            raise DataError(f"{one.cell}: two files of codes are of this cell")
        seen.add(one.cell.key)


def _is_kept(store: Store, there: dict[str, Record], one: _Read, measures: ScoreRequest) -> bool:
    """Say whether a cell has its record already.

    Raises
    ------
    DataError
        If the record is of other codes.
    """
    old = there.get(one.cell.key)
    if old is None or not old.ok:
        return False
    if old.codes_sha256 != _digests(one):
        raise DataError(f"{one.cell}: {store.path} has other codes of it; --force replaces them")
    return measures.covered_by(old) and not store.lacks(old)


def _digests(one: _Read) -> dict[str, str]:
    return {"query": one.query.sha256, "database": one.database.sha256}


def _ranked(
    store: Store,
    one: _Read,
    dataset: VideoDataset | LabelledSet,
    authored: Authored,
    measures: ScoreRequest,
    threads: int | None,
) -> Record:
    from hashbench.ranking import evaluate
    from hashbench.ranking.profiles import ALWAYS

    cell, started = one.cell, time.perf_counter()
    evaluation = evaluate(
        one.query,
        one.database,
        dataset.query.labels,
        dataset.database.labels,
        k=measures.k,
        profiles=tuple(dict.fromkeys((*ALWAYS, dataset.card.profile))),
        ties=measures.ties,
        self_retrieval=dataset.self_retrieval,
        threads=threads,
    )
    seconds = time.perf_counter() - started
    codes = store.write_codes(cell.key, one.query, one.database)
    per_query = store.per_query_path(cell.key)
    evaluation.save(per_query)
    files: dict[str, str | None] = {
        "codes": store.relative(codes),
        "per_query": store.relative(per_query),
        "model": None,
    }
    if isinstance(dataset, LabelledSet):
        path = store.labels_path(cell.dataset.sha256)
        if not path.exists():
            save_labels(path, dataset.query.labels, dataset.database.labels)
        files["labels"] = store.relative(path)
    return Record(
        key=cell.key,
        status="ok",
        method=cell.method,
        dataset=cell.dataset,
        bits=cell.bits,
        seed=cell.seed,
        evaluation=summary_of(evaluation),
        files=files,
        codes_sha256=_digests(one),
        times={"rank": seconds},
        authored=_told(authored, isinstance(dataset, VideoDataset)),
        n_parameters=authored.n_parameters,
    )


def _told(authored: Authored, features: bool) -> dict[str, Any]:
    names = ("paper", "program", "licence", "year", "venue", "trained_on", "zeros")
    said = {name: value for name in names if (value := getattr(authored, name))}
    return {"chosen_on": authored.chosen_on, "features": features, **said}


def _config(authored: Authored) -> dict[str, Any]:
    found = dataclasses.asdict(authored)
    del found["folder"]
    return found
