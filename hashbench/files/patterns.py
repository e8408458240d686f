"""Files named by a pattern, in the order of their numbers."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from hashbench.errors import DataError


def is_pattern(path: Path | str) -> bool:
    """Say whether ``path`` names several files: it has ``*``, ``?`` or ``[``, and is no file."""
    return glob.has_magic(str(path)) and not Path(path).exists()


def is_several(path: Path | str) -> bool:
    """Say whether ``path`` is a folder or a pattern."""
    return Path(path).is_dir() or is_pattern(path)


def files_of(where: Path | str, suffix: str) -> list[Path]:
    """Return the files of a folder with that suffix, those that match a pattern, or the one file.

    Raises
    ------
    DataError
        As :func:`matching`; for a file that is missing, whoever opens it.
    """
    path = Path(where)
    if path.is_dir():
        return matching(Path(glob.escape(str(path))) / f"*{suffix}")
    return matching(path) if is_pattern(path) else [path]


def matching(pattern: Path | str) -> list[Path]:
    """Return the files that match, those with numbers in the order of their numbers.

    ``shard-2`` comes before ``shard-10``. Where the names differ in one number only, none may be
    missing between the first and the last.

    Raises
    ------
    DataError
        If nothing matches, or a numbered series has a gap.
    """
    found = sorted((Path(name) for name in glob.glob(str(pattern))), key=_natural)  # noqa: PTH207
    if not found:
        raise DataError(f"{pattern}: no such files")
    _check_series(pattern, found)
    return found


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", str(path))
    return [(1, int(p), p) if p.isdecimal() and len(p) < 400 else (0, 0, p) for p in parts]


def _check_series(pattern: Path | str, paths: list[Path]) -> None:
    split = [re.split(r"(\d+)", str(path)) for path in paths]
    if len({len(parts) for parts in split}) != 1:
        return
    varying = [i for i, column in enumerate(zip(*split, strict=True)) if len(set(column)) > 1]
    if len(varying) != 1 or varying[0] % 2 == 0:
        return
    (at,) = varying
    numbers = [int(parts[at]) for parts in split]
    missing = sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
    if missing:
        name = "".join(
            [*split[0][:at], str(missing[0]).zfill(len(split[0][at])), *split[0][at + 1 :]]
        )
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise DataError(f"{pattern}: {name} is missing{more}")
