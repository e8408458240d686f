"""Training of one model on several processes: shares of a batch, and sums between them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def world() -> int:
    """Return the number of processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return this process's place among them."""
    return dist.get_rank() if world() > 1 else 0


def join(device: torch.device) -> None:
    """Join the processes that ``torchrun`` started, if it did and they are not joined yet."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")


class Channel:
    """Texts from the first process to the others between trainings.

    It may be silent for as long as it ranks or trains what needs no help, so the channel waits for
    days, where the processes' other exchanges give up after minutes. All make it at the same time.
    """

    def __init__(self) -> None:
        self._group = dist.new_group(backend="gloo", timeout=timedelta(days=30))

    def send(self, text: str) -> None:
        """Send ``text`` to all other processes."""
        words = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8) if text else None
        dist.broadcast(torch.tensor([0 if words is None else len(words)]), 0, self._group)
        if words is not None:
            dist.broadcast(words, 0, self._group)

    def receive(self) -> str:
        """Return the next text that the first process sends."""
        length = torch.zeros(1, dtype=torch.int64)
        dist.broadcast(length, 0, self._group)
        words = torch.zeros(int(length), dtype=torch.uint8)
        if len(words):
            dist.broadcast(words, 0, self._group)
        return bytes(words.tolist()).decode()


def leave() -> None:
    """Part from the other processes."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def share(n: int) -> slice:
    """Return this process's part of ``n`` videos; parts differ by one video at most."""
    size, more = divmod(n, world())
    begin = rank() * size + min(rank(), more)
    return slice(begin, begin + size + (rank() < more))


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor, n: int) -> Tensor:
        sizes = [n // world() + (i < n % world()) for i in range(world())]
        padded = part.new_zeros(max(sizes), *part.shape[1:])
        padded[: len(part)] = part
        parts = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(parts, padded)
        ctx.mine = share(n)
        return torch.cat([p[:size] for p, size in zip(parts, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        # Every process used all rows: what they have to say about ours adds up.
        whole = grads[0].clone(memory_format=torch.contiguous_format)  # others may share it
        dist.all_reduce(whole)
        return whole[ctx.mine], None


def gather(part: Tensor, n: int) -> Tensor:
    """Return the rows (n, ...) of all processes, in order; the gradient comes back to each part."""
    if world() == 1:
        return part
    whole: Tensor = _Gather.apply(part, n)  # type: ignore[no-untyped-call]  # torch
    return whole


def sum_gradients(parameters: list[nn.Parameter]) -> None:
    """Add the gradients of all processes, in one message."""
    if world() == 1:
        return
    grads = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.reshape(-1) for g in grads])
    dist.all_reduce(flat)
    for grad, total in zip(grads, flat.split([g.numel() for g in grads]), strict=True):
        grad.copy_(total.view_as(grad))


def agree(values: Tensor) -> Tensor:
    """Return the sum of ``values`` over all processes."""
    if world() > 1:
        values = values.clone()
        dist.all_reduce(values)
    return values
