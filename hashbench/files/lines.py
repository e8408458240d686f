"""Lines of a text file that lists something, with their numbers."""

from __future__ import annotations

from pathlib import Path

from hashbench.errors import DataError
from hashbench.files.regular import read_text


def numbered_lines(path: Path, kind: str, forms: str) -> list[tuple[int, str]]:
    """Return the lines of a list that are not empty, each with its number from 1.

    A byte order mark at the beginning is no part of the first.

    Parameters
    ----------
    path : Path
    kind : str
        What it is a list of, for messages.
    forms : str
        What lines are to be, for the message that there is none.

    Raises
    ------
    DataError
        If the file cannot be read, or holds no line.
    """
    try:
        lines = read_text(path).removeprefix("\ufeff").splitlines()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a readable list of {kind} ({error})") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise DataError(f"{path}: holds no line; {forms}")
    return numbered


def are_digits(text: str) -> bool:
    """Whether a text is of 0 to 9 alone; ``isdigit`` takes a raised 2, which ``int`` does not.

    Examples
    --------
    >>> are_digits("076"), are_digits("\u00b2")
    (True, False)
    """
    return text.isascii() and text.isdigit()
