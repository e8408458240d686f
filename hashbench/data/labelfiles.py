"""Label files: MATLAB, ``.npy``, HDF5, Parquet and lists, read without unpickling anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.listfiles import SUFFIX, read_list
from hashbench.data.parquetpart import SUFFIXES, column_names, read_column
from hashbench.errors import DataError
from hashbench.files.arrays import read_npy
from hashbench.files.mat5 import MatFile, SparseMatrix, is_mat4
from hashbench.files.regular import open_regular
from hashbench.names import few

_MOST_DENSE = 1 << 33
"""Values of a sparse matrix that are laid out."""


def read_labels(path: Path, key: str | None = "labels", n: int | None = None) -> NDArray[Any]:
    """Read class ids (n,) or multi-hot rows (n, C) from a file.

    Parameters
    ----------
    path : Path
        ``.npy``, ``.mat`` of either kind, HDF5, a column of Parquet, or a ``.txt`` list of images
        with their classes.
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
    try:
        open_regular(path).close()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    if path.suffix == ".npy":
        array, transposed = read_npy(path), False
    elif path.suffix == SUFFIX:
        array, transposed = read_list(path).labels, False
    elif path.suffix in SUFFIXES:
        names = column_names(path)
        if key is None and "labels" not in names and "label" in names:
            key = "label"
        array, transposed = read_column(path, _chosen(path, key, names)), False
    else:
        import h5py

        if h5py.is_hdf5(path):
            array, transposed = _read_hdf5(path, key, n)
        elif path.suffix == ".mat":
            read = _read_mat4 if is_mat4(path) else _read_mat5
            array, transposed = read(path, key, n), False
        else:
            raise DataError(f"{path}: labels must be .npy, .mat, HDF5, Parquet or a .txt list")
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


def _read_hdf5(path: Path, key: str | None, n: int | None) -> tuple[NDArray[Any], bool]:
    """Return an array, and whether it lies transposed: MATLAB's do, but for sparse ones."""
    from hashbench.files.hdf5 import array_names, array_of, has_name, reading

    with reading(path) as file:
        names = [*array_names(file), *(str(name) for name in file if _is_sparse(file, str(name)))]
        # A name that is given may lie in a group, or be a link, which the listing does not show.
        given = key is not None and has_name(file, key)
        name = str(key) if given else _chosen(path, key, names)
        if _is_sparse(file, name):
            return _dense(path, _read_sparse(file, path, name), n), False
        dataset = array_of(file, path, name)
        if dataset.dtype.kind not in "buif":
            raise DataError(f"{path}: labels have dtype {dataset.dtype}; numbers are needed")
        return np.asarray(dataset[()]), path.suffix == ".mat"


def _is_sparse(file: Any, name: str) -> bool:
    """Say whether the root holds a sparse matrix of MATLAB, no link to elsewhere."""
    from hashbench.files.hdf5 import is_group

    return is_group(file, name) and "MATLAB_sparse" in file[name].attrs


def _read_sparse(file: Any, path: Path, name: str) -> SparseMatrix:
    from hashbench.files.hdf5 import array_of

    group = file[name]
    try:
        rows = int(group.attrs["MATLAB_sparse"])
    except (OSError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not a sparse matrix of MATLAB ({error})") from None
    columns = array_of(file, path, f"{name}/jc")[()]
    values, numbers = (
        array_of(file, path, f"{name}/{part}")[()] if part in group else np.zeros(0, dtype)
        for part, dtype in (("data", np.float64), ("ir", np.int64))
    )
    return SparseMatrix(values, numbers, columns, (rows, len(columns) - 1))


def _dense(path: Path, sparse: SparseMatrix, n: int | None) -> NDArray[Any]:
    """Lay out a sparse matrix, if it is one of ``n`` labels and not of a size that lies."""
    from scipy.sparse import csc_matrix

    values, rows, columns, shape = sparse
    if n is not None and n not in shape:
        raise DataError(f"{path}: a sparse matrix of {shape} holds no labels of {n} videos")
    if shape[0] * shape[1] > _MOST_DENSE:
        raise DataError(f"{path}: a sparse matrix of {shape} is too large for labels")
    if ((values == 0) | (values == 1)).all():
        values = values.astype(np.uint8)  # an eighth of the memory
    try:
        # Columns hold any order of rows; scipy checks that rows and columns lie in the matrix.
        made = csc_matrix((values, rows.astype(np.int64), columns.astype(np.int64)), shape)
        made.check_format()
        return np.asarray(made.toarray())
    except ValueError as error:
        raise DataError(f"{path}: not a sparse matrix of MATLAB ({error})") from None
    except MemoryError:
        raise DataError(f"{path}: no memory for a sparse matrix of {shape}") from None


def _read_mat4(path: Path, key: str | None, n: int | None) -> NDArray[Any]:
    from scipy.io import loadmat, whosmat

    try:
        key = _chosen(path, key, [name for name, _, _ in whosmat(path)])
        found = loadmat(path, variable_names=[key])[key]
        if not hasattr(found, "tocsc"):
            return np.asarray(found)
        found = found.tocsc()
    except DataError:
        raise
    except Exception as error:  # scipy raises a dozen kinds for a damaged file
        reason = few([str(error)])
        raise DataError(f"{path}: not a readable .mat file ({reason})") from error
    return _dense(path, SparseMatrix(found.data, found.indices, found.indptr, found.shape), n)


def _read_mat5(path: Path, key: str | None, n: int | None) -> NDArray[Any]:
    file = MatFile(path)
    found = file.read(_chosen(path, key, file.names))
    return _dense(path, found, n) if isinstance(found, SparseMatrix) else found


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
