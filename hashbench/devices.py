"""Names of devices: which are possible, and which are here. Torch is imported for CUDA only."""

from __future__ import annotations

import re

from hashbench.errors import UsageError


def check_device(device: str, option: str = "--device") -> None:
    """Raise UsageError unless ``device`` is possible here.

    Parameters
    ----------
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
    option : str
        What the message calls it.

    Examples
    --------
    >>> check_device("gpu")
    Traceback (most recent call last):
    ...
    hashbench.errors.UsageError: --device gpu: auto, cpu, cuda or cuda:N is possible
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise UsageError(f"{option} {device}: auto, cpu, cuda or cuda:N is possible")
    if device.startswith("cuda") and not _has_torch():
        raise UsageError(f"{option} {device}: torch is not installed; use device cpu or auto")
    if device.startswith("cuda") and int(device.partition(":")[2] or 0) >= cuda_devices():
        raise UsageError(
            f"{option} {device}: this machine has {cuda_devices()} CUDA devices; "
            "use device cpu or auto"
        )


def resolved_device(device: str) -> str:
    """Return ``device``, or what ``auto`` means here: ``cuda`` where there is any, else ``cpu``."""
    if device != "auto":
        return device
    return "cuda" if cuda_devices() else "cpu"


def cuda_devices() -> int:
    """Return how many CUDA devices this machine has and torch, if it is installed, can use."""
    if not _has_torch():
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_torch() -> bool:
    try:
        import torch  # noqa: F401 - whether it loads, not only whether it is there
    except ModuleNotFoundError:
        return False
    return True
