"""Commands on two processes of torchrun, and on one that is compared with them."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Sequence


def finished(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Return what came of a command whose processes have a thread each and meet on this machine."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        check=False,
    )


def launcher() -> tuple[str, ...]:
    """Return the interpreter's arguments that start what follows twice, meeting at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return ("-m", "torch.distributed.run", "--nproc_per_node=2", "--master_addr=127.0.0.1",
            f"--master_port={port}")  # fmt: skip
