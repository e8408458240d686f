"""Search in files of codes: opening a database that outgrows memory, and codes as queries."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from hashbench.codefiles import PLAIN, CodeForm, read_codes
from hashbench.codes import BinaryCodes, load_ids
from hashbench.errors import DataError, UsageError
from hashbench.files.patterns import files_of
from hashbench.labels import Labels
from hashbench.ranking.file_shards import FileShard, open_shards
from hashbench.retrieval.nearest import Database
from hashbench.retrieval.queries import (
    EncodedQuery,
    QueryEncoder,
    Wanted,
    are_videos,
    called,
    encode_query,
    find_query,
    is_position,
    open_target,
)
from hashbench.runs.encoding import digest_of, maker_of
from hashbench.runs.reference import model_folder


def open_files(
    codes: str | Path,
    labels: str | Path | None,
    query_labels: Labels | None,
    form: CodeForm = PLAIN,
) -> Database:
    """Open a database in files of codes.

    Parameters
    ----------
    codes, labels : str or Path
        A folder, pattern or file of each; labels may be None.
    query_labels : Labels, optional
        Of one label set with the database's.
    form : CodeForm
        How the codes are written.

    Raises
    ------
    DataError
        If files are missing or damaged, or do not belong together.
    """
    files = files_of(codes, ".npz")
    label_files = [] if labels is None else files_of(labels, ".npy")
    at_least = None if query_labels is None else query_labels.n_classes
    shards = open_shards(_absolute(files), _absolute(label_files), n_classes=at_least, form=form)
    if labels is not None and query_labels is not None:
        _check_classes(labels, shards[0], query_labels)
    return Database(shards, labels is not None, [str(file) for file in files])


def _check_classes(labels: str | Path, shard: FileShard, query_labels: Labels) -> None:
    if shard.n_classes != query_labels.n_classes or shard.class_ids is not None:
        raise DataError(
            f"{labels}: labels have {shard.n_classes} classes, "
            f"those of the query {query_labels.n_classes}; both must be of one label set"
        )


def query_for_files(
    model: str | Path | None,
    query: int | str | Path,
    dataset: str | Path | None,
    key: str | None,
    encoder: QueryEncoder,
    form: CodeForm = PLAIN,
    wanted: Wanted | None = None,
) -> EncodedQuery:
    """Return the codes that a query of a search in files names: codes, videos or a position.

    Raises
    ------
    UsageError, DataError, StoreError, MethodError
        If there is no such query, or nothing to encode it with.
    """
    path, row = _codes_file(query, alone=model is None)
    if path is not None:
        codes = _queries(path, form, alone=model is None)
        if row is not None and row >= len(codes):
            raise UsageError(f"--query {query}: {path} holds codes 0 to {len(codes) - 1}")
        rows = range(len(codes)) if row is None else range(row, row + 1)
        ids = load_ids(path) if path.suffix == ".npz" else ()
        named = tuple(called(f"{path} {i}", ids, i) for i in rows)
        return EncodedQuery(codes[np.array(rows)], named)
    if model is None:
        raise UsageError(f"--query {query}: without a MODEL, a query is a file of codes")
    if are_videos(query):
        card = None if dataset is None else encoder.places.open(dataset).card
        return EncodedQuery.of_files(encoder.files(Path(str(query)), card))
    if not is_position(query) and dataset is None:
        return encode_query(find_query(query, None, key, encoder), None, None, encoder, wanted)
    target = open_target(model, dataset, encoder.places)
    found = find_query(query, target.dataset, key, encoder)
    kept = None if found.row is None else target.codes()
    of_queries = None if kept is None else kept[0]
    return encode_query(found, target.dataset.card, of_queries, encoder, wanted)


def check_maker(codes: str | Path, model: str | Path | None, query: int | str | Path) -> None:
    """See that codes and queries are of one method, where folders say whose codes they hold.

    Raises
    ------
    UsageError
        If they are not: distances between them would mean nothing.
    """
    folders = dict.fromkeys(file.parent for file in files_of(codes, ".npz"))
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


def _queries(path: Path, form: CodeForm, *, alone: bool) -> BinaryCodes:
    try:
        return read_codes(path, form)
    except DataError as error:
        if alone and path.suffix != ".npz":  # which may be features as well
            raise DataError(f"{error}; without a MODEL, a query is a file of codes") from None
        raise


def _codes_file(query: int | str | Path, *, alone: bool = False) -> tuple[Path | None, int | None]:
    """Return file and row of ``FILE.npz`` or ``FILE.npz:ROW``; of any file where ``alone``."""
    text = str(query)
    if text.endswith(".npz") or (alone and Path(text).is_file()):
        return Path(text), None
    found = re.fullmatch(r"(.+\.\w+):(\d+)" if alone else r"(.+\.npz):(\d+)", text)
    return (Path(found[1]), int(found[2])) if found else (None, None)


def _absolute(paths: list[Path]) -> list[Path]:
    """Return paths that workers of a cluster find as well."""
    return [path.absolute() for path in paths]
