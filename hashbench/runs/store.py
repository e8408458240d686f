"""A run directory: records, codes, per-query values, models, checkpoints, manifests."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import DataError, StoreError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing, sweep, write_json
from hashbench.files.inside import inside
from hashbench.files.locks import lock
from hashbench.files.schema import MisfitError
from hashbench.runs.packed import file_name, in_order, packed_path, read_packed, write_packed
from hashbench.runs.record import Record
from hashbench.runs.record_schema import check_readable, check_record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.codes import BinaryCodes

_KEY_IN_NAME = 16


class Store:
    """The files under one run directory; nothing is read or made until asked for.

    Every file is written whole or not at all, and a record comes last: where there is one, its
    codes and per-query values were there too; :meth:`lacks` says what has gone since. Processes on
    one file system may share a store.

    Parameters
    ----------
    path : Path or str
        The run directory, as in ``--out``.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def prepare(self) -> None:
        """Make the folder, and see that it can be written to.

        Raises
        ------
        StoreError
            If it cannot.
        """
        probe = self.path / "records" / "writable"
        with self.lock("writable"):
            sweep(probe)  # of whom a kill met just here
            with replacing(probe) as temporary:
                temporary.write_text("probe")
            probe.unlink(missing_ok=True)

    def records(self) -> list[Record]:
        """Return all records, ordered by data set, method, bits and seed.

        Raises
        ------
        StoreError
            If there is no such folder, or a record is damaged, of a newer schema, or there twice.
        """
        if not self.path.is_dir():
            raise StoreError(f"{self.path}: no such run directory")
        found = {record.key: record for record in read_packed(self.path)}
        for path in self._record_files("*"):
            record = Record.read(path)
            # A kill while records were being packed leaves one in both places.
            if found.setdefault(record.key, record) != record:
                raise StoreError(
                    f"{path}: record {record.key[:_KEY_IN_NAME]} is packed too, with other content"
                )
        return sorted(found.values(), key=in_order)

    def get(self, key: str) -> Record | None:
        """Return the record of a key, or None."""
        return self.get_all([key]).get(key)

    def get_all(self, keys: Collection[str]) -> dict[str, Record]:
        """Return the records of those keys that have one, the folder looked through once."""
        wanted = {key[:_KEY_IN_NAME] for key in keys}
        files = self._record_files("*") if wanted else []
        found = [Record.read(p) for p in files if p.stem.rpartition("-")[2] in wanted]
        packed = read_packed(self.path) if wanted else []
        by_key = {record.key: record for record in [*packed, *found]}
        return {key: by_key[key] for key in keys if key in by_key}

    def find(self, prefix: str) -> Record:
        """Return the record whose key starts with ``prefix``.

        Raises
        ------
        StoreError
            If none does, or more than one.
        """
        found = [record for record in self.records() if record.key.startswith(prefix)]
        if len(found) != 1:
            raise StoreError(f"{self.path}: {len(found)} records have a key {prefix!r}...; 1 must")
        return found[0]

    def write(self, record: Record) -> Path:
        """Write a record in the place of an older one of its key, and return its file.

        Raises
        ------
        DataError
            If it could not be read back; nothing is written then.
        StoreError
            If it cannot be written.
        """
        try:
            check_readable(check_record, record.to_json())
        except MisfitError as error:
            raise DataError(f"record {record.key[:_KEY_IN_NAME]}: {error}") from None
        packed = packed_path(self.path, record)
        if packed.exists() and record.key in {one.key for one in read_packed(self.path)}:
            write_packed(self.path, [record])
            return packed
        path = self.record_path(record)
        write_json(path, record.to_json())
        return path

    def pack(self, records: Collection[Record] = ()) -> None:
        """Write records packed, and pack those that have a file each; their files go.

        Parameters
        ----------
        records : collection of Record
            To be kept in the places of those of their keys.
        """
        keys = {record.key for record in records}
        files = self._record_files("*")
        loose = [record for record in map(Record.read, files) if record.key not in keys]
        write_packed(self.path, [*loose, *records])
        for path in files:
            path.unlink()
        for folder in {path.parent for path in files}:
            if not any(folder.iterdir()):
                folder.rmdir()

    def record_path(self, record: Record) -> Path:
        """Return the file of a record, written or not."""
        name = f"{record.method.name}-{record.bits}-s{record.seed}-{record.key[:_KEY_IN_NAME]}"
        return self.path / "records" / file_name(record.dataset.name) / f"{file_name(name)}.json"

    def codes_path(self, key: str) -> Path:
        """Return the file of a key's codes, written or not."""
        return self.path / "codes" / f"{key}.npz"

    def per_query_path(self, key: str) -> Path:
        """Return the file of a key's per-query values, written or not."""
        return self.path / "per_query" / f"{key}.npz"

    def labels_path(self, sha256: str) -> Path:
        """Return the file of labels of a set whose features are not at hand, written or not."""
        return self.path / "labels" / f"{sha256}.npz"

    def model_path(self, model_key: str) -> Path:
        """Return the folder of a fitted method, written or not."""
        return self.path / "models" / model_key

    def checkpoints_path(self, model_key: str) -> Path:
        """Return the folder for the state of an unfinished training."""
        return self.path / "checkpoints" / model_key

    def manifest_path(self, name: str) -> Path:
        """Return the file of a command's manifest."""
        return self.path / "manifests" / f"{name}.json"

    def relative(self, path: Path) -> str:
        """Return ``path`` as records hold it: inside the store, with forward slashes."""
        return path.relative_to(self.path).as_posix()

    def file(self, record: Record, kind: str) -> Path:
        """Return the path of a record's ``"codes"``, ``"per_query"``, ``"model"`` or ``"labels"``.

        Raises
        ------
        StoreError
            If the record has none, the file has gone, or it lies outside the run directory.
        """
        named = record.files.get(kind)
        path = inside(self.path, named) if named else None
        if named and path is None:
            raise StoreError(
                f"{self.path}: record {record.key[:_KEY_IN_NAME]} names {kind} {named!r}, "
                "which lies outside the run directory"
            )
        if path is None or not path.exists():
            raise StoreError(
                f"{self.path}: record {record.key[:_KEY_IN_NAME]} has no {kind}"
                + (f" ({named} has gone)" if named else "")
            )
        return path

    def lacks(self, record: Record) -> list[str]:
        """Return which files of a record have gone or are cut: ``"codes"``, ``"per_query"``.

        The end of each is looked at, where an archive lists what it holds. What lies before is
        checked when it is read.
        """
        kinds = [kind for kind in ("codes", "per_query") if record.files.get(kind)]
        return [kind for kind in kinds if not self._is_whole(record, kind)]

    def _is_whole(self, record: Record, kind: str) -> bool:
        try:
            with zipfile.ZipFile(self.file(record, kind)) as archive:
                return bool(archive.namelist())
        except (StoreError, OSError, zipfile.BadZipFile):
            return False

    def write_codes(self, key: str, query: BinaryCodes, database: BinaryCodes) -> Path:
        """Write the codes of one cell: ``query`` and ``database`` packed, and ``n_bits``."""
        import numpy as np

        path = self.codes_path(key)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                query=query.packed,
                database=database.packed,
                n_bits=np.int64(query.n_bits),
            )
        return path

    def codes(self, record: Record) -> tuple[BinaryCodes, BinaryCodes]:
        """Return a record's query and database codes.

        Raises
        ------
        StoreError
            If the record has none.
        DataError
            If the file is damaged or holds other codes than the record names.
        """
        from hashbench.codes import BinaryCodes, whole_bits

        path = self.file(record, "codes")
        arrays = read_npz(path)
        try:
            n_bits = whole_bits(arrays["n_bits"])
            database = BinaryCodes(arrays["database"], n_bits)
            # Boards keep equal ones once.
            query = BinaryCodes(arrays["query"], n_bits) if "query" in arrays else database
        except KeyError as error:
            raise DataError(f"{path}: no array {error}") from None
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"{path}: not the codes of a record ({error})") from error
        if {"query": query.sha256, "database": database.sha256} != record.codes_sha256:
            raise DataError(f"{path}: not the codes of record {record.key[:_KEY_IN_NAME]}")
        check_codes(path, record, query, database)
        return query, database

    def per_query(self, record: Record) -> dict[str, NDArray[np.float64]]:
        """Return per-query values by the name of their measure, each (n_query,)."""
        from hashbench.ranking import Evaluation

        return dict(Evaluation.load(self.file(record, "per_query")).per_query)

    def lock(self, name: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold the lock of a key; see :func:`hashbench.files.locks.lock`."""
        return lock(self.path / "locks" / f"{name}.lock", wait=wait)

    def sweep(self, key: str) -> None:
        """Remove what a killed process left half-written under ``key``; hold its lock."""
        for folder in ("codes", "per_query", "records/*"):
            for path in self.path.glob(f"{folder}/.*{key[:_KEY_IN_NAME]}*.partial*"):
                path.unlink(missing_ok=True)

    def sweep_model(self, model_key: str) -> None:
        """Remove what a killed process left half-written of a model; hold the model's lock."""
        for path in self.model_path(model_key).glob(".*.partial*"):
            path.unlink(missing_ok=True)

    def _record_files(self, stem: str) -> list[Path]:
        files = self.path.glob(f"records/*/{stem}.json")
        return sorted(path for path in files if not path.name.startswith("."))


def check_codes(path: Path, record: Record, query: BinaryCodes, database: BinaryCodes) -> None:
    """Refuse codes of another length or number than their record says.

    Raises
    ------
    DataError
        If they are.
    """
    found = (query.n_bits, len(query), len(database))
    said = (record.bits, record.dataset.n_query, record.dataset.n_database)
    if found != said:
        raise DataError(
            f"{path}: codes of {found[0]} bits for {found[1]} queries and {found[2]} videos, where "
            f"record {record.key[:_KEY_IN_NAME]} says {said[0]}, {said[1]} and {said[2]}"
        )
