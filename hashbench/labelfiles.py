"""Label files: arrays of every kind, and tables of text with ids or names of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrayfiles import Wanted, read_array
from hashbench.files.textfiles import TEXT_SUFFIXES, read_table
from hashbench.labels import Labels, holds_ids, numbering, whole_ids

USUAL = ("labels", "label")
SEVERAL = ";"
"""What stands between the names of a video's classes where it has several."""


def read_labels(
    path: Path, key: str | None = "labels", n: int | None = None, *, names: bool = False
) -> NDArray[Any]:
    """Read class ids (n,), multi-hot rows (n, C) or names of classes (n,) from a file.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.npz``, ``.mat`` of any version, HDF5, a column of Parquet, or a table of text.
    key : str or None
        Name of the array or column; not used for ``.npy``. None: ``labels``, ``label``, or the only
        array there is.
    n : int, optional
        Number of videos. MATLAB v7.3 files hold every matrix transposed, and not every writer
        of ``.mat`` obeys: the orientation that has ``n`` rows is taken, MATLAB's own first.
    names : bool
        Whether names of classes are taken, too, as an array of text. Several of one video are
        separated by semicolons.

    Raises
    ------
    DataError
        If the file is missing or damaged, has no such array, holds something else, or has another
        length than ``n``.
    """
    if path.suffix in TEXT_SUFFIXES:
        array, transposed = read_table(path, key if key not in USUAL else None, USUAL), False
    else:
        array, transposed = read_array(path, Wanted("labels", USUAL, key, n, names))
    if array.dtype.kind == "U" and not names:
        raise DataError(f"{path}: labels are names; numbers are needed")
    return _oriented(path, array, transposed, n)


def as_labels(arrays: Mapping[Path, NDArray[Any]]) -> list[Labels]:
    """Return the labels of several files, such as queries and database, of one set of classes.

    Parameters
    ----------
    arrays : mapping of Path to ndarray
        As :func:`read_labels` returns them. Names are numbered in the order of the alphabet.

    Raises
    ------
    DataError
        If values are neither class ids nor 0/1, or the files differ in their classes.
    """
    arrays, names = numbered(arrays)
    wide = {path: a.shape[1] for path, a in arrays.items() if a.ndim == 2 and a.shape[1] > 1}
    if len(set(wide.values())) > 1:
        listed = ", ".join(f"{path} has {n}" for path, n in wide.items())
        raise DataError(f"multi-hot labels must have one number of classes: {listed}")
    width = next(iter(wide.values()), None)
    ids = {path: ids_of(path, array) for path, array in arrays.items() if holds_ids(array)}
    if wide:
        n_classes, class_ids = width, None
    else:
        n_classes = max([int(found.max(initial=-1)) + 1 for found in ids.values()], default=None)
        class_ids = numbering(ids.values())
    labels = []
    for path, array in arrays.items():
        try:
            made = Labels.from_array(ids.get(path, array), n_classes, class_ids)
            labels.append(replace(made, class_names=names) if names else made)
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
    return labels


def ids_of(path: Path, array: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class ids of a file.

    Raises
    ------
    DataError
        As :func:`hashbench.labels.whole_ids`.
    """
    try:
        return whole_ids(array)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def numbered(
    arrays: Mapping[Path, NDArray[Any]],
) -> tuple[dict[Path, NDArray[Any]], tuple[str, ...]]:
    """Return labels with names made numbers, and the name of each number.

    Unsigned ids from 2^63 on, such as hashes, are names too: no signed number holds them.

    Returns
    -------
    arrays : dict of Path to ndarray
        Ids, or multi-hot rows where a video has several names.
    names : tuple of str
        In the order of the numbers; empty where the labels were numbers.

    Raises
    ------
    DataError
        If some files have names and others numbers.
    """
    named = [path for path, array in arrays.items() if array.dtype.kind == "U"]
    if not named and any(map(are_huge, arrays.values())):
        return numbered({path: _as_names(path, array) for path, array in arrays.items()})
    if not named:
        return dict(arrays), ()
    if len(named) < len(arrays):
        others = next(path for path in arrays if path not in named)
        raise DataError(f"{named[0]} has names of classes, but {others} numbers; one is needed")
    parts = {path: [_names(text) for text in array.tolist()] for path, array in arrays.items()}
    classes = sorted({name for rows in parts.values() for row in rows for name in row})
    places = {name: place for place, name in enumerate(classes)}
    if all(len(row) <= 1 for rows in parts.values() for row in rows):
        ids = {
            path: np.array([places[row[0]] if row else -1 for row in rows], dtype=np.int64)
            for path, rows in parts.items()
        }
        return dict(ids), tuple(classes)
    return {path: _multi_hot(rows, places) for path, rows in parts.items()}, tuple(classes)


def are_huge(array: NDArray[Any]) -> bool:
    """Say whether an array holds ids that no signed number holds."""
    return array.dtype == np.uint64 and holds_ids(array) and bool((array >> np.uint64(63)).any())


def _as_names(path: Path, array: NDArray[Any]) -> NDArray[np.str_]:
    if not holds_ids(array):
        raise DataError(f"{path}: has multi-hot rows, and another file ids from 2^63 on")
    ids = array.reshape(-1) if are_huge(array) else ids_of(path, array)
    return np.array([f"class {i}" if i >= 0 else "" for i in ids.tolist()], dtype=np.str_)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(SEVERAL) if name.strip()]


def _multi_hot(rows: list[list[str]], places: Mapping[str, int]) -> NDArray[np.uint8]:
    found = np.zeros((len(rows), max(len(places), 2)), dtype=np.uint8)
    for number, row in enumerate(rows):
        found[number, [places[name] for name in row]] = 1
    return found


def _oriented(path: Path, array: NDArray[Any], transposed: bool, n: int | None) -> NDArray[Any]:
    if array.ndim not in (1, 2):
        raise DataError(f"{path}: labels have shape {array.shape}; (n,) or (n, classes) is needed")
    if array.ndim == 2 and transposed:
        array = array if array.shape[0] == n != array.shape[1] else array.T
    if array.ndim == 2 and array.shape[0] == 1 != n:
        array = array[0]  # MATLAB knows no vectors: ids in one row
    if n is not None and len(array) != n:
        raise DataError(
            f"{path}: {len(array)} labels for {n} videos; shape {array.shape}, where ({n},) class "
            f"ids or ({n}, classes) multi-hot are needed"
        )
    return array
