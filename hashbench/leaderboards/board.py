"""The files of one leaderboard, enough to recompute every number on it.

::

    leaderboards/digit-stories.md              what people read
    leaderboards/digit-stories/records/...     records, a line each in one file a method
    leaderboards/digit-stories/codes/KEY.npz   their codes
    leaderboards/digit-stories/labels.npz      labels of queries and database
    leaderboards/digit-stories/features.npz    AP@20 of the uncompressed features, a query each
    leaderboards/digit-stories/submitters.json who measured which record, and when it came in
    leaderboards/digit-stories/repetitions...  see hashbench.leaderboards.repetitions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import DataError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing, sweep_folder, write_json
from hashbench.files.documents import read_json
from hashbench.files.inside import is_plain
from hashbench.files.schema import Check, day, digest, either, mapping, table, text
from hashbench.leaderboards.kept import kept
from hashbench.reports.reported import reported_datasets
from hashbench.runs import Record, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels

K = 20
"""The cut-off that boards rank by."""

_SUBMITTERS = mapping(digest, either(text(), table({"by": text()}, {"on": day})))


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard.

    Parameters
    ----------
    root : Path
        The folder that all boards lie in.
    dataset : str
        Name of the data set, in lower case.
    home : Path, optional
        Where ``root`` will be at last, for one that is written elsewhere first.

    Raises
    ------
    DataError
        If the name could lead out of ``root``.
    """

    root: Path
    dataset: str
    home: Path | None = None

    def __post_init__(self) -> None:
        if not is_plain(self.dataset):
            raise DataError(f"{self.dataset!r} is no name of a board; a plain name is needed")

    @property
    def docs(self) -> Path:
        """The folder of the documentation that pages link to, beside that of all boards."""
        return (self.home or self.root).resolve().parent / "docs"

    @property
    def page(self) -> Path:
        """The rendered markdown."""
        return self.root / f"{self.dataset}.md"

    @property
    def folder(self) -> Path:
        """The folder of records, codes and labels."""
        return self.root / self.dataset

    def records(self) -> list[Record]:
        """Return the board's records; none where only reported numbers stand on it.

        Raises
        ------
        StoreError
            If one is damaged or of a newer schema.
        """
        return Store(self.folder).records() if self.folder.is_dir() else []

    def size(self) -> int:
        """Return how many records there are about, by the files of their codes."""
        return sum(1 for _ in self.folder.glob("codes/*.npz"))

    def submitters(self) -> dict[str, str]:
        """Return who measured a record, by its key."""
        return {key: told["by"] for key, told in self._submissions().items()}

    def dates(self) -> dict[str, str]:
        """Return the day on which a record was submitted, by its key, where it is known."""
        return {key: told["on"] for key, told in self._submissions().items() if "on" in told}

    def read(self, name: str, check: Check, what: str) -> Any:
        """Return a JSON document beside the records, None where there is none.

        Parameters
        ----------
        name : str
            Of the file.
        check : callable
            Of :mod:`hashbench.files.schema`.
        what : str
            What the document is to be, for messages.

        Raises
        ------
        DataError
            If the file cannot be read, or is no such document.
        """
        path = self.folder / name
        if not path.exists():
            return None
        try:
            found = read_json(path)
            check(found, "")
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: not {what} ({error})") from error
        return found

    def _submissions(self) -> dict[str, dict[str, str]]:
        path = self.folder / "submitters.json"
        found = self.read(path.name, _SUBMITTERS, "a table of submitters") or {}
        # A bare name, as boards had before they told the day.
        told = {k: {"by": v} if isinstance(v, str) else dict(v) for k, v in found.items()}
        for key, one in told.items():
            if not one["by"].strip():
                raise DataError(f"{path}: record {key[:12]} names nobody")
        return told

    def codes(self, record: Record) -> tuple[BinaryCodes, BinaryCodes]:
        """Return the query and the database codes of a record.

        Raises
        ------
        DataError
            If they are missing, damaged, or other codes than the record names.
        """
        from hashbench.codes import BinaryCodes, whole_bits

        path = self._codes_path(record.key)
        arrays = read_npz(path)
        try:
            n_bits = whole_bits(arrays["n_bits"])
            database = BinaryCodes(arrays["database"], n_bits)
            query = BinaryCodes(arrays["query"], n_bits) if "query" in arrays else database
        except KeyError as error:
            raise DataError(f"{path}: no array {error}") from None
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"{path}: not codes of a board ({error})") from error
        if {"query": query.sha256, "database": database.sha256} != record.codes_sha256:
            raise DataError(f"{path}: sha256 differs from that in record {record.key[:12]}")
        return query, database

    def labels(self) -> tuple[Labels, Labels]:
        """Return the labels of the queries and of the database.

        Raises
        ------
        DataError
            If the file is missing or damaged.
        """
        from hashbench.runs.labelled import load_labels

        return load_labels(self.folder / "labels.npz")

    def features(self) -> dict[str, NDArray[np.float64]]:
        """Return AP@20 of each query for each way to rank uncompressed features."""
        import numpy as np

        path = self.folder / "features.npz"
        found = dict(read_npz(path)) if path.exists() else {}
        for name, values in found.items():
            fits = values.ndim == 1 and values.dtype == np.float64 and len(values)
            if not fits or not is_plain(name) or not ((values >= 0) & (values <= 1)).all():
                raise DataError(f"{path}: {name[:40]!r} is no AP@20 of each query, from 0 to 1")
        return found

    def write(self, entries: Iterable[tuple[Record, tuple[BinaryCodes, BinaryCodes]]]) -> None:
        """Keep records with their query and database codes; where these are equal, once."""
        import numpy as np

        records = []
        for record, (query, database) in entries:
            arrays = {"database": database.packed, "n_bits": np.int64(database.n_bits)}
            if query.sha256 != database.sha256:
                arrays["query"] = query.packed
            _write(self._codes_path(record.key), arrays)
            records.append(record)
        Store(self.folder).pack(records)

    def pack(self) -> None:
        """Pack records of earlier releases: with a file each, or with more than boards keep.

        What a killed process left half-written of any file goes: hold the board.
        """
        for folder in (self.folder, self.folder / "repetitions"):
            if folder.is_dir():
                sweep_folder(folder)
                sweep_folder(folder / "records")
                store = Store(folder)
                fuller = [one for one in store.records() if kept(one) != one]
                store.pack([kept(one) for one in fuller])

    def write_labels(self, query: Labels, database: Labels) -> None:
        """Keep the labels that codes are judged by."""
        from hashbench.runs.labelled import labels_arrays

        _write(self.folder / "labels.npz", labels_arrays(query, database))

    def write_features(self, values: Mapping[str, NDArray[np.float64]]) -> None:
        """Keep what the uncompressed features score."""
        _write(self.folder / "features.npz", values)

    def add_submitters(self, keys: Iterable[str], by: str, on: str) -> None:
        """Keep who submitted the records of ``keys``, and the day, as ``YYYY-MM-DD``."""
        added = {key: {"by": by, "on": on} for key in keys}
        write_json(self.folder / "submitters.json", self._submissions() | added)

    def _codes_path(self, key: str) -> Path:
        return self.folder / "codes" / f"{key}.npz"


def boards(root: Path, names: tuple[str, ...] = ()) -> list[Board]:
    """Return the boards of a folder: those with records, and those with reported numbers.

    Raises
    ------
    UsageError
        If a name is not one of them.
    """
    from hashbench.names import unknown

    folders = {path.parent.name for path in root.glob("*/records") if path.is_dir()}
    folders = {name for name in folders if is_plain(name)}
    known = sorted(folders | reported_datasets())
    for name in names:
        if name.casefold() not in known:
            raise unknown("leaderboard", name, known)
    wanted = [name.casefold() for name in names] or known
    return [Board(root, name) for name in known if name in wanted]


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    import numpy as np

    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
