"""How a block of codes is compared on this processor: by counting bits, or by table lookup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding
from numba import config

from hashbench.ranking import block_count, block_lookup
from hashbench.ranking.layout import Bytes, Words


def looks_up(features: set[str]) -> bool:
    """Say whether table lookup is the faster way on a processor with these features.

    With AVX-512's count of a vector's bits it is not. Without AVX2 it cannot be written.
    """
    return "avx2" in features and not {"avx512vpopcntdq", "avx512vl"} <= features


def target_features() -> set[str]:
    """Return the features of the processor that numba compiles for, as LLVM names them.

    That is this one, unless ``NUMBA_CPU_NAME`` or ``NUMBA_CPU_FEATURES`` names another, or
    ``NUMBA_ENABLE_AVX`` is 0. numba's cache of compiled functions knows processors apart by the
    name and the features that follow from these.
    """
    if config.CPU_FEATURES is not None:
        return {name[1:] for name in config.CPU_FEATURES.split(",") if name.startswith("+")}
    if config.CPU_NAME is not None or not config.ENABLE_AVX:
        return set()
    return {name for name, there in binding.get_host_cpu_features().items() if there}


_way: Any = block_lookup if looks_up(target_features()) else block_count

NAME: str = "lookup" if _way is block_lookup else "count"
arrange: Callable[[Words], Bytes] = _way.arrange
prepare: Callable[[Words], Bytes] = _way.prepare
compare, distance, measure = _way.compare, _way.distance, _way.measure
