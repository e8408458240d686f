"""Precision: the number type of large products, while everything else stays float32."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from hashbench.errors import UsageError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_ALIASES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_low: ContextVar[torch.dtype | None] = ContextVar("hashbench_precision", default=None)


def parse_precision(name: str) -> torch.dtype:
    """Return the type that ``precision=`` names.

    Raises
    ------
    UsageError
        If it is none of float32, bfloat16 and float16 (fp32, bf16, fp16 for short).
    """
    full = _ALIASES.get(name, name)
    if full not in DTYPES:
        raise UsageError(f"precision must be one of {', '.join(DTYPES)}, not {name!r}")
    return DTYPES[full]


@contextmanager
def products_in(dtype: torch.dtype) -> Iterator[None]:
    """Compute the products of layers in ``dtype`` inside the block.

    Torch's own autocast would also round states and cells between the steps of a recurrence;
    here factors are rounded, sums and states are not.
    """
    token = _low.set(None if dtype == torch.float32 else dtype)
    try:
        yield
    finally:
        _low.reset(token)


def compute_dtype(weights: Tensor) -> torch.dtype:
    """Return the type in which to multiply by ``weights``."""
    return _low.get() or weights.dtype
