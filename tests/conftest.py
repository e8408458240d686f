"""What all tests share: a cache of their own, and a way to call the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fork_server import ForkServer

from hashbench.plugins import registry

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fresh-processes",
        action="store_true",
        help="start every command anew instead of forking it from a process with the libraries",
    )


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache out of the tests, and share one between them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HASHBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def fresh_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Discover plugins anew inside and after the test."""
    registry.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    registry.cache_clear()


@pytest.fixture(scope="session")
def python(request: pytest.FixtureRequest) -> Iterator[str]:
    """The interpreter for commands: one that forks, unless ``--fresh-processes`` is given."""
    if request.config.getoption("--fresh-processes"):
        yield sys.executable
        return
    server = ForkServer()
    yield server.python
    server.close()


@pytest.fixture(autouse=True, scope="session")
def _workers(_cache: None, python: str) -> Iterator[None]:
    """Let runs that begin in this process start their workers with ``python``."""
    from hashbench.runs.executors import local

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "sys", SimpleNamespace(executable=python))
        yield


@pytest.fixture
def hashbench_command(tmp_path: Path, python: str) -> CommandLine:
    """Run ``hashbench ARGS`` in a process of its own, in an empty folder."""

    def call(
        *args: object, cwd: Path = tmp_path, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "hashbench", *map(str, args)],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return call
