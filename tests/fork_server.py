"""Processes of ``hashbench`` that are forked from one that has loaded the libraries.

Loading torch, numba, pandas and scikit-learn takes longer than most commands that the tests call,
and loading the modules of ``hashbench`` takes longer than many of them work. A fork server loads
all once, and each command is a fork of it. No function of ``hashbench`` is called before the fork,
so that a command still discovers and compiles what it needs. A command that would find another
``hashbench`` becomes the interpreter. Tests of the start itself use ``sys.executable``; ``pytest
--fresh-processes`` lets all of them do so.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import json
import os
import pkgutil
import runpy
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = (
    "concurrent.futures.thread",
    "h5py",
    "importlib.metadata",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "numba",
    "numba.core.cgutils",
    "numba.extending",
    "pandas",
    "rich.console",
    "rich.progress",
    "rich.table",
    "safetensors.torch",
    "scipy.linalg",
    "scipy.sparse.linalg",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.datasets",
    "sklearn.decomposition",
    "torch",
    "torch._dynamo",  # which every optimiser of torch loads
    "torch.distributed.run",
)

READ_EARLY = ("ATEN_", "LD_", "MKL_", "MPL", "NUMBA_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTHON")
"""Variables that the interpreter or a library reads as it is loaded, which is over at a fork."""


class ForkServer:
    """A server, and the program that stands for ``python`` and asks it.

    Attributes
    ----------
    python : str
        Takes arguments as the interpreter does. Commands of ``hashbench``, workers and scripts are
        forked. With anything else, and where a variable in :data:`READ_EARLY` is another one, it
        becomes the interpreter.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fork-"))  # short: it is part of an address
        address = self._folder / "socket"
        self.python = str(self._folder / "python")
        client = [sys.executable, "-I", "-S", str(Path(__file__).with_name("fork_client.py"))]
        line = shlex.join([*client, str(address), sys.executable])
        Path(self.python).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        Path(self.python).chmod(0o755)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(address))
            listener.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno()), self.python],
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
            )

    def close(self) -> None:
        """End the server, and what it has forked."""
        self._process.communicate(timeout=30)
        shutil.rmtree(self._folder)


class _Command:
    """A process that was forked, and the client that waits for it."""

    def __init__(self, pid: int, client: socket.socket) -> None:
        self.pid = pid
        self.client = client
        self.ended = os.pidfd_open(pid)

    def hear(self) -> None:
        """Pass on signals; a client that has gone was killed."""
        for number in self.client.recv(16) or [signal.SIGKILL]:
            os.kill(self.pid, number)

    def report(self) -> None:
        """Tell the client the status."""
        _, status = os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):  # it was killed
            self.client.sendall(b"%d" % os.waitstatus_to_exitcode(status))
        os.close(self.ended)
        self.client.close()


class _Server:
    """Forks for whoever connects, until its standard input ends."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._commands: dict[int, _Command] = {}
        self._selector = selectors.DefaultSelector()
        for source in (listener.fileno(), 0):
            self._selector.register(source, selectors.EVENT_READ)
        self._early = _early(os.environ)  # loading the libraries changes some
        spec = importlib.util.find_spec("hashbench")
        self._package = Path(spec.origin).parent.resolve() if spec and spec.origin else None
        self._loaded = False

    def serve(self) -> dict[str, Any]:
        """Return only in a child, with what it is to do."""
        while True:
            for key, _ in self._selector.select():
                if key.fd == 0:
                    self._close()
                elif key.fd == self._listener.fileno():
                    if request := self._accept():
                        return request
                elif command := self._commands.get(key.fd):  # else it has just been reported
                    if key.fd != command.ended:
                        command.hear()
                        continue
                    for source in (command.client.fileno(), command.ended):
                        self._selector.unregister(source)
                        del self._commands[source]
                    command.report()

    def _accept(self) -> dict[str, Any] | None:
        """Fork, and return the request in the child."""
        client, _ = self._listener.accept()
        request = _read(client)
        pid = None
        own = _early(request["environment"]) == self._early
        if own and all(found == self._package for found in _packages(request)):
            self._load()
            with warnings.catch_warnings():
                # Python 3.12 warns of threads. OpenBLAS has some, and knows of forks.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
            if not pid:
                self._selector.close()
                for own in (self._listener, client, *(c.client for c in self._commands.values())):
                    own.close()
                return request
        for stream in request["streams"]:
            os.close(stream)
        if pid is None:
            client.close()
            return None
        command = _Command(pid, client)
        for source in (client.fileno(), command.ended):
            self._selector.register(source, selectors.EVENT_READ)
            self._commands[source] = command
        return None

    def _load(self) -> None:
        if not self._loaded:
            for name in (*LIBRARIES, *_modules()):
                with contextlib.suppress(ModuleNotFoundError):  # torch is not needed for all
                    importlib.import_module(name)
            sys.modules["numba"].njit(lambda: None)()  # the first call builds numba's tables
            gc.freeze()  # collections in the children are not to touch what they share
            self._loaded = True

    def _close(self) -> NoReturn:
        for command in self._commands.values():
            os.kill(command.pid, signal.SIGKILL)
        os._exit(0)


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(READ_EARLY) and name != "PYTHONPATH"  # which a child sees to
    }


def _modules() -> Iterator[str]:
    """Yield the modules of ``hashbench`` but for those that are run, which runpy loads itself."""
    package = importlib.import_module("hashbench")
    for module in pkgutil.walk_packages(package.__path__, "hashbench."):
        if not module.name.endswith(("__main__", ".reference", ".worker")):
            yield module.name


def _packages(request: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the folders of ``hashbench`` that a command would find before ours."""
    words = [word for word in request["arguments"] if word not in ("-P", "-u")]
    folder = Path(request["folder"])
    places = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
    if "-P" not in request["arguments"][:2]:
        places.append(str(folder if words[0] == "-m" else Path(words[0]).parent))
    for place in filter(None, places):
        found = folder / place / "hashbench"
        if (found / "__init__.py").is_file():
            yield found.resolve()


def _read(client: socket.socket) -> dict[str, Any]:
    """Read a request and the three standard streams that come with it."""
    head, streams, _, _ = socket.recv_fds(client, 4, 3)
    size = int.from_bytes(head, "big")
    request = b""
    while len(request) < size:
        request += client.recv(size - len(request))
    return {**json.loads(request), "streams": list(streams)}


def carry_out(request: dict[str, Any], python: str) -> None:
    """Be the process that was asked for."""
    for number, stream in enumerate(request["streams"]):
        os.dup2(stream, number)
        os.close(stream)
    words = request["arguments"]
    flags = {word for word in words[:2] if word in ("-P", "-u")}
    words = words[len(flags) :]
    # The server's own remember what kind of file they wrote to.
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, errors=old.errors, closefd=False)  # noqa: SIM115
        for number, (mode, old) in enumerate(
            (("r", sys.stdin), ("w", sys.stdout), ("w", sys.stderr))
        )
    )
    sys.stdout.reconfigure(write_through="-u" in flags)
    sys.stderr.reconfigure(line_buffering=True)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    signal.pthread_sigmask(signal.SIG_SETMASK, request["blocked"])
    sys.executable = python
    sys.argv = words[words[0] == "-m" :]
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    if "-P" not in flags:
        sys.path.insert(0, request["folder"] if words[0] == "-m" else str(Path(words[0]).parent))
    status: Any = None
    try:
        if words[0] == "-m":
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
        if not isinstance(status, int | None):
            raise
    # As the interpreter ends, but for taking apart every module that the server has loaded.
    threading._shutdown()
    atexit._run_exitfuncs()
    for output in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            output.flush()
    os._exit(status or 0)


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this script
    carry_out(_Server(socket.socket(fileno=int(sys.argv[1]))).serve(), sys.argv[2])
