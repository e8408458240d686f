"""Vectors in the columns of a Parquet file; needs the extra ``parquet``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.filepart import FilePart, check_stored
from hashbench.errors import DataError, UsageError
from hashbench.files.regular import open_regular
from hashbench.names import few

SUFFIXES = (".parquet", ".pq")
ALL_COLUMNS = "*"
"""As a key: the columns of floating-point numbers, one a dimension, in the file's order."""


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
        super().__init__(path, key, self._values.shape, self._values.dtype, 1)

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
    lists = [field.name for field in _opened(path).schema_arrow if _is_list(field.type)]
    if len(lists) > 1:
        raise DataError(f"{path}: several columns hold lists; name one: --key {' or '.join(lists)}")
    return lists[0] if lists else ALL_COLUMNS


def read_column(path: Path, key: str) -> NDArray[Any]:
    """Return a column of numbers (n,), or of lists of numbers (n, C).

    Raises
    ------
    DataError
        If there is none, or a cell is empty.
    """
    file = _opened(path)
    if key not in file.schema_arrow.names:
        raise DataError(f"{path}: no column {key!r} (found: {few(file.schema_arrow.names)})")
    return _array(path, key, _read(path, file, [key]).column(0))


def column_names(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    return list(_opened(path).schema_arrow.names)


def _vectors(path: Path, key: str) -> NDArray[Any]:
    if key != ALL_COLUMNS:
        return read_column(path, key)
    import pyarrow as pa

    file = _opened(path)
    names = [field.name for field in file.schema_arrow if pa.types.is_floating(field.type)]
    if not names:
        raise DataError(f"{path}: no column holds lists or floating-point numbers; name one: --key")
    table = _read(path, file, names)
    return np.column_stack([_array(path, name, table.column(name)) for name in names])


def _opened(path: Path) -> Any:
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError(
            f"{path}: Parquet needs pyarrow: pip install 'hashbench[parquet]'"
        ) from None
    try:
        open_regular(path).close()
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # pyarrow has a dozen kinds for a damaged file
        raise DataError(f"{path}: not a readable Parquet file ({_first_line(error)})") from error


def _read(path: Path, file: Any, names: list[str]) -> Any:
    try:
        return file.read(columns=names)
    except Exception as error:  # as in _opened
        raise DataError(f"{path}: damaged Parquet file ({_first_line(error)})") from error


def _array(path: Path, key: str, column: Any) -> NDArray[Any]:
    import pyarrow as pa

    joined = pa.chunked_array(column.chunks, column.type).combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # older releases return one of a single chunk
        joined = joined.chunk(0) if joined.num_chunks else pa.array([], column.type)
    if joined.null_count:
        raise DataError(f"{path}: column {key!r} has {joined.null_count} empty cells")
    if not _is_list(column.type):
        return np.asarray(joined.to_numpy(zero_copy_only=False))
    flat = joined.flatten()
    if flat.null_count:
        raise DataError(f"{path}: column {key!r} has lists with empty places")
    lengths = set(joined.value_lengths().to_pylist())
    if len(lengths) != 1:
        raise DataError(f"{path}: column {key!r} holds lists of {len(lengths)} lengths, not of one")
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(joined), -1)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
