"""Settings under which a deep method computes the same on every x86-64 processor.

Libraries pick the newest instructions that a processor has, and each set of instructions rounds
otherwise. A network in training amplifies one rounding until its codes are others. Held to what
all processors have, and to one thread, the libraries take one path everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

PINNED = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Prescott",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}
"""Environment variables that a process needs before it imports numpy or torch."""


def pinned(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a process was started with all of :data:`PINNED`."""
    return all(environment.get(name) == value for name, value in PINNED.items())
