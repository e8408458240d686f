"""Shards in files: codes and labels in several files, read block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.codefiles import PLAIN, CodeForm, CodeRows, open_codes
from hashbench.codes import BinaryCodes
from hashbench.errors import DataError
from hashbench.files.arrays import npy_layout
from hashbench.files.rowfile import HeldArray, RowFile, open_npy
from hashbench.labelfiles import are_huge, numbered, read_labels
from hashbench.labels import Labels, numbering, whole_ids
from hashbench.ranking.engine import HammingEngine, prepare
from hashbench.ranking.shards import no_labels

_BLOCK_BYTES = 48 << 20
_READ = 1 << 20
"""Labels that are read at a time."""

LabelRows = RowFile | HeldArray


@dataclass(frozen=True, slots=True)
class FileShard:
    """Consecutive items of a database that lie in a file.

    Parameters
    ----------
    codes : CodeRows
        The codes of the file.
    labels : RowFile or HeldArray, optional
        Class ids (n,) or (n, 1), or multi-hot rows (n, C); none where nothing but codes is known.
    label_start : int
        Row of the first item in the labels' file.
    n_classes : int
        Classes of the whole database and its queries.
    start : int
        Position of the first item in the whole database.
    class_ids : ndarray of int64, optional
        As of :class:`hashbench.Labels`, of the whole database and its queries.
    class_names : tuple of str
        As of :class:`hashbench.Labels`.
    """

    codes: CodeRows
    labels: LabelRows | None
    label_start: int
    n_classes: int
    start: int
    class_ids: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def name(self) -> str:
        """The file of codes."""
        return str(self.codes.path)

    @property
    def n_bits(self) -> int:
        """Bits of a code as :class:`hashbench.BinaryCodes` counts them."""
        return self.codes.n_bits

    @property
    def scale(self) -> int:
        """Bits that stand for one of the code."""
        return self.codes.scale

    @property
    def block_rows(self) -> int:
        """Items that are in memory at a time."""
        words = -(-self.n_bits // 64) * 8
        return max(4096, _BLOCK_BYTES // (3 * words + self.codes.row_bytes + self.n_classes + 8))

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
        return self.codes.read(start, stop)

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
            labels = Labels.from_array(values, self.n_classes, self.class_ids)
        except DataError as error:
            raise DataError(f"{self.labels.path}: {error}") from None
        return replace(labels, class_names=self.class_names) if self.class_names else labels


def open_shards(
    codes: Sequence[Path],
    labels: Sequence[Path | HeldArray] = (),
    *,
    n_classes: int | None = None,
    query_ids: NDArray[np.int64] | None = None,
    form: CodeForm = PLAIN,
    labels_key: str | None = None,
) -> list[FileShard]:
    """Look into the files of a database; of ``.npy`` and of our ``.npz`` only class ids are read.

    Parameters
    ----------
    codes : sequence of Path
        In database order; see :func:`hashbench.codefiles.read_codes`.
    labels : sequence of Path or HeldArray
        See :func:`hashbench.labelfiles.read_labels`, or what it returned: one for each file of
        codes, or one for all together; none for a search without.
    n_classes : int, optional
        At least as many classes, where the queries have more than the database shows.
    query_ids : ndarray of int64, optional
        Class ids of the queries, which are numbered together with the database's.
    form : CodeForm
        How the codes are written.
    labels_key : str, optional
        Name of the array of labels in each file.

    Raises
    ------
    DataError
        If files are missing or damaged, or differ in width, number of rows or classes.
    """
    opened = [open_codes(path, form) for path in codes]
    for path, rows in zip(codes, opened, strict=True):
        if rows.n_bits != opened[0].n_bits:
            raise DataError(
                f"{path}: codes of {rows.n_bits // rows.scale} bits, but {codes[0]} has "
                f"{opened[0].n_bits // opened[0].scale}; shards must be of one width"
            )
    parts: Sequence[tuple[LabelRows | None, int]] = [(None, 0)] * len(codes)
    classes, class_ids = n_classes or 1, None
    if labels:
        found = _label_rows(codes, [len(rows) for rows in opened], labels, labels_key)
        classes, class_ids = _classes([rows for rows, _ in found], n_classes, query_ids)
        parts = found
    shards, start = [], 0
    for rows, (label_rows, label_start) in zip(opened, parts, strict=True):
        names = label_rows.class_names if isinstance(label_rows, HeldArray) else ()
        shards.append(FileShard(rows, label_rows, label_start, classes, start, class_ids, names))
        start += len(rows)
    return shards


def _label_rows(
    codes: Sequence[Path], sizes: Sequence[int], labels: Sequence[Path | HeldArray], key: str | None
) -> list[tuple[LabelRows, int]]:
    wanted = [sum(sizes)] if len(labels) == 1 else sizes
    opened = _open_labels(labels, wanted, key)
    if len(opened) == 1 and len(codes) > 1:
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        _check_rows(opened[0], sum(sizes))
        return [(opened[0], int(start)) for start in starts]
    if len(opened) != len(codes):
        raise DataError(
            f"{len(codes)} files of codes but {len(opened)} of labels; "
            "one for each, or one for all, is needed"
        )
    for rows, size in zip(opened, sizes, strict=True):
        _check_rows(rows, size)
    return [(rows, 0) for rows in opened]


def _open_labels(
    given: Sequence[Path | HeldArray], sizes: Sequence[int], key: str | None
) -> list[LabelRows]:
    """Open files of labels; those of names, and those that do not lie in rows, are read whole."""
    known = sizes if len(given) == len(sizes) else [None] * len(given)
    opened: list[LabelRows] = []
    for one, size in zip(given, known, strict=True):
        if isinstance(one, HeldArray):
            opened.append(one)
        elif one.suffix == ".npy" and not holds_names(one):
            opened.append(open_npy(one))
        else:
            opened.append(HeldArray(one, read_labels(one, key, size, names=True)))
    held = {rows.path: rows.array for rows in opened if isinstance(rows, HeldArray)}
    if any(array.dtype.kind == "U" for array in held.values()) and len(held) < len(opened):
        raise DataError(f"{next(iter(held))}: has names of classes, and other files have numbers")
    values, names = numbered(held)
    if not names:
        return opened
    return [HeldArray(r.path, values[r.path], names) if r.path in values else r for r in opened]


def holds_names(path: Path) -> bool:
    """Say whether an ``.npy`` holds names of classes, or ids that no signed number holds."""
    dtype = npy_layout(path, text=True)[2]
    if dtype != np.uint64:
        return dtype.kind == "U"
    rows = open_npy(path)
    return any(are_huge(rows.read(start, start + _READ)) for start in range(0, len(rows), _READ))


def _check_rows(rows: LabelRows, wanted: int) -> None:
    if len(rows.shape) not in (1, 2) or len(rows) != wanted:
        raise DataError(
            f"{rows.path}: labels have shape {rows.shape}; ({wanted},) class ids or "
            f"({wanted}, classes) multi-hot are needed, one row a code"
        )


def _classes(
    labels: Sequence[LabelRows], at_least: int | None, query_ids: NDArray[np.int64] | None
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


def _id_blocks(rows: LabelRows) -> Iterator[NDArray[np.int64]]:
    """Yield the ids of a file, each block's once."""
    for start in range(0, len(rows), _READ):
        try:
            yield np.unique(whole_ids(rows.read(start, start + _READ)))
        except DataError as error:
            raise DataError(f"{rows.path}: {error}") from None
