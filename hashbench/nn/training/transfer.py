"""Batches on their way from host memory to a device, one ahead of the one in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor


class Transfer:
    """Copies batches to ``device`` while the one before is being worked on.

    On the CPU nothing moves. On CUDA the copies start from pinned memory, on a stream of their
    own, and the caller's stream waits for the one it is given.

    Parameters
    ----------
    device : torch.device
        Where to.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.cuda = device.type == "cuda"
        stream: Any = torch.cuda.Stream  # untyped in torch
        self._stream: Any = stream(device) if self.cuda else None

    def host(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Return an empty host tensor to fill.

        Pinned memory comes from torch's own pool, which does not hand a block out again before
        the copies from it are done.
        """
        return torch.empty(shape, dtype=dtype, pin_memory=self.cuda)

    def moved(self, batches: Iterable[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield ``batches`` on the device, each sent off before the one before it is yielded."""
        if not self.cuda:
            yield from batches
            return
        waiting: tuple[tuple[Tensor, Tensor], Any] | None = None
        for batch in batches:
            following = self._send(batch)
            if waiting is not None:
                yield self._receive(*waiting)
            waiting = following
        if waiting is not None:
            yield self._receive(*waiting)

    def _send(self, batch: tuple[Tensor, Tensor]) -> tuple[tuple[Tensor, Tensor], Any]:
        with torch.cuda.stream(self._stream):
            rows, features = (part.to(self.device, non_blocking=True) for part in batch)
            return (rows, features), self._stream.record_event()

    def _receive(self, batch: tuple[Tensor, Tensor], sent: Any) -> tuple[Tensor, Tensor]:
        current = torch.cuda.current_stream(self.device)
        current.wait_event(sent)
        for part in batch:
            # The allocator must not reuse the memory while the caller's stream reads it.
            part.record_stream(current)
        return batch
