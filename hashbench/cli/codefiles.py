"""Codes and labels that ``hashbench evaluate`` measures, in memory or in shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.cli.arrays import as_labels, ids_of, read_codes, read_labels
from hashbench.errors import DataError, UsageError
from hashbench.files.patterns import files_of, is_several
from hashbench.labels import Labels, holds_ids
from hashbench.ranking.file_shards import FileShard, open_shards
from hashbench.ranking.shards import MemoryShard, Shard

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes

_BLOCK_ROWS = 4096  # Some megabytes, even where classes are counted in thousands.


class CodeFiles(NamedTuple):
    """Where codes and their labels lie: files, folders or patterns."""

    codes: Path
    labels: Path

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
        width, other = opened.query[0].n_bits, opened.shards[0].n_bits
        if width != other:
            raise UsageError(
                f"{query.codes} has {width} bits, {database.codes} {other}; "
                "queries and database must be of one width"
            )
    return opened


def _in_memory(database: CodeFiles, query: CodeFiles | None) -> Opened:
    codes = read_codes(database.codes)
    arrays = {database.labels: read_labels(database.labels, len(codes))}
    if query is None:
        return Opened([MemoryShard(codes, *as_labels(arrays))], None)
    asked = read_codes(query.codes)
    arrays[query.labels] = read_labels(query.labels, len(asked))
    labels = as_labels(arrays)  # One value where both are one file.
    return Opened([MemoryShard(codes, labels[0])], (asked, labels[-1]))


def _in_shards(database: CodeFiles, query: CodeFiles | None) -> Opened:
    files, labels = _files(database.codes, ".npz"), _files(database.labels, ".npy")
    if query is None:
        return Opened(open_shards(files, labels), None)
    codes = read_codes(query.codes)
    values = read_labels(query.labels, len(codes))
    shards = _opened_with(files, labels, query.labels, values)
    return Opened(shards, (codes, _numbered(query.labels, values, shards[0])))


def _files(path: Path, suffix: str) -> list[Path]:
    return [file.absolute() for file in files_of(path, suffix)]


def _opened_with(
    files: list[Path], labels: list[Path], path: Path, values: NDArray[Any]
) -> list[FileShard]:
    """Open a database whose classes are counted together with those of its queries."""
    if not holds_ids(values):
        return open_shards(files, labels, n_classes=values.shape[1])
    ids = ids_of(path, values)
    most = int(ids.max(initial=-1)) + 1
    return open_shards(files, labels, n_classes=max(most, 1), query_ids=ids)


def _numbered(path: Path, values: NDArray[Any], shard: FileShard) -> Labels:
    """Return the labels of the queries, by the classes of the database."""
    try:
        return Labels.from_array(values, shard.n_classes, shard.class_ids)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
