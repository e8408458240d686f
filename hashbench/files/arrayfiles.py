"""One array from a file of any kind that people have, read without unpickling anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrays import npz_names, read_npy, read_npz
from hashbench.files.mat5 import MatFile, SparseMatrix, is_mat4
from hashbench.files.parquet import SUFFIXES, column_names, read_column
from hashbench.files.regular import open_regular
from hashbench.names import few

_MOST_DENSE = 1 << 33
"""Values of a sparse matrix that are laid out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which array of a file is looked for.

    Parameters
    ----------
    what : str
        What it should hold, for messages: ``"labels"``.
    usual : tuple of str
        Names that it usually has, tried in this order where none is given. Where a file has none of
        them, its only array is taken.
    key : str, optional
        Its name.
    n : int, optional
        Its number of rows, where that is known.
    text : bool
        Whether it may hold text.
    """

    what: str
    usual: tuple[str, ...]
    key: str | None = None
    n: int | None = None
    text: bool = False

    def odd(self, path: Path, dtype: Any) -> DataError:
        """Return the error of a file that holds something other than numbers."""
        needed = "numbers or text are" if self.text else "numbers are"
        return DataError(f"{path}: {self.what} have dtype {dtype}; {needed} needed")


def read_array(path: Path, wanted: Wanted) -> tuple[NDArray[Any], bool]:
    """Read an array from ``.npy``, ``.npz``, ``.mat`` of any version, HDF5 or Parquet.

    Parameters
    ----------
    path : Path
    wanted : Wanted

    Returns
    -------
    array : ndarray of numbers, or of text where that is wanted
    transposed : bool
        Whether it lies transposed, as all that MATLAB v7.3 writes does, sparse matrices excepted.

    Raises
    ------
    DataError
        If the file is missing or damaged, has no such array, or holds something else.
    """
    try:
        open_regular(path).close()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    array, transposed = _read(path, wanted)
    if array.dtype.kind not in ("buifU" if wanted.text else "buif"):
        raise wanted.odd(path, array.dtype)
    return array, transposed


def _read(path: Path, wanted: Wanted) -> tuple[NDArray[Any], bool]:
    if path.suffix == ".npy":
        return read_npy(path, text=wanted.text), False
    if path.suffix == ".npz":
        name = _chosen(path, wanted, npz_names(path))
        return read_npz(path, (name,))[name], False
    if path.suffix in SUFFIXES:
        return read_column(path, _chosen(path, wanted, column_names(path))), False
    import h5py

    if h5py.is_hdf5(path):
        return _read_hdf5(path, wanted)
    if path.suffix == ".mat":
        return (_read_mat4 if is_mat4(path) else _read_mat5)(path, wanted), False
    raise DataError(f"{path}: {wanted.what} must be .npy, .npz, .mat, HDF5, Parquet or text")


def _chosen(path: Path, wanted: Wanted, names: Sequence[str]) -> str:
    if wanted.key is not None:
        if wanted.key in names:
            return wanted.key
        raise DataError(f"{path}: no array {wanted.key!r} (found: {few(names)})")
    for usual in wanted.usual:
        if usual in names:
            return usual
    if len(names) == 1:
        return names[0]
    raise DataError(f"{path}: no array {wanted.usual[0]!r} (found: {few(names)}); name one")


def _read_hdf5(path: Path, wanted: Wanted) -> tuple[NDArray[Any], bool]:
    """Return an array, and whether it lies transposed: MATLAB's do, but for sparse ones."""
    import h5py

    from hashbench.files.hdf5 import array_names, array_of, has_name, reading

    with reading(path) as file:
        names = [*array_names(file), *(str(name) for name in file if _is_sparse(file, str(name)))]
        # A name that is given may lie in a group, or be a link, which the listing does not show.
        given = wanted.key is not None and has_name(file, wanted.key)
        name = str(wanted.key) if given else _chosen(path, wanted, names)
        if _is_sparse(file, name):
            return _dense(path, _read_sparse(file, path, name), wanted), False
        dataset = array_of(file, path, name)
        if wanted.text and h5py.check_string_dtype(dataset.dtype) is not None:
            return np.asarray(dataset.asstr()[()]).astype(np.str_), False
        if dataset.dtype.kind not in "buif":
            raise wanted.odd(path, dataset.dtype)
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


def _dense(path: Path, sparse: SparseMatrix, wanted: Wanted) -> NDArray[Any]:
    """Lay out a sparse matrix, if it is one of ``n`` rows and not of a size that lies."""
    from scipy.sparse import csc_matrix

    values, rows, columns, shape = sparse
    n, what = wanted.n, wanted.what
    if n is not None and n not in shape:
        raise DataError(f"{path}: a sparse matrix of {shape} holds no {what} of {n} videos")
    if shape[0] * shape[1] > _MOST_DENSE:
        raise DataError(f"{path}: a sparse matrix of {shape} is too large for {what}")
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


def _read_mat4(path: Path, wanted: Wanted) -> NDArray[Any]:
    from scipy.io import loadmat, whosmat

    try:
        key = _chosen(path, wanted, [name for name, _, _ in whosmat(path)])
        found = loadmat(path, variable_names=[key])[key]
        if not hasattr(found, "tocsc"):
            return np.asarray(found)
        found = found.tocsc()
    except DataError:
        raise
    except Exception as error:  # scipy raises a dozen kinds for a damaged file
        reason = few([str(error)])
        raise DataError(f"{path}: not a readable .mat file ({reason})") from error
    return _dense(path, SparseMatrix(found.data, found.indices, found.indptr, found.shape), wanted)


def _read_mat5(path: Path, wanted: Wanted) -> NDArray[Any]:
    file = MatFile(path)
    found = file.read(_chosen(path, wanted, file.names))
    return _dense(path, found, wanted) if isinstance(found, SparseMatrix) else found
