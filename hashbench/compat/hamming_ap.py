"""``HammingAP``: mAP of binary codes for training loops, on one process or many."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.compat.inputs import as_array
from hashbench.compat.processes import Processes
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels, holds_ids, whole_ids
from hashbench.ranking import AP, Counts, Ranked, prepare
from hashbench.ranking.profiles import Divisor, Query

Part = Literal["both", "query", "database"]
_CELLS = 1 << 22
"""Cells of a table of counts that is summed over processes at a time."""


class HammingAP(torch.nn.Module):
    """Mean average precision at K of codes that arrive batch by batch.

    Has the methods of a metric of torchmetrics, ``update``, ``compute`` and ``reset``, without
    needing that package. Where ``torch.distributed`` runs, each process keeps the items that it was
    given. Queries are gathered, each process counts them against its own items, and the counts are
    summed: equal to one process with all items, whatever order they came in.

    Parameters
    ----------
    k : int, optional
        Cut-off; None for the whole list.
    divisor : {"min(R,K)", "K", "hits", "R"}
    ties : {"expected", "optimistic", "pessimistic"}
        There is no policy of positions, since batches have no order that would last.
    query : {"kept", "dropped"}
        Whether a query stays in its own list where it is an item of the database too.
    engine : {"numba", "numpy", "torch"}
    process_group : optional
        As of ``torch.distributed``; the default group by default.

    Raises
    ------
    UsageError
        If a name or cut-off is wrong.

    Examples
    --------
    >>> metric = HammingAP(k=2, query="dropped")
    >>> metric.update(torch.tensor([[0.3, 2.0], [0.1, 1.0]]), torch.tensor([0, 0]))
    >>> metric.update(torch.tensor([[-1.0, -0.2], [-3.0, 0.5]]), torch.tensor([1, 1]))
    >>> round(float(metric.compute()), 4)
    0.875
    """

    def __init__(
        self,
        k: int | None = 20,
        *,
        divisor: Divisor = "min(R,K)",
        ties: Literal["expected", "optimistic", "pessimistic"] = "expected",
        query: Query = "dropped",
        engine: str = "numba",
        process_group: Any = None,
    ) -> None:
        super().__init__()
        if str(ties) == "stable":
            raise UsageError("ties 'stable' need positions, which batches do not have")
        self.measure = AP(k, divisor, ties, query)
        self.engine = engine
        self._processes = Processes(process_group)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._parts: list[tuple[BinaryCodes, NDArray[Any], bool, bool]] = []

    def update(self, codes: Any, labels: Any, part: Part = "both") -> None:
        """Take a batch.

        Parameters
        ----------
        codes : tensor of shape (n, L)
            Real numbers, whose signs are taken (0 counts as +1), or bits as bool or unsigned. A
            batch of other numbers that are all 0 or 1 is refused: they are bits, and signs of them
            would be all the same.
        labels : tensor
            Class ids (n,), or multi-hot rows (n, C).
        part : {"both", "query", "database"}
            Whether the items ask, are ranked, or both.

        Raises
        ------
        DataError, UsageError
            If codes or labels are none, or do not fit the batches before.
        """
        if part not in ("both", "query", "database"):
            raise UsageError(f"part {part!r}: both, query or database is needed")
        array, given = as_array(codes), as_array(labels)
        if array.ndim != 2 or len(array) != len(given):
            raise DataError(f"codes {array.shape} and labels {given.shape} do not fit each other")
        bits = array.dtype.kind in "bu"
        if not bits and (array == 0).any() and ((array == 0) | (array == 1)).all():
            raise DataError(
                f"codes are 0 and 1 as {array.dtype}, whose signs are all +1; give them as bool, "
                "as in codes > 0, or as -1 and +1"
            )
        packed = BinaryCodes.from_bits(array) if bits else BinaryCodes.from_signs(array)
        rows = whole_ids(given) if holds_ids(given) else Labels.from_array(given).multi_hot
        if self._parts:
            first, before, _, _ = self._parts[0]
            if (first.n_bits, before.shape[1:]) != (packed.n_bits, rows.shape[1:]):
                raise DataError(
                    f"codes of {packed.n_bits} bits with labels {rows.shape} after codes of "
                    f"{first.n_bits} with labels {before.shape}"
                )
        self._parts.append((packed, rows, part != "database", part != "query"))

    def forward(self, codes: Any, labels: Any, part: Part = "both") -> None:
        """Take a batch, as :meth:`update`: a part of a set has no value of its own."""
        self.update(codes, labels, part)

    def compute(self) -> torch.Tensor:
        """Return the mean over all queries, of all processes, as a tensor of float64.

        Raises
        ------
        UsageError
            If there are no queries or no items, or K is larger than the database.
        """
        n_bits, width = self._sizes()
        known = None if width else self._class_ids()
        asking = self._joined(query=True, n_bits=n_bits, width=width)
        everyone = self._processes.rows(np.concatenate(asking, axis=1))
        if len(everyone) == 0:
            raise UsageError("no queries were given: update comes before compute")
        ends = np.cumsum([part.shape[1] for part in asking])
        packed, rows, inside = np.split(everyone, ends[:-1], axis=1)
        codes, labels = BinaryCodes(packed, n_bits), _labels(rows, width, known)
        if self.measure.query == "dropped" and inside.any() and not inside.all():
            raise UsageError("some queries are items and some are not; drop none, or all")
        own = self.measure.query == "dropped" and bool(inside.all())
        packed, rows, _ = self._joined(query=False, n_bits=n_bits, width=width)
        mine = BinaryCodes(packed, n_bits), _labels(rows, width, known)
        size = int(self._processes.numbers([len(packed)]).sum())
        if self.measure.k is not None and self.measure.k > size - own:
            raise UsageError(f"K = {self.measure.k}: the database has {size - own} items")
        if size == 0:
            raise UsageError("no items were given to rank")
        return torch.tensor(self._mean(codes, labels, mine, size, own), dtype=torch.float64)

    def _mean(
        self,
        codes: BinaryCodes,
        labels: Labels,
        mine: tuple[BinaryCodes, Labels],
        size: int,
        own: bool,
    ) -> float:
        engine = prepare(*mine, engine=self.engine) if len(mine[0]) else None
        total, step = 0.0, max(1, _CELLS // (codes.n_bits + 1))
        for start in range(0, len(codes), step):
            rows = slice(start, start + step)
            ours = codes[rows]
            tables = np.zeros((2, len(ours), codes.n_bits + 1), dtype=np.int64)
            if engine is not None:
                counts = engine.count(ours, labels[rows], depth=size, radius=codes.n_bits)
                tables[0, counts.rows, counts.distances] = counts.items
                tables[1, counts.rows, counts.distances] = counts.hits
            items, hits = self._processes.summed(tables)
            everything = Counts.from_dense(
                items, hits, hits.sum(axis=1), size=size, depth=size, radius=codes.n_bits
            )
            labelled = np.any(labels[rows].multi_hot, axis=1)
            positions = np.arange(len(ours)) if own else None
            ranked = Ranked(everything, positions, labelled)
            total += float(self.measure.per_query(ranked).sum())
        return total / len(codes)

    def _sizes(self) -> tuple[int, int]:
        """Return code length and width of multi-hot labels (0 for ids), of all."""
        here = [0, 0]
        if self._parts:
            codes, rows = self._parts[0][:2]
            here = [codes.n_bits, rows.shape[1] if rows.ndim == 2 else 0]
        every = self._processes.numbers(here)
        said = every[every[:, 0] > 0]
        if len(said) == 0:
            raise UsageError("no queries were given: update comes before compute")
        if (said != said[0]).any():
            raise UsageError("processes have codes or labels of different widths")
        n_bits, width = said[0].tolist()
        return n_bits, width

    def _class_ids(self) -> NDArray[np.int64]:
        """Return the class ids of all processes, in order: they may lie far apart."""
        parts = [np.unique(part[1]) for part in self._parts]
        own = np.unique(np.concatenate([np.zeros(0, np.int64), *parts]))
        return np.unique(_ids(self._processes.rows(_label_bytes(own))))

    def _joined(self, *, query: bool, n_bits: int, width: int) -> list[NDArray[np.uint8]]:
        """Return codes, labels and whether queries are items, as bytes, of this process."""
        parts = [part for part in self._parts if part[2 if query else 3]]
        label_bytes = -(-width // 8) if width else 8
        packed = [np.zeros((0, -(-n_bits // 8)), np.uint8), *(part[0].packed for part in parts)]
        rows = [np.zeros((0, label_bytes), np.uint8), *(_label_bytes(part[1]) for part in parts)]
        flags = [np.full((len(part[0]), 1), part[3], np.uint8) for part in parts]
        inside = [np.zeros((0, 1), np.uint8), *flags]
        return [np.concatenate(one) for one in (packed, rows, inside)]


def _label_bytes(rows: NDArray[Any]) -> NDArray[np.uint8]:
    if rows.ndim == 2:
        return np.packbits(rows, axis=1)
    return rows.astype("<i8")[:, None].view(np.uint8)


def _ids(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.ascontiguousarray(rows).view("<i8")[:, 0]


def _labels(rows: NDArray[np.uint8], width: int, known: NDArray[np.int64] | None) -> Labels:
    if known is None:
        return Labels(np.unpackbits(rows, axis=1, count=width).astype(bool))
    return Labels.from_array(np.searchsorted(known, _ids(rows)), len(known))
