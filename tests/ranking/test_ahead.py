"""Compiling ahead: once, in a process of its own, and nothing depends on it."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from hashbench.errors import StoreError
from hashbench.files.locks import lock
from hashbench.ranking import ahead


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setenv("HASHBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: found.append(command))
    return found


def test_it_is_started_until_it_has_been_done(started: list[Any]) -> None:
    ahead.compile_ahead()
    ahead.compile_ahead()
    assert [command[-1] for command in started] == ["hashbench.ranking.ahead"] * 2
    ahead.main()
    ahead.compile_ahead()
    assert len(started) == 2


def test_where_no_process_can_be_started_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setenv("HASHBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", refuse)
    ahead.compile_ahead()


def test_those_who_rank_wait_for_the_one_that_compiles(started: list[Any]) -> None:
    with lock(ahead._lock()):
        waiting = threading.Thread(target=ahead.wait_until_compiled)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        ahead.main()  # another compiles, so this one does not
        assert not ahead._done().exists()
    waiting.join(5)
    assert not waiting.is_alive()


def test_nobody_waits_without_one_or_for_one_that_was_killed(started: list[Any]) -> None:
    ahead.wait_until_compiled()
    assert not ahead._lock().exists()
    ahead._lock().parent.mkdir(parents=True)
    ahead._lock().touch()
    ahead.wait_until_compiled()
    assert not ahead._lock().exists()


def test_nobody_waits_for_ever(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_PATIENCE_S", 0.2)
    with lock(ahead._lock()):
        ahead.wait_until_compiled()


def test_where_the_cache_cannot_be_written_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "cache"
    file.touch()
    monkeypatch.setenv("HASHBENCH_CACHE", str(file))
    ahead.wait_until_compiled()
    with pytest.raises(StoreError):
        ahead.main()  # its standard error goes nowhere
