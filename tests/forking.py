"""The command line in forks of a process that has imported it: a kill meets work, not imports.

Run as a script, this module is that process. :class:`Forks` starts it and asks it for commands.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import mmap
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.rmtree"}
)
"""Audit events of a change of files; Python raises them just before it makes the change."""


class Running:
    """A command in a process group of its own.

    Parameters
    ----------
    forks : Forks
        Who started it.
    pid : int
        Of the command and of its group.
    out, err : Path
        What it prints.
    """

    def __init__(self, forks: Forks, pid: int, out: Path, err: Path) -> None:
        self.forks, self.pid, self.out, self.err = forks, pid, out, err

    def kill(self, *, alone: bool = False) -> None:
        """Kill it with all that it started, or ``alone``, so that its workers are orphans."""
        (os.kill if alone else os.killpg)(self.pid, signal.SIGKILL)

    def ended(self, within_s: float = 0.0) -> bool:
        """Say whether it ends within some seconds."""
        return self.forks.answers(within_s)

    def status(self, within_s: float = 60.0) -> tuple[int, int]:
        """Return its exit status, negative for a signal, and how often it changed files."""
        assert self.ended(within_s), f"still at work after {within_s:g} s"
        answer = self.forks.answer()
        return int(answer["status"]), int(answer["changes"])


class Forks:
    """A process that forks for every command, one at a time.

    Parameters
    ----------
    modules : sequence of str
        What else to import beforehand.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._rest = b""
        self.answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def start(
        self,
        argv: Sequence[object],
        cwd: Path,
        *,
        settings: Sequence[tuple[str, str, Any]] = (),
        die_at: int = 0,
    ) -> Running:
        """Start ``hashbench ARGV`` in the folder ``cwd``, which has its cache as well.

        Parameters
        ----------
        argv : sequence
        cwd : Path
        settings : sequence of (str, str, object)
            Module, name and value of constants to change.
        die_at : int
            Kill all of it at this change of a file in ``cwd``, counted from 1, just before it is
            made; 0 for never.
        """
        out, err = cwd / "stdout", cwd / "stderr"
        request = {
            "argv": list(map(str, argv)), "cwd": str(cwd), "settings": list(settings),
            "die_at": die_at,
        }  # fmt: skip
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return Running(self, int(self.answer()["pid"]), out, err)

    def call(self, argv: Sequence[object], cwd: Path, **how: Any) -> tuple[int, str, str]:
        """Run a command to its end; return status, output and errors."""
        running = self.start(argv, cwd, **how)
        status, _ = running.status()
        return status, running.out.read_text(), running.err.read_text()

    def answers(self, within_s: float) -> bool:
        """Say whether there is something to read within some seconds."""
        return b"\n" in self._rest or bool(
            select.select([self._process.stdout], [], [], within_s)[0]
        )

    def answer(self) -> dict[str, Any]:
        """Read one line."""
        assert self._process.stdout is not None
        while b"\n" not in self._rest:
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            assert data, "the process that forks has ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        value: dict[str, Any] = json.loads(line)
        return value


class ForkedWorker:
    """Stands in for :class:`subprocess.Popen` in the local executor: the worker is a fork."""

    _ours: list[int] = []  # noqa: RUF012 - of all: what a later worker must not hold open

    def __init__(self, command: Sequence[str], **_: object) -> None:
        pipes = {name: os.pipe() for name in ("stdin", "stdout", "stderr")}
        theirs = [pipes["stdin"][0], pipes["stdout"][1], pipes["stderr"][1]]
        ours = [pipes["stdin"][1], pipes["stdout"][0], pipes["stderr"][0]]
        self._ours.extend(ours)
        self.pid = os.fork()
        if not self.pid:
            _become(theirs, self._ours)
            _exit_with(importlib.import_module(command[-1]).main)
        for descriptor in theirs:
            os.close(descriptor)
        self.stdin = os.fdopen(ours[0], "wb")
        self.stdout, self.stderr = os.fdopen(ours[1], "rb"), os.fdopen(ours[2], "rb")
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the status."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
            elif deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            else:
                time.sleep(0.002)
        return self._status

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self._status is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)


def _become(streams: Sequence[int], close: Sequence[int] = ()) -> None:
    """Make three descriptors the standard streams of this process."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in {*streams, *close} - {0, 1, 2}:
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - anew: the old one has read ahead


def _exit_with(work: Callable[[], Any]) -> None:
    """Work, and end this process as the interpreter would."""
    status = 0
    try:
        work()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _count_changes(folder: str, die_at: int, counter: mmap.mmap) -> None:
    """Count changes of files in a folder, here and in forks, and die at one of them."""

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if not _changes(event, arguments, folder):
            return
        number = int.from_bytes(counter[:8], "little") + 1
        counter[:8] = number.to_bytes(8, "little")
        if number == die_at:
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(audit)


def _changes(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    if event == "ctypes.dlsym":
        return bool(arguments[1] == "renameat2")
    if event == "open":
        if not isinstance(arguments[2], int) or not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return False
    elif event not in _CHANGES:
        return False
    path = arguments[0]
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    name = os.fsdecode(path)
    # What is relative is relative to the folder, or to a descriptor of a folder within it.
    return not name.startswith("/") or name.startswith(folder)


def _command(request: dict[str, Any], counter: mmap.mmap) -> None:
    """Become the command that a request asks for."""
    os.setpgid(0, 0)
    os.chdir(request["cwd"])
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    streams = [os.open(os.devnull, os.O_RDONLY), os.open("stdout", write), os.open("stderr", write)]
    _become(streams)
    os.environ["HASHBENCH_CACHE"] = f"{request['cwd']}/cache"
    for module, name, value in request["settings"]:
        setattr(importlib.import_module(module), name, value)
    local: Any = importlib.import_module("hashbench.runs.executors.local")
    local.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": ForkedWorker})
    _count_changes(request["cwd"], request["die_at"], counter)
    from hashbench.cli.main import main

    sys.argv = ["hashbench", *request["argv"]]
    _exit_with(lambda: main(request["argv"]))


def serve(modules: Sequence[str]) -> None:
    """Import everything, then fork for every line of standard input."""
    from hashbench.cli.main import VERBS
    from hashbench.specs import resolve

    for target, _ in VERBS.values():
        resolve(target)
    for module in ("hashbench.runs.watching", "rich.progress", *modules):
        importlib.import_module(module)
    _load_kernels()
    assert threading.active_count() == 1, "a fork has one thread only"
    _say(ready=True)
    rest = b""
    while data := os.read(0, 1 << 16):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            counter = mmap.mmap(-1, 8)
            pid = os.fork()
            if not pid:
                _command(json.loads(line), counter)
            with contextlib.suppress(OSError):  # it may have ended already
                os.setpgid(pid, pid)  # here too: whoever is told the number may kill the group
            _say(pid=pid)
            _, status = os.waitpid(pid, 0)
            _say(
                status=os.waitstatus_to_exitcode(status),
                changes=int.from_bytes(counter[:8], "little"),
            )


def _load_kernels() -> None:
    """Rank something small: loading what was compiled takes longer than a cell of a small set."""
    import numpy as np

    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.ranking import evaluate

    for bits in (4, 6):
        codes = BinaryCodes.from_bits(np.arange(60 * bits).reshape(60, bits) % 7 < 3)
        labels = Labels.from_array(np.arange(60) % 3)
        evaluate(codes, codes, labels, labels, k=(1, 5, 20), self_retrieval=True, threads=1)


def _say(**values: object) -> None:
    os.write(1, json.dumps(values).encode() + b"\n")


if __name__ == "__main__":
    serve(sys.argv[1:])
