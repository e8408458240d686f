"""Reading of numpy's files: .npy and .npz, never unpickled, every way to be damaged one error."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.names import few


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
        If the file is missing or damaged, or lacks an array.
    """
    try:
        # Opened here, since numpy leaves its own handle open when the archive is damaged.
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = sorted(set(names) - set(archive))
            if missing:
                found = few(archive)
                raise DataError(f"{path}: no array {missing[0]!r}; not a {kind} (found: {found})")
            wanted = [*names, *(name for name in optional if name in archive)]
            return {name: archive[name] for name in (wanted if names else archive.files)}
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # numpy, zipfile and zlib each have error types of their own
        raise DataError(f"{path}: damaged, or not a readable {kind} ({_reason(error)})") from error


def read_npy(path: Path | str) -> NDArray[Any]:
    """Return the array of numbers in an ``.npy``.

    Raises
    ------
    DataError
        If the file is missing or damaged, or holds something other than numbers.
    """
    try:
        with Path(path).open("rb") as file:
            array = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not a readable .npy file ({_reason(error)})") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        raise DataError(f"{path}: holds no numbers; a numeric .npy array is needed")
    return array


def _reason(error: Exception) -> str:
    """Return what is wrong, without numpy's advice to unpickle a file all the same."""
    return "of another format" if "pickle" in str(error) else str(error) or "cut off"
