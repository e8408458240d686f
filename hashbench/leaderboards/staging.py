"""A board written elsewhere first, which then takes the place of the old one in one step."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hashbench.errors import StoreError
from hashbench.files.atomic import sweep, write_text
from hashbench.files.locks import lock
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.board_charts import BYTES, SPEED
from hashbench.leaderboards.described import write_described
from hashbench.leaderboards.page import Composed
from hashbench.leaderboards.summary import write_summary
from hashbench.reports.figures import draw

_AT_FDCWD = -100
_EXCHANGE = 2
_ASIDE = ".old"


@dataclass(frozen=True, slots=True)
class Staged:
    """A board and the copy of it that is being written.

    Attributes
    ----------
    board : Board
        As it stands.
    copy : Board
        In a folder of its own on the same file system.
    """

    board: Board
    copy: Board

    def publish(self, composed: Composed) -> None:
        """Let the copy take the place of the board, and write its page.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        write_beside(self.copy, composed)
        there = Path(os.path.realpath(self.board.folder))
        try:
            if there.exists():
                exchange(self.copy.folder, there)
            else:
                self.copy.folder.rename(there)
        except OSError as error:
            raise StoreError(f"cannot write {there}: {error.strerror}") from error
        write_page(self.board, composed.page)


@contextmanager
def held(board: Board) -> Iterator[None]:
    """Hold the lock of a board, under which alone its files and its page are written."""
    with lock(board.root / f".{board.dataset}.lock"):
        yield


def write_board(board: Board, composed: Composed) -> None:
    """Write the page of a board that is :func:`held`, and what lies beside it."""
    write_beside(board, composed)
    write_page(board, composed.page)


def write_beside(board: Board, composed: Composed) -> None:
    """Write summary, what is known of methods, and figures into the folder of a board."""
    if composed.summary is not None:
        write_summary(board, composed.summary)
        write_described(board, composed.described)
        draw(composed.charts, board.folder, ("svg",))
        for stem in {BYTES, SPEED} - {chart.stem for chart in composed.charts}:
            for suffix in ("svg", "json"):
                (board.folder / f"{stem}.{suffix}").unlink(missing_ok=True)


def write_page(board: Board, page: str) -> None:
    """Write the page of a board that is :func:`held`."""
    sweep(board.page)
    write_text(board.page, page)


@contextmanager
def staged(boards: list[Board]) -> Iterator[list[Staged]]:
    """Hold the locks of boards, and lend a copy of each, removed afterwards.

    Files of the copy share their content with the board's: both are only ever replaced whole.

    Raises
    ------
    StoreError
        If the folder of the boards cannot be written.
    """
    with ExitStack() as stack:
        found = []
        for board in sorted(boards, key=lambda board: board.dataset):
            stack.enter_context(held(board))
            there = Path(os.path.realpath(board.folder))
            root = there.parent / f".{board.dataset}-{os.getpid()}-{secrets.token_hex(4)}.partial"
            stack.callback(shutil.rmtree, root, ignore_errors=True)
            try:
                for left in there.parent.glob(f".{board.dataset}-*.partial"):
                    bring_back(left / f"{board.dataset}{_ASIDE}", there)
                    shutil.rmtree(left, ignore_errors=True)  # of a killed process: we hold the lock
                root.mkdir(parents=True)
                if there.exists():
                    shutil.copytree(there, root / board.dataset, copy_function=_link)
                else:
                    (root / board.dataset).mkdir()
            except OSError as error:
                raise StoreError(f"cannot write {board.root}: {error.strerror}") from error
            found.append(Staged(board, Board(root, board.dataset, home=board.root)))
        yield found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target)


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders, in one step where the system can."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    ours, theirs = os.fsencode(one), os.fsencode(other)
    if rename is not None and rename(_AT_FDCWD, ours, _AT_FDCWD, theirs, _EXCHANGE) == 0:
        return
    # Without it a kill between two lines leaves the old board aside, until it is brought back.
    aside = one.with_name(f"{one.name}{_ASIDE}")
    try:
        other.rename(aside)
        one.rename(other)
    finally:
        bring_back(aside, other)


def bring_back(aside: Path, there: Path) -> None:
    """Put a board that was laid aside where it was, unless another has taken its place."""
    if aside.exists() and not there.exists():
        aside.rename(there)
