"""Columns of a Parquet file as arrays; needs the extra ``parquet``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.regular import open_regular
from hashbench.names import few

SUFFIXES = (".parquet", ".pq")


def read_column(path: Path, key: str) -> NDArray[Any]:
    """Return a column of numbers or text (n,), or of lists of numbers or bytes (n, C).

    Raises
    ------
    DataError
        If there is none, or a cell is empty.
    """
    file = opened(path)
    if key not in file.schema_arrow.names:
        raise DataError(f"{path}: no column {key!r} (found: {few(file.schema_arrow.names)})")
    return array_of(path, key, read_columns(path, file, [key]).column(0))


def column_names(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    return list(opened(path).schema_arrow.names)


def opened(path: Path) -> Any:
    """Return the file, open.

    Raises
    ------
    DataError
        If it is missing or damaged.
    UsageError
        If pyarrow is not installed.
    """
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


def read_columns(path: Path, file: Any, names: list[str]) -> Any:
    """Return a table of some columns of an open file."""
    try:
        return file.read(columns=names)
    except Exception as error:  # as in _opened
        raise DataError(f"{path}: damaged Parquet file ({_first_line(error)})") from error


def array_of(path: Path, key: str, column: Any) -> NDArray[Any]:
    """Return a column of a table as an array."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):  # as pandas writes categories
        column = column.cast(column.type.value_type)
    joined = pa.chunked_array(column.chunks, column.type).combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # older releases return one of a single chunk
        joined = joined.chunk(0) if joined.num_chunks else pa.array([], column.type)
    if joined.null_count:
        raise DataError(f"{path}: column {key!r} has {joined.null_count} empty cells")
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.array(joined.to_pylist(), dtype=np.str_)
    if _is_binary(column.type):
        return _bytes(path, key, joined.to_pylist())
    if not is_list(column.type):
        return np.asarray(joined.to_numpy(zero_copy_only=False))
    flat = joined.flatten()
    if flat.null_count:
        raise DataError(f"{path}: column {key!r} has lists with empty places")
    lengths = set(joined.value_lengths().to_pylist())
    if len(lengths) != 1:
        raise DataError(f"{path}: column {key!r} holds lists of {len(lengths)} lengths, not of one")
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(joined), -1)


def _bytes(path: Path, key: str, cells: list[bytes]) -> NDArray[np.uint8]:
    if len(set(map(len, cells))) != 1:
        raise DataError(f"{path}: column {key!r} holds bytes of several lengths, not of one")
    return np.frombuffer(b"".join(cells), np.uint8).reshape(len(cells), -1)


def _is_binary(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)
    )


def is_list(kind: Any) -> bool:
    """Say whether a type of Arrow is one of lists."""
    import pyarrow as pa

    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
