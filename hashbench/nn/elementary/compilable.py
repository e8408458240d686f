"""Which tensors compiled code can work on."""

from __future__ import annotations

import torch
from torch import Tensor


def compilable(x: Tensor) -> bool:
    """Whether there is compiled code for such tensors."""
    return x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
