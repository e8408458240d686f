"""What the processes of a training tell each other: rows of bytes and whole numbers, summed tables.

Nothing is pickled, as ``all_gather_object`` would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray


class Processes:
    """The processes of a group; this one alone where ``torch.distributed`` does not run.

    Parameters
    ----------
    group : optional
        As of ``torch.distributed``.
    """

    def __init__(self, group: Any = None) -> None:
        self.group = group

    @property
    def alone(self) -> bool:
        """Whether there is no other process."""
        return not (dist.is_available() and dist.is_initialized())

    def numbers(self, own: Sequence[int]) -> NDArray[np.int64]:
        """Return the numbers of each process, shape (processes, n)."""
        mine = np.array([own], dtype=np.int64)
        return mine if self.alone else np.concatenate(self._gathered(mine))

    def rows(self, own: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the rows of all processes, one process after the other.

        A process without rows may have any width.
        """
        sizes = self.numbers(own.shape)
        if self.alone:
            return own
        most, width = int(sizes[:, 0].max()), int(sizes[sizes[:, 0] > 0, 1].max(initial=0))
        padded = np.zeros((most, width), dtype=np.uint8)
        if len(own):
            padded[: len(own)] = own
        parts = self._gathered(padded)
        return np.concatenate([part[:n] for part, n in zip(parts, sizes[:, 0], strict=True)])

    def summed(self, tables: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of the tables of all processes."""
        if self.alone:
            return tables
        total = torch.from_numpy(tables).to(self._device)
        dist.all_reduce(total, group=self.group)
        return np.asarray(total.cpu().numpy())

    def _gathered(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        mine = torch.from_numpy(np.ascontiguousarray(array)).to(self._device)
        found = [torch.empty_like(mine) for _ in range(dist.get_world_size(self.group))]
        dist.all_gather(found, mine, group=self.group)
        return [one.cpu().numpy() for one in found]

    @property
    def _device(self) -> str:
        return "cuda" if dist.get_backend(self.group) == "nccl" else "cpu"
