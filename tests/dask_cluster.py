"""A Dask cluster of two worker processes on the loopback, for the tests of clusters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Cluster:
    """Addresses and processes."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    folder: Path
    python: str

    def add_worker(self, *options: str) -> None:
        """Start one more worker."""
        arguments = [self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny", *options]
        self.workers.append(_start(self.python, "dask_worker", arguments, self.folder))

    def stop(self) -> None:
        """End everything."""
        for process in [*self.workers, self.scheduler]:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, python: str) -> Iterator[Cluster]:
    """A scheduler with two workers that the tests of a module share."""
    with running(tmp_path_factory.mktemp("dask"), python) as made:
        yield made


@pytest.fixture
def doomed_cluster(tmp_path: Path, python: str) -> Iterator[Cluster]:
    """One to kill parts of."""
    (tmp_path / "dask").mkdir()
    with running(tmp_path / "dask", python) as made:
        yield made


@contextmanager
def running(folder: Path, python: str) -> Iterator[Cluster]:
    """Start a cluster, and end it whatever is left of it."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    address = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = _start(
        python, "dask_scheduler", [*options, "--scheduler-file", str(address)], folder
    )
    made = Cluster("", scheduler, [], folder, python)
    try:
        made.address = _address(address)
        for _ in range(2):
            made.add_worker()
        yield made
    finally:
        made.stop()


def _start(
    python: str, program: str, arguments: list[str], folder: Path
) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [python, "-m", f"distributed.cli.{program}", *arguments],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"},
        )


def _address(path: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists():
            try:
                return str(json.loads(path.read_text())["address"])
            except ValueError:
                pass  # Half-written: Dask does not write it at once.
        time.sleep(0.05)
    raise AssertionError("the scheduler did not start")
