"""What all tests share: the cores, a cache of their own, and a way to call the command line."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fork_server import ForkServer

from hashbench.plugins import registry

CommandLine = Callable[..., subprocess.CompletedProcess[str]]

SERVER = pytest.StashKey[ForkServer]()
PYTHON = pytest.StashKey[str]()

MOST_WORKERS = 8
"""Each imports what the tests import, which takes longer than a small share of them."""

LIMIT_S = 60
"""Of processor time. The longest tests take a fifth of it."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fresh-processes",
        action="store_true",
        help="start every command anew instead of forking it from a process with the libraries",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share the whole suite between the cores; some tests alone would wait for the workers."""
    chosen = config.option
    if not config.pluginmanager.hasplugin("xdist") or hasattr(config, "workerinput"):
        return
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen.keyword
    if whole and chosen.numprocesses is None and chosen.dist == "no" and not chosen.usepdb:
        cores = len(os.sched_getaffinity(0))
        chosen.numprocesses = min(cores, MOST_WORKERS) if cores > 1 else None
    if chosen.numprocesses:
        # Modules build what their tests share.
        chosen.dist = "loadfile" if chosen.dist == "no" else chosen.dist
        # A core each. More threads would wait for each other.
        for name in THREADS:
            os.environ.setdefault(name, "1")


def pytest_collection_finish() -> None:
    """Keep the garbage collector off all that is loaded by now: it stays."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let a test fail that keeps a core for a minute, processes that it waited for included."""
    before = sum(os.times()[:4])
    yield
    spent = sum(os.times()[:4]) - before
    # Threads that wait for each other spin: only where each process has one does time count.
    if spent > LIMIT_S and os.environ.get("OMP_NUM_THREADS") == "1" and "slow" not in item.keywords:
        pytest.fail(f"{spent:.0f} s of processor time, at most {LIMIT_S}: make it smaller or slow")


def pytest_configure(config: pytest.Config) -> None:
    """Start the fork server that all workers share."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A script that starts the tests with "&" has them, and all they start, ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    given: dict[str, Any] = getattr(config, "workerinput", {})
    if "python" not in given and not config.option.fresh_processes:
        config.stash[SERVER] = ForkServer()
        given["python"] = config.stash[SERVER].python
    config.stash[PYTHON] = given.get("python", sys.executable)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist which interpreter to call."""
    node.workerinput["python"] = node.config.stash[PYTHON]


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.close()


@pytest.fixture(scope="session")
def python(pytestconfig: pytest.Config) -> str:
    """The interpreter for commands: one that forks, unless ``--fresh-processes`` is given."""
    return pytestconfig.stash[PYTHON]


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory, python: str) -> Iterator[None]:
    """Keep the user's cache out of the tests, share one, and fork the workers of runs."""
    from hashbench.runs.executors import local

    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # of all workers: what one has built the others find
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HASHBENCH_CACHE", str(root / "cache"))
        patch.setattr(local, "sys", SimpleNamespace(executable=python))
        yield


@pytest.fixture(autouse=True)
def _on_the_processor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide CUDA devices from tests without the mark ``cuda``: what they check is bit for bit."""
    if not Path("/dev/nvidiactl").exists() or request.node.get_closest_marker("cuda"):
        return
    import torch

    # This process has asked for the devices, or will: what it sees later must not depend on it.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture
def fresh_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Discover plugins anew inside and after the test."""
    registry.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    registry.cache_clear()


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
