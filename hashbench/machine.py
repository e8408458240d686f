"""The machine: its hardware as records describe it, its free memory, and what work has taken."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys
from pathlib import Path
from typing import Any

from hashbench.determinism import pinned

_STATUS = Path("/proc/self/status")
_SETS = ("sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512_bf16", "amx_tile")
_CLEAR = Path("/proc/self/clear_refs")
_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")

_LIBRARIES_BYTES = 576 << 20
"""Addresses that numpy, scipy and numba take with all that they load, with one thread."""

_THREAD_BYTES = 80 << 20
"""What each further thread takes: both copies of OpenBLAS prepare for it."""


def hardware() -> dict[str, Any]:
    """Return processor, memory, system and what computes; no name of the machine.

    ``blas`` are the libraries loaded by now, each with the kernels that it chose and its threads.
    ``torch`` is there where torch is loaded, with the instructions that it uses, and ``pinned``
    whether the process was started for ``--deterministic``.
    """
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpus": gpus(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "instructions": _instructions(),
        "blas": _blas(),
        "pinned": pinned(),
        **_torch(),
    }


def short_of_addresses() -> str:
    """Return what is wrong with the limit on this process's memory (``ulimit -v``), if anything.

    OpenBLAS, which numpy and scipy load, waits for ever where it finds no addresses for its
    threads. Nothing that comes later could say so.
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    needed = _LIBRARIES_BYTES + _THREAD_BYTES * (_blas_threads() - 1)
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return ""
    way = "raise it" if limit < _LIBRARIES_BYTES else "raise it, or set OPENBLAS_NUM_THREADS=1"
    return (
        f"the limit on memory is {limit >> 20:,} MiB (ulimit -v), and numerical libraries need "
        f"{needed >> 20:,} MiB to be loaded; {way}"
    )


def _blas_threads() -> int:
    cores = len(os.sched_getaffinity(0))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        wanted = os.environ.get(name, "")
        if wanted.isdecimal() and int(wanted) > 0:
            return min(int(wanted), cores)
    return cores


def reset_peak_memory() -> None:
    """Let :func:`peak_memory` count from now, where the system can.

    What earlier work has freed is given back first, or it would count.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others need not
    if trim is not None:
        trim(0)
    try:
        _CLEAR.write_text("5")
    except OSError:
        return  # The peak then covers the life of the process, which is still an upper bound.


def peak_memory() -> int:
    """Return the largest resident size of this process since the last reset, in bytes."""
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def free_memory() -> int:
    """Return the bytes of main memory that can still be taken.

    What the system says is available, or what is left of the control group's limit where that is
    less.
    """
    free = _available()
    limit, used = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
    if limit is not None and used is not None:
        free = min(free, max(0, limit - used + _reclaimable()))
    return free


def _instructions() -> list[str]:
    """Return those sets of instructions of the processor that libraries choose kernels by."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return []
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return [name for name in _SETS if name in flags]


def _blas() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    return [
        {
            "library": info["internal_api"],
            "version": info.get("version"),
            "kernel": info.get("architecture"),
            "threads": info["num_threads"],
        }
        for info in threadpool_info()
        if info["user_api"] == "blas"
    ]


def _torch() -> dict[str, Any]:
    torch = sys.modules.get("torch")  # importing it takes a second, and it had no part then
    if torch is None or not hasattr(torch, "get_num_threads"):
        return {}
    return {
        "torch": {
            "version": str(torch.__version__),
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "onednn_limit": os.environ.get("ONEDNN_MAX_CPU_ISA"),
            "mkl_mode": os.environ.get("MKL_CBWR"),
            "threads": torch.get_num_threads(),
        }
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def gpus() -> list[str]:
    """Return the names of NVIDIA devices, from the driver: torch takes a second to import."""
    names = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in path.read_text().splitlines():
            if line.startswith("Model:"):
                names.append(line.partition(":")[2].strip())
    return names


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
