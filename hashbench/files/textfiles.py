"""Codes and labels in text: a line a video."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.regular import read_text
from hashbench.names import few

TEXT_SUFFIXES = (".txt", ".csv", ".tsv")
_SEPARATORS = str.maketrans(",;\t", "   ")
_WHOLE = re.compile(r"[+-]?[0-9]+")


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text, without empty ones at its end.

    Raises
    ------
    DataError
        If it cannot be read or is no text.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text in UTF-8") from None
    return text.removeprefix("\ufeff").rstrip().splitlines()


def whole_number(text: str) -> int:
    """Return the number that a text is; ``int`` takes 1_1 for 11, and digits of any script.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> whole_number("-7")
    -7
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no whole number")
    return int(text)


def bits_of(path: Path, lines: Sequence[str]) -> NDArray[Any]:
    """Return codes written as ``0110`` or as numbers with separators, shape (n, bits).

    Raises
    ------
    DataError
        With the line, if it is of another length than the first, or has something else.

    Examples
    --------
    >>> bits_of(Path("codes.txt"), ["011", "110"]).tolist()
    [[0, 1, 1], [1, 1, 0]]
    >>> bits_of(Path("codes.csv"), ["-1, 1", "1, 1"]).tolist()
    [[-1.0, 1.0], [1.0, 1.0]]
    """
    if not lines:
        raise DataError(f"{path}: holds no codes")
    solid = not lines[0].strip().strip("01")
    rows: list[Sequence[Any]] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        row: Sequence[Any] = text.encode() if solid else text.translate(_SEPARATORS).split()
        if len(row) != len(rows[0] if rows else row) or not row:
            first = len(rows[0]) if rows else "some"
            raise DataError(f"{path}: line {number} has {len(row)} bits, {first} are needed")
        rows.append(row)
    try:
        if solid:
            found = np.frombuffer(b"".join(map(bytes, rows)), np.uint8).reshape(len(rows), -1)
            return found.astype(np.int8) - np.int8(48)
        return np.array(rows).astype(np.float64)
    except ValueError:
        raise DataError(f"{path}: codes in text are 0 and 1, or numbers in columns") from None


def read_table(path: Path, key: str | None, usual: Sequence[str]) -> NDArray[Any]:
    """Read labels from a table of text, with or without a line of heads.

    Parameters
    ----------
    path : Path
        Columns separated by commas, or by tabs where the name ends in ``.tsv``.
    key : str, optional
        Head of the column.
    usual : sequence of str
        Heads that it usually has.

    Returns
    -------
    ndarray
        int64 ids (n,), 0/1 of shape (n, C) where there are several columns of numbers and no head
        names one, or names (n,).

    Raises
    ------
    DataError
        If there is no such column, or lines have different lengths.
    """
    delimiter = "\t" if path.suffix == ".tsv" else ","
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(read_lines(path), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise DataError(f"{path}: not a table of text ({error})") from None
    if not rows:
        raise DataError(f"{path}: holds no labels")
    rows = [row or [""] for row in rows]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise DataError(f"{path}: line {number} has {len(row)} columns, {len(rows[0])} before")
    heads = [cell.casefold() for cell in rows[0]]
    wanted = [key.casefold()] if key is not None else list(usual)
    place = next((heads.index(name) for name in wanted if name in heads), None)
    if place is not None:
        return _values([row[place] for row in rows[1:]])
    if key is not None:
        raise DataError(f"{path}: no column {key!r} (found: {few(rows[0])})")
    if len(heads) == 1:
        return _values([row[0] for row in rows])
    found = [_values(list(column)) for column in zip(*rows, strict=True)]
    if any(column.dtype.kind == "U" for column in found):
        raise DataError(f"{path}: {len(heads)} columns; the head 'label' must say which one")
    return np.column_stack(found)


def _values(cells: list[str]) -> NDArray[Any]:
    """Return whole numbers where all cells are such, else text."""
    try:
        return np.array([whole_number(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(cells, dtype=np.str_)
