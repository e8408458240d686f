"""Commands on two processes of torchrun."""

from __future__ import annotations

import socket

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}


def launcher() -> tuple[str, ...]:
    """Return the interpreter's arguments that start what follows twice, meeting at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return ("-m", "torch.distributed.run", "--nproc_per_node=2", "--master_addr=127.0.0.1",
            f"--master_port={port}")  # fmt: skip
