"""Vectors in the columns of a Parquet file; needs the extra ``parquet``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.filepart import FilePart, check_stored
from hashbench.errors import DataError
from hashbench.files.parquet import SUFFIXES, array_of, is_list, opened, read_column, read_columns
from hashbench.labelfiles import USUAL

ALL_COLUMNS = "*"
"""As a key: the columns of floating-point numbers, one a dimension, in the file's order.

Columns that are called as labels usually are do not count.
"""


class ParquetPart(FilePart):
    """Vectors (n, dims) in one Parquet file, read whole when they are first asked for.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The column whose cells are lists of numbers, all of one length; or ``"*"``.

    Raises
    ------
    DataError
        If the file is missing or damaged, lacks the column, or its cells are no such lists.
    UsageError
        If pyarrow is not installed.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._values: NDArray[Any] | None = _vectors(path, key)
        check_stored(path, key, self._values.shape, self._values.dtype)
        super().__init__(path, key, self._values.shape, self._values.dtype)

    def ids(self) -> list[str]:
        return []

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_values": None}

    def _handle(self) -> int:
        raise DataError(f"{self.path}: its values do not lie in the file as they are")

    def _read_otherwise(self, low: int, high: int, out: NDArray[Any]) -> None:
        if self._values is None:
            self._values = _vectors(self.path, self.key)
        out[:] = self._values[low:high].reshape(out.shape)


def vectors_key(path: Path) -> str:
    """Return the column of vectors: the only one of lists, else ``"*"``.

    Raises
    ------
    DataError
        If several columns hold lists, or the file cannot be read.
    """
    lists = [field.name for field in opened(path).schema_arrow if is_list(field.type)]
    if len(lists) > 1:
        raise DataError(f"{path}: several columns hold lists; name one: --key {' or '.join(lists)}")
    return lists[0] if lists else ALL_COLUMNS


def check_apart(path: Path, key: str, labels_key: str | None) -> None:
    """Raise DataError where labels in the file of the features are one of their dimensions."""
    if path.suffix in SUFFIXES and key == ALL_COLUMNS and labels_key in _dimensions(opened(path)):
        raise DataError(
            f"{path}: column {labels_key!r} holds the labels and would be a dimension of the "
            f"features, too; store it as whole numbers, or call it {USUAL[0]!r}"
        )


def _dimensions(file: Any) -> list[str]:
    """Return the columns that ``"*"`` means."""
    import pyarrow as pa

    floating = (field.name for field in file.schema_arrow if pa.types.is_floating(field.type))
    return [name for name in floating if name not in USUAL]


def _vectors(path: Path, key: str) -> NDArray[Any]:
    if key != ALL_COLUMNS:
        return read_column(path, key)
    file = opened(path)
    names = _dimensions(file)
    if not names:
        raise DataError(f"{path}: no column holds lists or floating-point numbers; name one: --key")
    table = read_columns(path, file, names)
    return np.column_stack([array_of(path, name, table.column(name)) for name in names])
