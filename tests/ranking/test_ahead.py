"""Compiling ahead: once, in a process of its own, and nothing depends on it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

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
