"""Label files: MATLAB v5 and v7.3, ``.npy`` and HDF5, read without unpickling anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrays import read_npy
from hashbench.names import few

_SPARSE = "MATLAB_sparse"
_MOST_DENSE = 1 << 33
"""Values of a sparse matrix that are laid out."""


def read_labels(path: Path, key: str | None = "labels", n: int | None = None) -> NDArray[Any]:
    """Read class ids (n,) or multi-hot rows (n, C) from a file.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.mat`` of either kind, or HDF5.
    key : str or None
        Name of the array; not used for ``.npy``. None: ``labels``, or the only array there is.
    n : int, optional
        Number of videos. MATLAB v7.3 files hold every matrix transposed, and not every writer
        of ``.mat`` obeys: the orientation that has ``n`` rows is taken, MATLAB's own first.

    Raises
    ------
    DataError
        If the file is missing or damaged, has no such array, holds something other than
        numbers, or has another length than ``n``.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    if path.suffix == ".npy":
        array, transposed = read_npy(path), False
    else:
        import h5py

        if h5py.is_hdf5(path):
            array, transposed = _read_hdf5(path, key)
        elif path.suffix == ".mat":
            array, transposed = _read_mat5(path, key), False
        else:
            raise DataError(f"{path}: labels must be .npy, .mat or HDF5")
    if array.dtype.kind not in "buif":
        raise DataError(f"{path}: labels have dtype {array.dtype}; numbers are needed")
    return _oriented(path, array, transposed, n)


def _chosen(path: Path, key: str | None, names: list[str]) -> str:
    if key is None and "labels" not in names and len(names) == 1:
        return names[0]
    key = "labels" if key is None else key
    if key not in names:
        raise DataError(f"{path}: no array {key!r} (found: {few(names)})")
    return key


def _read_hdf5(path: Path, key: str | None) -> tuple[NDArray[Any], bool]:
    """Return an array, and whether it lies transposed: MATLAB's do, but for sparse ones."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            arrays = [name for name, item in file.items() if _is_array(item)]
            # A name with a slash lies in a group, which the listing does not show.
            inside = key is not None and _is_array(file.get(key))
            item = file[key if inside else _chosen(path, key, arrays)]
            if isinstance(item, h5py.Group):
                return _read_sparse(path, item), False
            array: NDArray[Any] = item[()]
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(f"{path}: damaged HDF5 file ({error})") from error
    return np.asarray(array), path.suffix == ".mat"


def _is_array(item: Any) -> bool:
    import h5py

    sparse = isinstance(item, h5py.Group) and _SPARSE in item.attrs
    return sparse or isinstance(item, h5py.Dataset)


def _read_sparse(path: Path, group: Any) -> NDArray[Any]:
    """Return a sparse matrix of MATLAB v7.3 as a dense one: columns of row numbers and values."""
    from scipy.sparse import csc_matrix

    columns, rows = group["jc"][()], int(group.attrs[_SPARSE])
    shape = rows, len(columns) - 1
    if shape[0] * shape[1] > _MOST_DENSE:
        raise DataError(f"{path}: a sparse matrix of {shape} is too large for labels")
    values = group["data"][()] if "data" in group else np.zeros(0)
    numbers = group["ir"][()] if "ir" in group else np.zeros(0, np.int64)
    try:
        # Columns hold any order of rows; scipy checks that rows and columns lie in the matrix.
        made = csc_matrix((values, numbers.astype(np.int64), columns.astype(np.int64)), shape)
        made.check_format()
        return np.asarray(made.toarray())
    except ValueError as error:
        raise DataError(f"{path}: not a sparse matrix of MATLAB ({error})") from None


def _read_mat5(path: Path, key: str | None) -> NDArray[Any]:
    from scipy.io import loadmat, whosmat

    try:
        key = _chosen(path, key, [name for name, _, _ in whosmat(path)])
        array = loadmat(path, variable_names=[key])[key]
    except DataError:
        raise
    except Exception as error:  # scipy raises a dozen kinds for a damaged file
        raise DataError(f"{path}: not a readable .mat file ({error})") from error
    dense = array.toarray() if hasattr(array, "toarray") else array
    return np.asarray(dense)


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
