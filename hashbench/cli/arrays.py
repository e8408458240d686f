"""Codes and labels from the files that people have: .npy, .npz of ours, .mat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.data import labelfiles
from hashbench.errors import DataError
from hashbench.files.arrays import read_npy
from hashbench.labels import Labels, holds_ids, numbering, whole_ids


def read_codes(path: Path) -> BinaryCodes:
    """Read codes from .npy of 0/1 or -1/+1, shape (n, bits), or from .npz that we wrote.

    Raises
    ------
    DataError
        If the file is missing, unreadable, of another kind, empty, or holds a third value.
    """
    if path.suffix == ".npz":
        codes = BinaryCodes.load(path)
    elif path.suffix == ".npy":
        array = read_npy(path)
        try:
            codes = BinaryCodes.from_bits(array)
        except DataError as error:
            raise DataError(_located(path, error)) from None
    else:
        raise DataError(f"{path}: codes are read from .npy or .npz, not {path.suffix or 'this'}")
    if len(codes) == 0:
        raise DataError(f"{path}: holds no codes")
    return codes


def read_labels(path: Path, n_codes: int) -> NDArray[Any]:
    """Read class ids (n,) or multi-hot labels (n, C) of ``n_codes`` codes.

    Raises
    ------
    DataError
        As :func:`hashbench.data.labelfiles.read_labels`.
    """
    return labelfiles.read_labels(path, None, n_codes)


def as_labels(arrays: dict[Path, NDArray[Any]]) -> list[Labels]:
    """Return the labels of queries and database, of one number of classes.

    Raises
    ------
    DataError
        If values are neither class ids nor 0/1, or the files differ in their classes.
    """
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
            labels.append(Labels.from_array(ids.get(path, array), n_classes, class_ids))
        except DataError as error:
            raise DataError(_located(path, error)) from None
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
        raise DataError(_located(path, error)) from None


def _located(path: Path, error: DataError) -> str:
    return f"{path}: {error}"
