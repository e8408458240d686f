"""Reading of numpy's files: .npy and .npz, never unpickled, every way to be damaged one error.

What a header says is held against the bytes that are there before memory is asked for.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.regular import open_regular
from hashbench.files.sizes import check_inflation
from hashbench.names import few

_MEMBERS = 10_000


def read_npz(
    path: Path | str,
    names: Collection[str] = (),
    *,
    optional: Collection[str] = (),
    kind: str = ".npz file",
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an ``.npz`` by name.

    Parameters
    ----------
    path : Path or str
    names : collection of str
        The arrays to read, all of which must be there; by default all that are there.
    optional : collection of str
        Further ones to read where they are there, beside ``names``.
    kind : str
        What the file should be, for the message.

    Raises
    ------
    DataError
        If the file is missing, damaged or no regular file, lacks an array, or inflates to more
        than its size can hold.
    """
    try:
        # Opened here, since numpy leaves its own handle open when the archive is damaged.
        with open_regular(path) as file, np.load(file, allow_pickle=False) as archive:
            missing = sorted(set(names) - set(archive))
            if missing:
                found = few(archive)
                raise DataError(f"{path}: no array {missing[0]!r}; not a {kind} (found: {found})")
            wanted = [*names, *(name for name in optional if name in archive)]
            chosen = wanted if names else list(archive.files)
            _check_members(path, archive.zip, chosen)
            return {name: archive[name] for name in chosen}
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # numpy, zipfile and zlib each have error types of their own
        raise DataError(f"{path}: damaged, or not a readable {kind} ({_reason(error)})") from error


def write_npz(file: IO[bytes], arrays: Mapping[str, NDArray[Any]], *, level: int = 1) -> None:
    """Write an ``.npz`` as :func:`numpy.savez_compressed` does, at another level of zlib.

    Parameters
    ----------
    file : file object
        Open for writing.
    arrays : mapping of str to ndarray
    level : int
        From 1, the fastest, to 9; numpy takes 6.
    """
    header: Any = np.lib.format
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                header.write_array(member, np.asarray(array), allow_pickle=False)


def npz_names(path: Path | str) -> list[str]:
    """Return the names of the arrays of an ``.npz``.

    Raises
    ------
    DataError
        If the file is missing, damaged or no regular file.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            return [info.filename.removesuffix(".npy") for info in archive.infolist()[:_MEMBERS]]
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # as in read_npz
        raise DataError(
            f"{path}: damaged, or not a readable .npz file ({_reason(error)})"
        ) from error


def read_npy(path: Path | str, *, text: bool = False) -> NDArray[Any]:
    """Return the array of numbers in an ``.npy``, or of ``text`` where that is allowed.

    Raises
    ------
    DataError
        If the file is missing, damaged or no regular file, or holds something other than numbers.
    """
    try:
        npy_layout(path, text=text)
        with open_regular(path) as file:
            array: NDArray[Any] = np.load(file, allow_pickle=False)
            return array
    except DataError:
        raise
    except Exception as error:  # a damaged array raises a dozen kinds
        raise DataError(f"{path}: not a readable .npy file ({_reason(error)})") from error


def mapped_npy(path: Path | str) -> NDArray[Any]:
    """Return the array of numbers in an ``.npy`` as a read-only memory map.

    Raises
    ------
    DataError
        As :func:`read_npy`.
    """
    shape, fortran, dtype, begin = npy_layout(path)
    try:
        return np.memmap(path, dtype, "r", begin, shape, "F" if fortran else "C")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a readable .npy file ({_reason(error)})") from error


def new_npy(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.float32]]:
    """Return a new ``.npy`` of float32 as a memory map to write to.

    numpy's own way appends ``.npy`` to other names.
    """
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        write: Any = np.lib.format.write_array_header_1_0  # numpy does not annotate it
        write(file, header)
        begin = file.tell()
        file.truncate(begin + 4 * math.prod(shape))
    return np.memmap(path, np.dtype("<f4"), "r+", begin, shape)


def npy_layout(
    path: Path | str, *, text: bool = False
) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, whether in Fortran's order, type, and where the values begin in the file.

    Raises
    ------
    DataError
        As :func:`read_npy`.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(0)
            shape, fortran, dtype = read_header(file)
            if dtype.hasobject:
                raise DataError(f"{path}: holds Python objects; a numeric .npy array is needed")
            if dtype.kind not in ("buifU" if text else "buif"):
                raise DataError(f"{path}: holds no numbers; a numeric .npy array is needed")
            begin = file.tell()
            needed = begin + math.prod(shape) * dtype.itemsize
            if size < needed:
                raise ValueError(f"truncated: {size} bytes where {needed} are needed")
            return shape, fortran, dtype, begin
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # a damaged header raises a dozen kinds
        raise DataError(f"{path}: not a readable .npy file ({_reason(error)})") from error


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, whether in Fortran's order, and type, as an ``.npy`` begins with them.

    Raises
    ------
    ValueError
        If it does not, or the shape has a negative number.
    """
    header: Any = np.lib.format  # numpy annotates it in some releases only
    version = header.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} of the format")
    read = header.read_array_header_1_0 if version == (1, 0) else header.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if any(extent < 0 for extent in shape):
        raise ValueError(f"a shape of {shape}")
    return tuple(int(extent) for extent in shape), bool(fortran), dtype


def _check_members(path: Path | str, archive: Any, names: Collection[str]) -> None:
    """Hold what the headers of an archive's arrays say against the archive's directory."""
    infos = archive.infolist()
    if len(infos) > _MEMBERS:
        raise DataError(f"{path}: {len(infos)} arrays; at most {_MEMBERS} are read")
    check_inflation(str(path), sum(i.file_size for i in infos), sum(i.compress_size for i in infos))
    known = {info.filename: info for info in infos}
    for name in names:
        info: zipfile.ZipInfo | None = known.get(f"{name}.npy") or known.get(name)
        if info is None:
            continue
        with archive.open(info) as member:
            shape, _, dtype = read_header(member)
            needed = member.tell() + math.prod(shape) * dtype.itemsize
        if dtype.hasobject or needed != info.file_size:
            raise DataError(
                f"{path}: array {name!r} is damaged: {info.file_size} bytes where its header "
                f"says {needed}"
            )


def _reason(error: Exception) -> str:
    """Return what is wrong, without numpy's advice to unpickle a file all the same."""
    if isinstance(error, MemoryError):
        return "needs more memory than there is"
    text = " ".join(str(error).split())[:300]
    return "of another format" if "pickle" in text else text or "cut off"
