"""Opening of files that somebody else may have made: regular ones only, of a bounded size.

What is wrong is an :class:`OSError` with a reason, so that callers report it as they report a file
that cannot be read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

TEXT_BYTES = 256 << 20
"""The largest text file (JSON, TOML, CSV) that is read into memory."""


def open_regular(path: Path | str) -> BinaryIO:
    """Open a regular file for reading, without waiting for the other end of a pipe.

    Raises
    ------
    OSError
        If it is missing, or is a folder, a pipe, a socket or a device.
    """
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "the name has a NUL character")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        check_regular(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def check_regular(mode: int) -> None:
    """Raise OSError where a file of this ``st_mode`` is no regular file."""
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is not a regular file")


def read_text(path: Path | str, limit: int = TEXT_BYTES) -> str:
    """Return the UTF-8 text of a regular file.

    Parameters
    ----------
    path : Path or str
    limit : int
        The largest size in bytes.

    Raises
    ------
    OSError
        As :func:`open_regular`, or if the file is larger than ``limit``.
    UnicodeDecodeError
        If it is not UTF-8.
    """
    with open_regular(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"is larger than {limit >> 20} MiB")
    return content.decode("utf-8")
