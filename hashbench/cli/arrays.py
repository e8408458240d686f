"""Codes and labels from the files that people have: .npy, .npz of ours, .mat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError
from hashbench.labels import Labels


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
        array = _npy(path)
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
    """Read class ids (n,) or multi-hot labels (n, C) from .npy or .mat (v5 or v7.3).

    Raises
    ------
    DataError
        If the file is missing, unreadable, of another kind, or not of ``n_codes`` rows.
    """
    if path.suffix == ".npy":
        values = _npy(path)
    elif path.suffix == ".mat":
        values = _mat(path)
    else:
        raise DataError(f"{path}: labels are read from .npy or .mat, not {path.suffix or 'this'}")
    if values.ndim == 2 and values.shape[0] == 1 and values.shape[1] == n_codes != 1:
        values = values[0]  # MATLAB knows no vectors, only rows and columns
    if values.ndim not in (1, 2) or len(values) != n_codes:
        raise DataError(
            f"{path}: labels have shape {values.shape}; ({n_codes},) class ids or "
            f"({n_codes}, classes) multi-hot are needed, one row a code"
        )
    return values


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
    labels = []
    for path, array in arrays.items():
        try:
            labels.append(Labels.from_array(array, next(iter(wide.values()), None)))
        except DataError as error:
            raise DataError(_located(path, error)) from None
    if wide:
        return labels
    classes = max(part.n_classes for part in labels)
    return [
        Labels(np.pad(part.multi_hot, ((0, 0), (0, classes - part.n_classes)))) for part in labels
    ]


def _npy(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not a readable .npy file ({error})") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        raise DataError(f"{path}: holds no numbers; a numeric .npy array is needed")
    return array


def _mat(path: Path) -> NDArray[Any]:
    import h5py
    from scipy.io import loadmat

    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        # MATLAB 7.3 writes HDF5, which scipy does not read.
        found = _mat73(path) if h5py.is_hdf5(path) else loadmat(path)
        found = {name: value for name, value in found.items() if not name.startswith("__")}
    except Exception as error:  # a damaged file fails in scipy in many ways
        raise DataError(f"{path}: not a readable .mat file ({error})") from None
    if "labels" in found:
        values = found["labels"]
    elif len(found) == 1:
        values = next(iter(found.values()))
    else:
        raise DataError(f"{path}: no variable 'labels' (there are: {', '.join(sorted(found))})")
    if hasattr(values, "toarray"):
        values = values.toarray()
    if np.asarray(values).dtype.kind not in "buif":
        raise DataError(f"{path}: labels are not numbers")
    return np.asarray(values)


def _mat73(path: Path) -> dict[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        # MATLAB stores by columns, so HDF5 shows its matrices transposed.
        return {key: value[()].T for key, value in file.items() if isinstance(value, h5py.Dataset)}


def _located(path: Path, error: DataError) -> str:
    return f"{path}: {error}"
