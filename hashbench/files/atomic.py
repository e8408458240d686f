"""Files that are whole or absent, whatever kills the process."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hashbench.errors import StoreError
from hashbench.files.regular import check_regular


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block succeeds.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made where it is missing. Where it is a symbolic link,
        the file that it leads to is written, and the link stays.

    Yields
    ------
    Path
        An empty file in the same folder, with the same suffix.

    Raises
    ------
    StoreError
        If the folder cannot be written or the disk is full, or ``path`` is there and no regular
        file: a device must not become a file.
    """
    path = _target(Path(path))
    # Not mkstemp: it makes files private, and a result is as readable as the user's umask says.
    unique = f"{os.getpid()}-{secrets.token_hex(4)}"
    temporary = path.with_name(f".{path.stem}-{unique}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove what killed processes left half-written of a file.

    Parameters
    ----------
    path : Path
        As :func:`replacing` took it. Nobody else may be writing it now: hold its lock.
    """
    path = Path(os.path.realpath(path))
    _sweep(path.parent, re.escape(path.stem), re.escape(path.suffix))


def sweep_folder(folder: Path) -> None:
    """Remove what killed processes left half-written of any file in a folder.

    Nobody else may be writing there now: hold the lock of all its files.
    """
    _sweep(folder, ".*", ".*")


def _sweep(folder: Path, stem: str, suffix: str) -> None:
    name = re.compile(rf"\.{stem}-\d+-[0-9a-f]{{8}}\.partial{suffix}")
    for left in folder.glob(".*.partial*"):
        if name.fullmatch(left.name):
            left.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    """Return the file that links lead to, if it is missing or a regular file."""
    try:
        if "\0" in str(path):
            raise OSError(errno.EINVAL, "the name has a NUL character")
        found = Path(os.path.realpath(path)) if path.is_symlink() else path
        if found.exists():
            check_regular(found.stat().st_mode)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error
    return found


def check_room(path: Path, size: int) -> None:
    """Refuse a file that the limit on sizes or the disk cannot hold, before it is begun.

    HDF5 ends the process where it cannot write what it still has in memory.

    Parameters
    ----------
    path : Path
    size : int
        Bytes that it will have at least.

    Raises
    ------
    StoreError
        If there is no room.
    """
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if limit != resource.RLIM_INFINITY and size > limit:
        raise StoreError(
            f"cannot write {path}: {size:,} bytes, and files may have {limit:,} here (ulimit -f)"
        )
    folder = next((parent for parent in path.absolute().parents if parent.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    if size > free:
        raise StoreError(f"cannot write {path}: {size:,} bytes, and {free:,} are free")


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON with sorted keys; NaN is refused."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")
