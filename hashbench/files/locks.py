"""Locks between processes that the kernel releases when their holder dies."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashbench.errors import StoreError

_POLL_S = 0.1
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


@contextmanager
def lock(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock named by ``path``; yield whether it was got.

    Parameters
    ----------
    path : Path
        A file of its own; made here, and removed on the way out.
    wait : bool
        Wait until the lock is free, however long; else yield False at once when it is not.

    Yields
    ------
    bool
        True while the lock is held; also where the file system has no locks.

    Raises
    ------
    StoreError
        If the file cannot be made.
    """
    descriptor = _acquire(path, wait)
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        # Removed while still held: whoever opened it before notices that the name has gone.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, wait: bool) -> int | None:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD:
                # No locks on this file system. To go on costs work done twice at most: all that
                # is written under a lock is written whole. To wait would take forever.
                return descriptor
            os.close(descriptor)
            if not wait:
                return None
            time.sleep(_POLL_S)
            continue
        if _still_named(descriptor, path):
            return descriptor
        os.close(descriptor)


def _still_named(descriptor: int, path: Path) -> bool:
    """Whether the locked file is the one that others find under the name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
