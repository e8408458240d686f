"""Choice of the device of a training, and advice where its memory does not suffice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from hashbench.devices import check_device, resolved_device
from hashbench.errors import MethodError

_WORTH_SHARING = 1_000_000_000


def pick_device(name: str) -> torch.device:
    """Return the device that ``name`` asks for; under ``torchrun`` each process gets its own GPU.

    Parameters
    ----------
    name : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``, or ``"auto"`` (CUDA where there is any).

    Raises
    ------
    UsageError
        If it is no device, or a GPU that this machine does not have.
    """
    check_device(name, "device")
    name = resolved_device(name)
    if name == "cpu":
        return torch.device(name)
    index = name.partition(":")[2] or os.environ.get("LOCAL_RANK", "0")
    # Under torchrun "cuda" is a GPU of one's own, which may be one that is not there.
    check_device(f"cuda:{index}", "device")
    return torch.device("cuda", int(index))


@contextmanager
def memory_advice(lower: str) -> Iterator[None]:
    """Turn running out of device memory into an error that says what to lower.

    Parameters
    ----------
    lower : str
        The settings that decide how much memory the block takes.

    Raises
    ------
    MethodError
        If the device's memory does not suffice.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise MethodError(
            f"the device is out of memory: lower {lower}, or use device cpu"
        ) from None
    except RuntimeError as error:  # the CPU's allocator has no error type of its own
        if "can't allocate memory" not in str(error):
            raise
        raise MethodError(f"out of memory: lower {lower}") from None


@contextmanager
def threads_for(flops: int) -> Iterator[None]:
    """Train on one thread unless the products over all frames are large.

    Steps of a recurrence gain less than half from a second thread, and two cells on a thread each
    more; nor do sums then depend on how many threads there are, so that a small set's codes are
    the same however many cells are worked on at a time.

    Parameters
    ----------
    flops : int
        Floating-point operations of the product of a batch's frames with the input weights.
    """
    before = torch.get_num_threads()
    if flops < _WORTH_SHARING:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
