"""Boards that take each other's place, where the system can exchange folders and where not."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

import pytest

from hashbench.errors import StoreError
from hashbench.files.atomic import write_text
from hashbench.leaderboards import Board
from hashbench.leaderboards.page import Composed
from hashbench.leaderboards.staging import staged


class Refusing:
    """A C library whose ``renameat2`` the file system refuses, as NFS does."""

    def __init__(self, *_: object, **__: object) -> None:
        self.calls = 0

    def renameat2(self, *_: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        self.calls += 1
        return -1


class Lacking:
    """A C library of before ``renameat2``."""

    def __init__(self, *_: object, **__: object) -> None:
        pass


@pytest.fixture(params=["exchanging", "refusing", "lacking"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A system that can exchange two folders in one step, or one that cannot."""
    library = {"refusing": Refusing, "lacking": Lacking}.get(request.param)
    if library is not None:
        monkeypatch.setattr(ctypes, "CDLL", library)
    return str(request.param)


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_copy_takes_the_place_of_the_board(system: str, tmp_path: Path) -> None:
    board = Board(tmp_path, "mine")
    write_text(board.folder / "kept", "old")
    write_text(board.folder / "changed", "old")
    with staged([board]) as (one,):
        write_text(one.copy.folder / "changed", "new")
        write_text(one.copy.folder / "added", "new")
        assert files(board.folder) == {"kept": "old", "changed": "old"}
        one.publish(Composed("page", None, (), {}))
    assert files(tmp_path) == {
        "mine/added": "new", "mine/changed": "new", "mine/kept": "old", "mine.md": "page",
    }  # fmt: skip
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["mine", "mine.md"]


def test_a_first_board_has_no_place_to_take(system: str, tmp_path: Path) -> None:
    with staged([Board(tmp_path, "mine")]) as (one,):
        write_text(one.copy.folder / "added", "new")
        one.publish(Composed("page", None, (), {}))
    assert files(tmp_path) == {"mine/added": "new", "mine.md": "page"}


def test_without_an_exchange_a_failure_brings_the_old_board_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", Refusing)
    board = Board(tmp_path, "mine")
    write_text(board.folder / "kept", "old")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target == board.folder and not self.name.endswith(".old"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with staged([board]) as (one,), pytest.raises(StoreError, match="No space left on device"):
        one.publish(Composed("page", None, (), {}))
    assert files(tmp_path) == {"mine/kept": "old"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space")])
def test_an_interrupt_amid_the_exchange_loses_no_board(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(tmp_path, "mine")
    write_text(board.folder / "kept", "old")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if str(target).endswith(".old"):
            raise error
        return moved

    with monkeypatch.context() as patch, staged([board]) as (one,):
        patch.setattr(ctypes, "CDLL", Lacking)
        patch.setattr(Path, "rename", interrupted)
        with pytest.raises((KeyboardInterrupt, StoreError)):
            one.publish(Composed("page", None, (), {}))
    assert files(tmp_path) == {"mine/kept": "old"}


def test_a_board_that_a_kill_left_aside_is_brought_back(tmp_path: Path) -> None:
    board = Board(tmp_path, "mine")
    write_text(tmp_path / ".mine-1-00000000.partial" / "mine.old" / "kept", "old")
    write_text(tmp_path / ".mine-1-00000000.partial" / "mine" / "half", "new")
    with staged([board]) as (one,):
        assert files(one.copy.folder) == {"kept": "old"}
    assert files(tmp_path) == {"mine/kept": "old"}
