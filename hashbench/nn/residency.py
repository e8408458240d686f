"""Whether features fit into the memory of the device that trains on them."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from hashbench.errors import UsageError

_GIB = 1 << 30
_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


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

    On the CPU: what the system says is available, or what is left of the control group's limit
    where that is less.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = _available()
    limit, used = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
    if limit is not None and used is not None:
        free = min(free, max(0, limit - used + _reclaimable()))
    return free


def _available() -> int:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux: ask for the free pages instead, which leaves file caches out
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _reclaimable() -> int:
    """File pages count as used by a control group, and are given up when memory is asked for."""
    try:
        fields = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return int(fields.get("inactive_file", "0"))
    except (OSError, ValueError):
        return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None  # no such group, or "max": no limit
