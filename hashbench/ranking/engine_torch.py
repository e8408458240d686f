"""The engine for CUDA devices: dense products of -1/+1 codes, queries in chunks.

The same code runs on a CPU, where it is tested; there the numba engine is the faster one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.engine import check_query
from hashbench.ranking.lists import RankedLists

if TYPE_CHECKING:
    import torch

_CHUNK_PAIRS = 1 << 27
"""Pairs of query and item held at once: about 3 GiB on the device."""


class TorchEngine:
    """Counts and lists by matrix products.

    Parameters
    ----------
    database : BinaryCodes
    labels : Labels
    threads : int, optional
        Accepted for the sake of the interface; torch keeps its own threads.
    device : str, optional
        By default ``"cuda"`` where there is one, else ``"cpu"``.
    """

    def __init__(
        self,
        database: BinaryCodes,
        labels: Labels,
        *,
        threads: int | None = None,
        device: str | None = None,
    ) -> None:
        import torch

        self.database = database
        self.labels = labels
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        # bfloat16 holds whole numbers to 256 only; the sum runs in float32 but is rounded.
        exact = self.device.type == "cuda" and database.n_bits <= 256
        self._dtype = torch.bfloat16 if exact else torch.float32
        self._signs = self._on_device(database.signs())
        self._sets = self._on_device(labels.multi_hot)

    def count(
        self,
        query: BinaryCodes,
        labels: Labels,
        *,
        depth: int,
        radius: int = 2,
        bound: Ints | None = None,
    ) -> Counts:
        """Return the counts of each query to rank ``depth`` and to distance ``radius``."""
        import torch

        check_query(query, labels, self.database, self.labels)
        bins, size = query.n_bits + 1, len(self.database)
        parts = []
        for rows in self._chunks(len(query)):
            distances, relevant = self._pairs(query[rows], labels[rows])
            kth = distances.kthvalue(min(depth, size), dim=1, keepdim=True).values
            near = distances <= kth.clamp(min=radius)
            row = torch.arange(len(distances), device=self.device, dtype=torch.int32)[:, None]
            cells = row * bins + distances
            length = len(distances) * bins
            items = torch.bincount(cells[near], minlength=length)
            hits = torch.bincount(cells[near & relevant], minlength=length)
            n, r, totals = (
                table.cpu().numpy().astype(np.int64)
                for table in (items.view(-1, bins), hits.view(-1, bins), relevant.sum(dim=1))
            )
            parts.append(Counts.from_dense(n, r, totals, size=size, depth=depth, radius=radius))
        return Counts.stack(parts)

    def lists(
        self, query: BinaryCodes, labels: Labels, *, depth: int, bound: Ints | None = None
    ) -> RankedLists:
        """Return the nearest ``depth`` items of each query in stable order."""
        check_query(query, labels, self.database, self.labels)
        near: list[NDArray[np.uint16]] = []
        items: list[NDArray[np.int64]] = []
        hits: list[NDArray[np.bool_]] = []
        for rows in self._chunks(len(query)):
            distances, relevant = self._pairs(query[rows], labels[rows])
            order = distances.argsort(dim=1, stable=True)[:, :depth]
            near.append(distances.gather(1, order).cpu().numpy().astype(np.uint16))
            items.append(order.cpu().numpy().astype(np.int64))
            hits.append(relevant.gather(1, order).cpu().numpy())
        return RankedLists(depth, np.concatenate(near), np.concatenate(items), np.concatenate(hits))

    def _chunks(self, n_query: int) -> list[slice]:
        step = max(1, min(4096, _CHUNK_PAIRS // len(self.database)))
        return [slice(start, start + step) for start in range(0, n_query, step)]

    def _pairs(self, query: BinaryCodes, labels: Labels) -> tuple[torch.Tensor, torch.Tensor]:
        """Return distances (int32) and relevance (bool), both (n_query, n_database)."""
        agreement = self._on_device(query.signs()) @ self._signs.T
        distances = ((query.n_bits - agreement.float()) / 2).int()
        shared = self._on_device(labels.multi_hot) @ self._sets.T
        return distances, shared > 0

    def _on_device(self, array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> torch.Tensor:
        import torch

        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device, self._dtype)
