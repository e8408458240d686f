"""A site's folder: written beside, then put in its place in one step."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashbench.errors import StoreError, UsageError
from hashbench.files.locks import lock
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.staging import bring_back, exchange

MARK = "hashbench-site.json"
"""The file by which a site is known, so that no other folder is ever replaced."""

_FILES = (
    "labels.npz", "features.npz", "nearest.npz", "neighbours.json", "two-stage.json",
    "methods.json", "submitters.json", "repetitions.json", "summary.json",
)  # fmt: skip
_FOLDERS = ("records", "codes", "repetitions/records", "repetitions/codes")


@contextmanager
def replacing_site(out: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of a site when the block succeeds.

    Parameters
    ----------
    out : Path
        Where the site lies, or will lie. A folder that holds something else is left alone.

    Raises
    ------
    UsageError
        If there is something else.
    StoreError
        If the folder cannot be written.
    """
    there = Path(os.path.realpath(out))
    if there.exists() and not (there / MARK).is_file() and not _is_empty(there):
        raise UsageError(f"--out {out} holds something else than a site of boards; not replaced")
    with lock(there.parent / f".{there.name}.lock"):
        prefix = f".{there.name}-"
        for left in there.parent.glob(f"{prefix}*.partial.old"):
            bring_back(left, there)
        for left in there.parent.glob(f"{prefix}*.partial*"):
            shutil.rmtree(left, ignore_errors=True)  # of a killed process: we hold the lock
        unique = f"{os.getpid()}-{secrets.token_hex(4)}"
        copy = there.with_name(f"{prefix}{unique}.partial")
        try:
            copy.mkdir(parents=True)
            yield copy
            if there.exists():
                exchange(copy, there)
            else:
                copy.rename(there)
        except OSError as error:
            raise StoreError(f"cannot write {out}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(copy, ignore_errors=True)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def write(folder: Path, name: str, text: str) -> None:
    """Write a file of a site that nobody sees yet."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half a character, which JSON may hold, has no UTF-8.
    path.write_bytes(text.encode("utf-8", "replace"))


def copy_board(board: Board, folder: Path) -> None:
    """Copy the files that a board consists of, so that its numbers can be checked and reused."""
    target = folder / "boards" / board.dataset
    names = [*_FILES, *(path.name for path in sorted(board.folder.glob("*-over-*.svg")))]
    names += [
        path.relative_to(board.folder).as_posix()
        for part in _FOLDERS
        for path in sorted((board.folder / part).rglob("*"))  # earlier records have folders
    ]
    for name in names:
        source = board.folder / name
        if source.is_file() and not source.is_symlink() and source.name[0] != ".":
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
