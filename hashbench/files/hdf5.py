"""The one opening of HDF5 files: nothing is read that lies outside the file that was named.

External links, external storage, virtual data sets and links of other kinds are refused wherever
the way to an array passes one. An array whose stated size its stored bytes cannot hold is refused
before any memory is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from hashbench.errors import DataError
from hashbench.files.regular import open_regular
from hashbench.files.sizes import check_inflation
from hashbench.names import few

_LINKS = 32
"""Soft links that one path may pass."""

_FAULTS = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError)
"""What h5py raises of damaged files."""


def open_hdf5(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises
    ------
    DataError
        If it is missing, is no regular file, or is damaged or no HDF5.
    """
    try:
        open_regular(path).close()
        return h5py.File(path, "r")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except _FAULTS as error:
        raise DataError(f"{path}: {_why_closed(error)}") from error


def _why_closed(error: Exception) -> str:
    if "unable to lock file" in str(error):
        return (
            "another program has it open for writing: close it there. Where the file system knows "
            "no locks, set HDF5_USE_FILE_LOCKING=FALSE"
        )
    return f"not a whole HDF5 file ({error})"


@contextmanager
def reading(path: Path) -> Iterator[h5py.File]:
    """Open a file for the length of a block; what HDF5 complains of inside it is a DataError.

    Raises
    ------
    DataError
        As :func:`open_hdf5`, or if the file is damaged where the block reads it.
    """
    file = open_hdf5(path)
    try:
        yield file
    except _FAULTS as error:
        raise DataError(f"{path}: damaged HDF5 file ({error})") from error
    except MemoryError:
        raise DataError(f"{path}: needs more memory than there is") from None
    finally:
        file.close()


def array_of(file: h5py.File, path: Path, key: str) -> h5py.Dataset:
    """Return the array called ``key``, all of which lies in ``file``.

    Parameters
    ----------
    file : h5py.File
    path : Path
        The file's name, for messages.
    key : str
        With slashes where the array lies in a group.

    Raises
    ------
    DataError
        If there is none, it holds nothing, it points to another file, or it says to be larger than
        what is stored.
    """
    try:
        found = _walked(file, path, key)
        if not isinstance(found, h5py.Dataset):
            raise DataError(f"{path}: no array {key!r} (found: {few(sorted(map(str, file)))})")
        if found.file.filename != file.filename or found.external or found.is_virtual:
            raise _elsewhere(path, key)
        if found.shape is None:
            raise DataError(f"{path}: {key!r} holds nothing: it is a null of HDF5")
        dtype = found.dtype
        if dtype.kind in "buifc":
            size = dtype.itemsize
            for extent in found.shape:
                size *= int(extent)
            check_inflation(f"{path}: {key!r}", size, found.id.get_storage_size())
        return found
    except DataError:
        raise
    except _FAULTS as error:
        raise DataError(f"{path}: {key!r} cannot be read ({error})") from error


def node_of(file: h5py.File, path: Path, key: str) -> h5py.Group | h5py.Dataset | None:
    """Return the group or array called ``key``, as :func:`array_of` walks; None where it is none.

    Raises
    ------
    DataError
        If it points to another file or cannot be read.
    """
    try:
        found = _walked(file, path, key)
    except DataError:
        raise
    except _FAULTS as error:
        raise DataError(f"{path}: {key!r} cannot be read ({error})") from error
    return found if isinstance(found, h5py.Group | h5py.Dataset) else None


def has_name(file: h5py.File, key: str) -> bool:
    """Say whether the root has the first part of ``key``, be it a link; nothing is followed."""
    first = key.strip("/").partition("/")[0]
    return bool(first) and _has_link(file, first)


def _has_link(group: h5py.Group, name: str) -> bool:
    return "\0" not in name and bool(group.id.links.exists(name.encode()))


def array_names(group: h5py.Group) -> list[str]:
    """Return the names of the arrays that lie in a group, such as a file's root, links left out."""
    return [name for name in group if _is_array(group, str(name))]


def is_group(file: h5py.File, name: str) -> bool:
    """Say whether the root itself holds a group of this name, no link."""
    return _holds(file, name, h5py.Group)


def _is_array(group: h5py.Group, name: str) -> bool:
    return _holds(group, name, h5py.Dataset)


def _holds(group: h5py.Group, name: str, kind: type) -> bool:
    if "/" in name or not _has_link(group, name):
        return False
    hard = group.id.links.get_info(name.encode()).type == h5py.h5l.TYPE_HARD
    return hard and group.get(name, getclass=True) is kind


def _walked(file: h5py.File, path: Path, key: str) -> Any:
    """Follow ``key`` link by link; None where it leads nowhere."""
    here: Any = file
    left = [part for part in key.split("/") if part]
    passed = 0
    while left:
        part = left.pop(0)
        if not isinstance(here, h5py.Group) or not _has_link(here, part):
            return None
        kind = here.id.links.get_info(part.encode()).type
        if kind == h5py.h5l.TYPE_SOFT:
            passed += 1
            target = here.get(part, getlink=True).path
            if passed > _LINKS:
                return None
            left = [piece for piece in target.split("/") if piece] + left
            here = file if target.startswith("/") else here
        elif kind == h5py.h5l.TYPE_HARD:
            here = here[part]
        else:
            raise _elsewhere(path, key)
    return here


def _elsewhere(path: Path, key: str) -> DataError:
    return DataError(f"{path}: {key!r} points to another file; name that file itself")
