"""Residency: whether features fit into the memory of the device that trains on them."""

from __future__ import annotations

import torch

from hashbench.errors import UsageError
from hashbench.machine import free_memory

_GIB = 1 << 30


def decide(wish: bool | str, needed: int, device: torch.device) -> bool:
    """Return whether to hold ``needed`` bytes of features in the memory of ``device``.

    Parameters
    ----------
    wish : bool or "auto"
        True holds them, False streams them, ``"auto"`` holds them where a third of the free
        memory (2 GiB on CUDA, where that is more) stays free for the training itself.
    needed : int
        Bytes of all features in the type they are held in.
    device : torch.device
        The device.

    Raises
    ------
    UsageError
        If they are to be held and cannot be, or the wish is none of the three.
    """
    if wish is False:
        return False
    if wish is not True and wish != "auto":
        raise UsageError(f"resident must be auto, true or false, not {wish!r}")
    free = free_bytes(device)
    if wish is True:
        if needed > free:
            raise UsageError(
                f"{needed / _GIB:.1f} GiB of features do not fit the {free / _GIB:.1f} GiB free "
                f"on {device}: hold them as float16, or stream them (resident=false)"
            )
        return True
    spare = free / 3 if device.type == "cpu" else max(free / 3, 2 * _GIB)
    return needed <= free - spare


def free_bytes(device: torch.device) -> int:
    """Return the bytes that can still be taken on ``device``.

    On the CPU: :func:`hashbench.machine.free_memory`.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_memory()
