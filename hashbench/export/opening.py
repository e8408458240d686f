"""Sources of an export: files of codes, a record, or all records of a run directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hashbench.codefiles import PLAIN, CodeForm
from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, HashbenchError, UsageError
from hashbench.export.collection import Collection
from hashbench.files.arrays import npz_names
from hashbench.places import Places
from hashbench.ranking.shards import MemoryShard, no_labels
from hashbench.retrieval.files import open_files
from hashbench.retrieval.nearest import Database
from hashbench.runs import Record, Store
from hashbench.runs.cards import dataset_of
from hashbench.runs.reference import find_record
from hashbench.workspace import Progress, Silent


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What is known of codes beside their place.

    Parameters
    ----------
    labels : Path, optional
        Labels of files of codes: one for each, or one for all.
    queries : Path, optional
        Codes of queries; a record brings its own.
    dataset : str, optional
        The data set of a record, where it has moved.
    codes_only : bool
        Whether a record's data set is left closed: there are no labels then.
    places : Places
    progress : Progress
    form : CodeForm
        How codes are written in files, those of the queries too.

    Raises
    ------
    UsageError
        If zeros are to be half a bit: no other program has such distances.
    """

    labels: Path | None = None
    queries: Path | None = None
    dataset: str | None = None
    codes_only: bool = False
    places: Places = field(default_factory=Places)
    progress: Progress = field(default_factory=Silent)
    form: CodeForm = PLAIN

    def __post_init__(self) -> None:
        if self.form.zeros == "half":
            raise UsageError("--zeros half: other programs have bits only; --zeros plus or minus")


def open_collection(source: str | Path, options: SourceOptions | None = None) -> Collection:
    """Open codes to be exported.

    Parameters
    ----------
    source : str or Path
        A file, folder or pattern of codes, as ``hashbench search --database-codes`` takes it; or
        ``RUNS:KEY`` or the JSON file of a record, whose database codes are meant.
    options : SourceOptions, optional

    Raises
    ------
    DataError, StoreError, UsageError
        If there are no such codes, or they and their labels do not belong together.
    """
    options = options or SourceOptions()
    found = _record(source)
    if found is None:
        return _of_files(source, options)
    if options.labels is not None or options.queries is not None or options.form != PLAIN:
        raise UsageError(
            f"{source}: a record brings codes, labels and queries; leave the options of files out"
        )
    return of_record(*found, options)


def of_record(store: Store, record: Record, options: SourceOptions) -> Collection:
    """Return the database codes of a record, with its queries.

    Raises
    ------
    DataError
        If its data set is not there, or has changed.
    """
    query, codes = store.codes(record)
    name = f"{record.method.label}, {record.bits} bits, seed {record.seed}, {record.dataset.name}"
    plain = Collection(
        Database([MemoryShard(codes, no_labels(len(codes)))], labelled=False),
        queries=query,
        name=name,
        progress=options.progress,
    )
    if options.codes_only:
        return plain
    try:
        data = options.places.open(options.dataset or dataset_of(store, record))
    except HashbenchError as error:
        raise DataError(f"{error}; --codes-only leaves ids and labels out") from error
    if data.sha256 != record.dataset.sha256:
        raise DataError(
            f"data set {data.name} is not the one of record {record.key[:16]}: its content differs"
            "; --codes-only leaves ids and labels out"
        )
    ids, videos = data.database.ids(), data.database
    shard = MemoryShard(codes, videos.labels if videos.has_labels else no_labels(len(codes)))
    database = Database([shard], labelled=videos.has_labels, ids=ids)
    return replace(plain, database=database, has_ids=bool(ids), card=data.card)


def records_of(source: str | Path) -> tuple[Store, list[Record]] | None:
    """Return store and complete records where ``source`` is a run directory, else None.

    Raises
    ------
    UsageError
        If it holds no complete record.
    """
    path = Path(source)
    if not (path / "records").is_dir():
        return None
    store = Store(path)
    found = [record for record in store.records() if record.ok]
    if not found:
        raise UsageError(f"{source}: this run directory holds no complete record")
    return store, found


def _record(source: str | Path) -> tuple[Store, Record] | None:
    path = Path(source)
    if path.exists() and path.suffix != ".json":
        return None
    return find_record(source)


def _of_files(source: str | Path, options: SourceOptions) -> Collection:
    database = open_files(source, options.labels, None, options.form)
    queries = None if options.queries is None else _queries(options.queries, options.form)
    if queries is not None and queries.n_bits != database.shards[0].n_bits:
        raise UsageError(
            f"{options.queries} has {queries.n_bits} bits, {source} "
            f"{database.shards[0].n_bits}; queries and database must be of one width"
        )
    return Collection(
        database,
        has_ids=_have_ids(database.files),
        queries=queries,
        name=str(source),
        progress=options.progress,
    )


def _queries(path: Path, form: CodeForm) -> BinaryCodes:
    shards = open_files(path, None, None, form).shards
    return BinaryCodes.concatenate([shard.read_codes(0, len(shard)) for shard in shards])


def _have_ids(files: Sequence[str]) -> bool:
    """Say whether any of our files of codes names its videos, without reading its codes."""
    return any(path.endswith(".npz") and "ids" in npz_names(path) for path in files)
