"""Codes and labels that ``hashbench evaluate`` measures, in memory or in shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.codefiles import PLAIN, CodeForm, read_codes
from hashbench.errors import DataError, UsageError
from hashbench.files.patterns import files_of, is_several
from hashbench.files.rowfile import HeldArray
from hashbench.labelfiles import are_huge, as_labels, ids_of, numbered, read_labels
from hashbench.labels import Labels, holds_ids
from hashbench.ranking.file_shards import FileShard, holds_names, open_shards
from hashbench.ranking.shards import MemoryShard, Shard

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes

_BLOCK_ROWS = 4096  # Some megabytes, even where classes are counted in thousands.


class CodeFiles(NamedTuple):
    """Where codes and their labels lie, files, folders or patterns, and in which form."""

    codes: Path
    labels: Path
    form: CodeForm = PLAIN
    labels_key: str | None = None

    @property
    def several(self) -> bool:
        """Whether codes or labels lie in several files."""
        return is_several(self.codes) or is_several(self.labels)


@dataclass(frozen=True)
class Opened:
    """A database and its queries, ready to be ranked.

    Parameters
    ----------
    shards : sequence of Shard
        The database; one shard where it is in memory.
    query : (BinaryCodes, Labels), optional
        None where each item of the database is a query.
    """

    shards: Sequence[Shard]
    query: tuple[BinaryCodes, Labels] | None

    def is_one_set(self) -> bool:
        """Say whether the queries are the database, reading no further than they differ."""
        if self.query is None:
            return True
        codes, labels = self.query
        if sum(map(len, self.shards)) != len(codes):
            return False
        for shard, start, stop in self._blocks():
            theirs, their_labels = shard.read(start, stop)
            rows = slice(shard.start + start, shard.start + stop)
            if theirs != codes[rows]:
                return False
            if not np.array_equal(their_labels.multi_hot, labels.multi_hot[rows]):
                return False
        return True

    def members(self) -> NDArray[np.int64]:
        """Return the number of items of each class of the database, shape (C,)."""
        counts = np.zeros(self.shards[0].n_classes, dtype=np.int64)
        for shard, start, stop in self._blocks():
            counts += shard.labels_of(slice(start, stop)).multi_hot.sum(axis=0)
        return counts

    def _blocks(self) -> Iterator[tuple[Shard, int, int]]:
        for shard in self.shards:
            for start in range(0, len(shard), _BLOCK_ROWS):
                yield shard, start, min(start + _BLOCK_ROWS, len(shard))


def open_codes(database: CodeFiles, query: CodeFiles | None, *, in_shards: bool) -> Opened:
    """Open a database and its queries.

    Parameters
    ----------
    database, query : CodeFiles
        Without queries each item of the database is one.
    in_shards : bool
        Whether the database is read block by block, rather than into memory.

    Raises
    ------
    DataError
        If files are missing or damaged, or hold neither codes nor labels.
    UsageError
        If queries and database are of different widths.
    """
    opened = _in_shards(database, query) if in_shards else _in_memory(database, query)
    if query is not None and opened.query is not None:
        shard, width = opened.shards[0], opened.query[0].length
        other = shard.n_bits // shard.scale
        if width != other:
            raise UsageError(
                f"{query.codes} has {width} bits, {database.codes} {other}; "
                "queries and database must be of one width"
            )
    return opened


def _in_memory(database: CodeFiles, query: CodeFiles | None) -> Opened:
    codes = read_codes(database.codes, database.form)
    arrays = {_place(database): _labels(database, len(codes))}
    if query is None:
        return Opened([MemoryShard(codes, *as_labels(arrays))], None)
    asked = read_codes(query.codes, query.form)
    arrays[_place(query)] = _labels(query, len(asked))
    labels = as_labels(arrays)  # One value where both are one array.
    return Opened([MemoryShard(codes, labels[0])], (asked, labels[-1]))


def _labels(files: CodeFiles, n: int | None) -> NDArray[Any]:
    return read_labels(files.labels, files.labels_key, n, names=True)


def _place(files: CodeFiles) -> Path:
    """Return the file of labels, with the array where its name is given, for messages."""
    key = files.labels_key
    return files.labels if key is None else files.labels.with_name(f"{files.labels.name}: {key}")


def _in_shards(database: CodeFiles, query: CodeFiles | None) -> Opened:
    files, labels = _files(database.codes, ".npz"), _files(database.labels, ".npy")
    how: dict[str, Any] = {"form": database.form, "labels_key": database.labels_key}
    if query is None:
        return Opened(open_shards(files, labels, **how), None)
    codes = read_codes(query.codes, query.form)
    values, held = _labels(query, len(codes)), list[Path | HeldArray](labels)
    npy = [path for path in labels if path.suffix == ".npy"]
    if values.dtype.kind == "U" or are_huge(values) or any(map(holds_names, npy)):
        # A name has one number throughout, so that all labels are read before any is numbered.
        given = {path: read_labels(path, database.labels_key, names=True) for path in labels}
        found, names = numbered({**given, _place(query): values})
        values = found[_place(query)]
        held = [HeldArray(path, found[path], names) for path in labels]
    shards = _opened_with(files, held, query.labels, values, how)
    if shards[0].class_names and not isinstance(held[0], HeldArray):
        raise DataError(
            f"{labels[0]} has names of classes, but {query.labels} numbers; one is needed"
        )
    return Opened(shards, (codes, _numbered(query.labels, values, shards[0])))


def _files(path: Path, suffix: str) -> list[Path]:
    return [file.absolute() for file in files_of(path, suffix)]


def _opened_with(
    files: list[Path],
    labels: list[Path | HeldArray],
    path: Path,
    values: NDArray[Any],
    how: dict[str, Any],
) -> list[FileShard]:
    """Open a database whose classes are counted together with those of its queries."""
    if not holds_ids(values):
        return open_shards(files, labels, n_classes=values.shape[1], **how)
    ids = ids_of(path, values)
    most = int(ids.max(initial=-1)) + 1
    return open_shards(files, labels, n_classes=max(most, 1), query_ids=ids, **how)


def _numbered(path: Path, values: NDArray[Any], shard: FileShard) -> Labels:
    """Return the labels of the queries, by the classes of the database."""
    try:
        return Labels.from_array(values, shard.n_classes, shard.class_ids)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
