"""Shard: consecutive items of a database. A database in memory is one shard of one block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.labels import Labels
from hashbench.ranking.engine import HammingEngine, prepare


class Shard(Protocol):
    """Consecutive items of a database, made ready for queries block by block."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def n_bits(self) -> int:
        """Code length L."""

    @property
    def scale(self) -> int:
        """Bits that stand for one of the code; see :class:`hashbench.BinaryCodes`."""

    @property
    def n_classes(self) -> int:
        """Classes of the whole database and its queries."""

    @property
    def class_ids(self) -> NDArray[np.int64] | None:
        """Ids of these classes where they are numbered; see :class:`hashbench.Labels`."""

    @property
    def start(self) -> int:
        """Position of the first item in the whole database."""

    def __len__(self) -> int: ...

    def engines(
        self, engine: str, threads: int | None, *, labelled: bool
    ) -> Iterator[tuple[int, HammingEngine]]:
        """Yield the position in the database and the engine of one block after the other.

        Parameters
        ----------
        engine, threads
            As :func:`hashbench.ranking.prepare` takes them.
        labelled : bool
            Whether labels are needed; without, all items have none, of one class.
        """

    def read(self, start: int, stop: int) -> tuple[BinaryCodes, Labels]:
        """Return codes and labels of the shard's items ``start`` to ``stop``."""

    def read_codes(self, start: int, stop: int) -> BinaryCodes:
        """Return codes of the shard's items ``start`` to ``stop``; labels are not read."""

    def labels_of(self, rows: slice | NDArray[np.int64]) -> Labels:
        """Return labels of some of the shard's items."""


class MemoryShard:
    """A whole database in memory, laid out once however often it is walked.

    Parameters
    ----------
    codes : BinaryCodes
    labels : Labels
        As many.
    """

    name = "database codes"
    start = 0

    def __init__(self, codes: BinaryCodes, labels: Labels) -> None:
        self.codes = codes
        self.labels = labels
        self._prepared: dict[tuple[str, int | None, bool], HammingEngine] = {}

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def n_bits(self) -> int:
        """Code length L."""
        return self.codes.n_bits

    @property
    def scale(self) -> int:
        """Bits that stand for one of the code."""
        return self.codes.scale

    @property
    def n_classes(self) -> int:
        """Classes of the database and its queries."""
        return self.labels.n_classes

    @property
    def class_ids(self) -> NDArray[np.int64] | None:
        """Ids of these classes where they are numbered."""
        return self.labels.class_ids

    def engines(
        self, engine: str, threads: int | None, *, labelled: bool
    ) -> Iterator[tuple[int, HammingEngine]]:
        """Yield the one block."""
        key = engine, threads, labelled
        if key not in self._prepared:
            labels = self.labels if labelled else no_labels(len(self))
            self._prepared[key] = prepare(self.codes, labels, engine=engine, threads=threads)
        yield 0, self._prepared[key]

    def read(self, start: int, stop: int) -> tuple[BinaryCodes, Labels]:
        """Return codes and labels of items ``start`` to ``stop``."""
        return self.codes[start:stop], self.labels[start:stop]

    def read_codes(self, start: int, stop: int) -> BinaryCodes:
        """Return codes of items ``start`` to ``stop``."""
        return self.codes[start:stop]

    def labels_of(self, rows: slice | NDArray[np.int64]) -> Labels:
        """Return labels of some items."""
        return self.labels[rows]


def no_labels(n: int) -> Labels:
    """Return labels of ``n`` videos of which nothing is known."""
    return Labels(np.zeros((n, 1), dtype=np.bool_))
