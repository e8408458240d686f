"""Shards in files: codes and labels in several files, read block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes, whole_bits
from hashbench.errors import DataError
from hashbench.files.rowfile import RowFile, open_npy, open_npz
from hashbench.labels import Labels, numbering, whole_ids
from hashbench.ranking.engine import HammingEngine, prepare
from hashbench.ranking.shards import no_labels

_BLOCK_BYTES = 48 << 20


@dataclass(frozen=True, slots=True)
class FileShard:
    """Consecutive items of a database that lie in a file.

    Parameters
    ----------
    codes : RowFile
        Packed rows, or one value a bit.
    packed : bool
        Which of the two.
    n_bits : int
        Code length L.
    labels : RowFile, optional
        Class ids (n,) or (n, 1), or multi-hot rows (n, C); none where nothing but codes is known.
    label_start : int
        Row of the first item in the labels' file.
    n_classes : int
        Classes of the whole database and its queries.
    start : int
        Position of the first item in the whole database.
    class_ids : ndarray of int64, optional
        As of :class:`hashbench.Labels`, of the whole database and its queries.
    """

    codes: RowFile
    packed: bool
    n_bits: int
    labels: RowFile | None
    label_start: int
    n_classes: int
    start: int
    class_ids: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def name(self) -> str:
        """The file of codes."""
        return str(self.codes.path)

    @property
    def block_rows(self) -> int:
        """Items that are in memory at a time."""
        words = -(-self.n_bits // 64) * 8
        width = self.n_bits if not self.packed else 0
        return max(4096, _BLOCK_BYTES // (3 * words + width + self.n_classes + 8))

    def engines(
        self, engine: str, threads: int | None, *, labelled: bool
    ) -> Iterator[tuple[int, HammingEngine]]:
        """Yield position in the database and engine of one block after the other.

        Raises
        ------
        DataError
            If the files hold values that are neither codes nor labels.
        """
        for start in range(0, len(self), self.block_rows):
            stop = min(start + self.block_rows, len(self))
            codes = self.read_codes(start, stop)
            labels = self.labels_of(slice(start, stop)) if labelled else no_labels(len(codes))
            yield self.start + start, prepare(codes, labels, engine=engine, threads=threads)

    def read(self, start: int, stop: int) -> tuple[BinaryCodes, Labels]:
        """Return codes and labels of the shard's items ``start`` to ``stop``.

        Raises
        ------
        DataError
            If the files hold values that are neither codes nor labels.
        """
        return self.read_codes(start, stop), self.labels_of(slice(start, stop))

    def read_codes(self, start: int, stop: int) -> BinaryCodes:
        """Return codes of the shard's items ``start`` to ``stop``.

        Raises
        ------
        DataError
            If the file holds values that are no codes.
        """
        rows = self.codes.read(start, stop)
        try:
            return BinaryCodes(rows, self.n_bits) if self.packed else BinaryCodes.from_bits(rows)
        except DataError as error:
            raise DataError(f"{self.codes.path}: {error}") from None

    def labels_of(self, rows: slice | NDArray[np.int64]) -> Labels:
        """Return labels of some of the shard's items.

        Raises
        ------
        DataError
            If there are none, or the file holds values that are no labels.
        """
        if self.labels is None:
            raise DataError(f"{self.codes.path}: no labels were given for these codes")
        if isinstance(rows, slice):
            values = self.labels.read(self.label_start + rows.start, self.label_start + rows.stop)
        else:
            values = self.labels.take(self.label_start + rows)
        try:
            return Labels.from_array(values, self.n_classes, self.class_ids)
        except DataError as error:
            raise DataError(f"{self.labels.path}: {error}") from None


def open_shards(
    codes: Sequence[Path],
    labels: Sequence[Path] = (),
    *,
    n_classes: int | None = None,
    query_ids: NDArray[np.int64] | None = None,
) -> list[FileShard]:
    """Look into the files of a database; no values are read but class ids.

    Parameters
    ----------
    codes : sequence of Path
        ``.npz`` of ours, or ``.npy`` of 0/1 or -1/+1, in database order.
    labels : sequence of Path
        ``.npy``: one for each file of codes, or one for all together; none for a search without.
    n_classes : int, optional
        At least as many classes, where the queries have more than the database shows.
    query_ids : ndarray of int64, optional
        Class ids of the queries, which are numbered together with the database's.

    Raises
    ------
    DataError
        If files are missing or damaged, or differ in width, number of rows or classes.
    """
    opened = [_open_codes(path) for path in codes]
    for path, (_, _, n_bits) in zip(codes, opened, strict=True):
        if n_bits != opened[0][2]:
            raise DataError(
                f"{path}: codes of {n_bits} bits, but {codes[0]} has {opened[0][2]}; "
                "shards must be of one width"
            )
    parts: Sequence[tuple[RowFile | None, int]] = [(None, 0)] * len(codes)
    classes, class_ids = n_classes or 1, None
    if labels:
        found = _label_rows(codes, [len(rows) for rows, _, _ in opened], labels)
        classes, class_ids = _classes([rows for rows, _ in found], n_classes, query_ids)
        parts = found
    shards, start = [], 0
    for (rows, packed, n_bits), (label_rows, label_start) in zip(opened, parts, strict=True):
        shards.append(
            FileShard(rows, packed, n_bits, label_rows, label_start, classes, start, class_ids)
        )
        start += len(rows)
    return shards


def _open_codes(path: Path) -> tuple[RowFile, bool, int]:
    if path.suffix == ".npz":
        rows = open_npz(path, "packed")
        n_bits = _n_bits(path)
        if rows.dtype != "|u1" or len(rows.shape) != 2 or rows.shape[1] != -(-n_bits // 8):
            raise DataError(f"{path}: packed codes are {rows.dtype} {rows.shape} for {n_bits} bits")
        packed = True
    elif path.suffix == ".npy":
        rows, packed = open_npy(path), False
        if len(rows.shape) != 2:
            raise DataError(f"{path}: codes have shape {rows.shape}; (n, bits) is needed")
        n_bits = rows.shape[1]
    else:
        raise DataError(f"{path}: codes are read from .npy or .npz, not {path.suffix or 'this'}")
    if len(rows) == 0:
        raise DataError(f"{path}: holds no codes")
    return rows, packed, n_bits


def _n_bits(path: Path) -> int:
    found = open_npz(path, "n_bits").read_scalar()
    try:
        return whole_bits(found)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _label_rows(
    codes: Sequence[Path], sizes: Sequence[int], labels: Sequence[Path]
) -> list[tuple[RowFile, int]]:
    opened = []
    for path in labels:
        if path.suffix != ".npy":
            raise DataError(f"{path}: labels of shards are read from .npy")
        opened.append(open_npy(path))
    if len(opened) == 1 and len(codes) > 1:
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        _check_rows(labels[0], opened[0], sum(sizes))
        return [(opened[0], int(start)) for start in starts]
    if len(opened) != len(codes):
        raise DataError(
            f"{len(codes)} files of codes but {len(opened)} of labels; "
            "one for each, or one for all, is needed"
        )
    for path, rows, size in zip(labels, opened, sizes, strict=True):
        _check_rows(path, rows, size)
    return [(rows, 0) for rows in opened]


def _check_rows(path: Path, rows: RowFile, wanted: int) -> None:
    if len(rows.shape) not in (1, 2) or len(rows) != wanted:
        raise DataError(
            f"{path}: labels have shape {rows.shape}; ({wanted},) class ids or "
            f"({wanted}, classes) multi-hot are needed, one row a code"
        )


def _classes(
    labels: Sequence[RowFile], at_least: int | None, query_ids: NDArray[np.int64] | None
) -> tuple[int, NDArray[np.int64] | None]:
    """Return the number of classes, and which they are where ids are large; ids are read once."""
    unique = {rows.path: rows for rows in labels}
    widths = {p: r.shape[1] for p, r in unique.items() if len(r.shape) == 2 and r.shape[1] > 1}
    if len(set(widths.values())) > 1 or (widths and len(widths) < len(unique)):
        listed = ", ".join(f"{path} {rows.shape}" for path, rows in list(unique.items())[:4])
        raise DataError(f"labels of shards must be of one label set: {listed}")
    if widths:
        return next(iter(widths.values())), None
    most = at_least or 1
    class_ids = None if query_ids is None else np.unique(query_ids)
    for block in (block for rows in unique.values() for block in _id_blocks(rows)):
        most = max(most, int(block.max(initial=-1)) + 1)
        class_ids = block if class_ids is None else np.union1d(class_ids, block)
    numbered = numbering([] if class_ids is None else [class_ids])
    return (most, None) if numbered is None else (len(numbered), numbered)


def _id_blocks(rows: RowFile) -> Iterator[NDArray[np.int64]]:
    """Yield the ids of a file, each block's once."""
    for start in range(0, len(rows), 1 << 20):
        try:
            yield np.unique(whole_ids(rows.read(start, start + (1 << 20))))
        except DataError as error:
            raise DataError(f"{rows.path}: {error}") from None
