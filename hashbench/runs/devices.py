"""The device that a user asks for."""

from __future__ import annotations

import re

from hashbench.errors import UsageError


def check_device(device: str) -> None:
    """Raise UsageError unless ``device`` is possible here; torch is imported for CUDA only.

    Examples
    --------
    >>> check_device("gpu")
    Traceback (most recent call last):
    ...
    hashbench.errors.UsageError: --device gpu: auto, cpu, cuda or cuda:N is possible
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise UsageError(f"--device {device}: auto, cpu, cuda or cuda:N is possible")
    if device.startswith("cuda"):
        import torch

        if not torch.cuda.is_available():
            raise UsageError(f"--device {device}: torch finds no CUDA device on this machine")
        count = torch.cuda.device_count()
        if int(device.partition(":")[2] or 0) >= count:
            raise UsageError(f"--device {device}: this machine has CUDA devices 0 to {count - 1}")
