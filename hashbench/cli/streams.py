"""Output in any encoding, to any place: nothing printed may end the program with a traceback."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys


def make_safe() -> None:
    """Let the standard streams escape what their encoding cannot hold.

    A name of a file that is not UTF-8 has halves of characters, and ``PYTHONIOENCODING=ascii`` or
    a POSIX locale has few characters at all.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def one_line(text: str) -> str:
    """Return a message with what could steer a terminal escaped, its lines joined.

    Examples
    --------
    >>> one_line("no file 'a\\x1b[2Jb'")
    "no file 'a\\\\x1b[2Jb'"
    """
    escaped = (
        c if c.isprintable() or c == " " else c.encode("unicode_escape").decode()
        for c in " ".join(text.splitlines())
    )
    return "".join(escaped)


def finished(status: int) -> int:
    """Write out what is buffered, and return the status: 1 where it could not be written."""
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except (OSError, ValueError) as error:
        silence()
        if not isinstance(error, BrokenPipeError):
            complain(f"cannot write the output: {reason_of(error)}")
        return status or 1
    return status


def complain(message: str) -> None:
    """Print one line on the standard errors, if there are any."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # nowhere to say it
        print(f"hashbench: {one_line(message)}", file=sys.stderr, flush=True)


def silence() -> None:
    """Let what is still buffered go nowhere, so that the interpreter's exit finds no fault."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason_of(error: BaseException) -> str:
    """Return why the system refused something, in one line."""
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{error.name} is not installed, and this needs it: pip install {error.name}"
    return str(error)


def lacks_memory(error: ImportError) -> bool:
    """Return whether a library could not be loaded because the memory is limited."""
    words = ("failed to map segment", "cannot allocate memory", "out of memory")
    return any(word in str(error).casefold() for word in words)


SYSTEM = {
    errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE,
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENOMEM, errno.EAGAIN, errno.ELOOP,
    errno.ENOTDIR, errno.EISDIR,
}  # fmt: skip
"""Faults of the machine or of a path, not of the program."""
