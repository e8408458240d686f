"""Names and paths that somebody else wrote down: plain, and never out of their folder."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
"""Characters that steer a terminal or break a line, and halves of characters."""

_LONGEST = 200


def is_plain(name: str) -> bool:
    r"""Say whether ``name`` can be the name of one file, and be printed as it is.

    Examples
    --------
    >>> [is_plain(name) for name in ("digit-stories", "ucr:ArrowHead", "a b")]
    [True, True, True]
    >>> [is_plain(name) for name in ("../x", "a/b", ".x", "", "a`b", "a\nb")]
    [False, False, False, False, False, False]
    """
    bad = CONTROL.search(name) or any(character in name for character in "/\\`<>")
    return bool(name) and not bad and name[0] not in ".-" and len(name) <= _LONGEST


def stays_inside(name: str) -> bool:
    """Say whether ``name`` is relative and climbs nowhere, read as any system would read it."""
    if not name or CONTROL.search(name):
        return False
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return not (posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts)


def inside(folder: Path, name: str) -> Path | None:
    """Return the path ``name`` in ``folder``; None where it leads out of it, by links or otherwise.

    Parameters
    ----------
    folder : Path
    name : str
        With forward slashes; the file need not exist.
    """
    if not stays_inside(name):
        return None
    path = folder / name
    try:
        lies_in = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return None
    return path if lies_in else None
