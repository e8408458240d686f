"""List files of image hashing: a line an image, its path first and its classes after it.

``images/1.jpg 0 1 0`` has one number a class, ``images/1.jpg 7`` a class id.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.lines import are_digits, numbered_lines
from hashbench.files.regular import read_text
from hashbench.labelfiles import read_labels

SUFFIX = ".txt"


@dataclass(frozen=True, slots=True, eq=False)
class ListFile:
    """What a list file says.

    Parameters
    ----------
    paths : tuple of str
        As they stand in the file.
    labels : ndarray of int64, shape (n,) or (n, classes)
        Class ids, or rows of 0 and 1.
    """

    paths: tuple[str, ...]
    labels: NDArray[np.int64]


def read_list(path: Path) -> ListFile:
    """Read a list file. Empty lines are passed over.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file cannot be read, holds no line, or a line has other numbers than the first.
    """
    numbered = numbered_lines(path, "images", "'PATH CLASS' or 'PATH 0 1 0 ...' is needed")
    columns = _columns(path, *numbered[0])
    paths = []
    labels = np.empty((len(numbered), columns), np.int64)
    for row, (number, line) in enumerate(numbered):
        name, *given = line.rsplit(maxsplit=columns)  # a path may hold blanks
        if len(given) != columns or not all(map(_is_number, given)):
            raise DataError(
                f"{path}, line {number}: {columns} numbers must follow the path, as in line "
                f"{numbered[0][0]}"
            )
        paths.append(name.strip())
        labels[row] = [int(one) for one in given]
    if columns == 1:
        return ListFile(tuple(paths), labels[:, 0])
    wrong = np.flatnonzero(((labels != 0) & (labels != 1)).any(axis=1))
    if len(wrong):
        raise DataError(
            f"{path}, line {numbered[wrong[0]][0]}: each of {columns} classes needs a 0 or a 1"
        )
    return ListFile(tuple(paths), labels)


def read_split_labels(path: Path, key: str | None, n: int | None = None) -> NDArray[Any]:
    """Read the labels of a split: from a list of images, or from any file of labels.

    Parameters
    ----------
    path : Path
        A ``.txt`` is a list of images where its first line has a class after a path, and a table
        of labels elsewhere.
    key, n
        As of :func:`hashbench.labelfiles.read_labels`.

    Raises
    ------
    DataError
        As both readers do.
    """
    if path.suffix == SUFFIX and _lists_images(path):
        return read_list(path).labels
    return read_labels(path, key, n)


def _lists_images(path: Path) -> bool:
    try:
        lines = read_text(path).splitlines()
    except (OSError, UnicodeDecodeError):
        return False  # the other reader says what is wrong
    first = next((line.split() for line in lines if line.strip()), [])
    return len(first) > 1 and not all(map(_is_number, first))


def _columns(path: Path, number: int, line: str) -> int:
    """Return how many numbers end a line; the first word is a path even if it is a number."""
    words = line.split()[1:]
    count = next((i for i, word in enumerate(reversed(words)) if not _is_number(word)), len(words))
    if not count:
        raise DataError(f"{path}, line {number}: no class follows the path {words or line!r}")
    return count


def _is_number(word: str) -> bool:
    return are_digits(word) and len(word) < 10
