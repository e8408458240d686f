"""A stand-in for the interpreter: what it can, it has forked by a server, see ``fork_server.py``.

Run as ``python -I -S fork_client.py ADDRESS PYTHON ARGUMENTS``. What reaches this process is passed
on: standard streams, folder, environment, blocked signals and signals. It ends as the other ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

MODULES = {
    "distributed.cli.dask_scheduler",
    "distributed.cli.dask_worker",
    "hashbench",
    "hashbench.runs.executors.worker",
    "torch.distributed.run",
}


def forkable(arguments: list[str]) -> bool:
    """Whether this calls a module that is known, or a script."""
    rest = [word for word in arguments if word not in ("-P", "-u")]
    return rest[0].endswith(".py") or (rest[0] == "-m" and rest[1] in MODULES)


def forked(address: str, arguments: list[str]) -> bytes:
    """Have it done, and return the status; nothing where the server would not."""
    request = json.dumps(
        {
            "arguments": arguments,
            "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes longer than all of this
            "environment": dict(os.environ),
            "blocked": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        }
    ).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [len(request).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(request)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: server.sendall(bytes([number])))
        return server.recv(16)


def main() -> None:
    address, python, *arguments = sys.argv[1:]
    status = forked(address, arguments) if forkable(arguments) else b""
    if not status:
        os.execv(python, [python, *arguments])
    if int(status) < 0:
        if int(status) != -signal.SIGKILL:  # which has no handler to take back
            signal.signal(-int(status), signal.SIG_DFL)
        os.kill(os.getpid(), -int(status))
    os._exit(int(status))


if __name__ == "__main__":
    main()
