"""Code of plugins is run so that it can neither end the program nor write into its output."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from hashbench.errors import PluginError


@contextmanager
def guarded() -> Iterator[None]:
    """Run a block in which a plugin is imported or asked; all it raises is a PluginError.

    What it prints goes to the standard error stream, since the output may be JSON. An interrupt
    by the user passes. ``os._exit`` and endless loops cannot be helped.

    Raises
    ------
    PluginError
        For any exception, ``SystemExit`` and ``GeneratorExit`` included, in one line.
    """
    output = sys.stdout
    try:
        with redirect_stdout(_ToErrors()):
            yield
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(_told(error)) from error
    finally:
        sys.stdout = output  # a plugin may have put another in its place


class _ToErrors(io.TextIOBase):
    """A stream to the standard errors that closing does not close."""

    def write(self, text: str) -> int:
        if sys.stderr is not None and not sys.stderr.closed:
            sys.stderr.write(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stay open."""


def _told(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # an exception of the plugin's own making
        text = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{error.name} is not installed (pip install {error.name.partition('.')[0]})"
    if isinstance(error, SystemExit):
        return f"SystemExit: tried to end the program with status {text or 0}"
    return " ".join(f"{type(error).__name__}: {text}".split())
