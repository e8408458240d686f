"""Codes to be exported, with what is known of their items, in blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.data import Card
from hashbench.labels import Labels
from hashbench.retrieval.nearest import Database, names_of
from hashbench.workspace import Progress, Silent

ROWS = 1 << 16
"""Items of a block: some megabytes of codes, whatever their length."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive items of a collection.

    Parameters
    ----------
    start : int
        Position of the first in the whole.
    packed : ndarray of uint8, shape (n, ceil(bits / 8))
        Bit j of a code is bit j % 8, least significant first, of byte j // 8.
    ids : sequence of str
        What each is called; none where that is not known.
    labels : sequence of tuple of str
        Names of the classes of each; none where labels are not known.
    """

    start: int
    packed: NDArray[np.uint8]
    ids: Sequence[str] = ()
    labels: Sequence[tuple[str, ...]] = ()

    def __len__(self) -> int:
        return len(self.packed)

    def rows(self) -> range:
        """Return the positions of the items in the whole."""
        return range(self.start, self.start + len(self))

    def called(self) -> Sequence[str]:
        """Return the ids, or the positions as text where there are none."""
        return self.ids or [str(row) for row in self.rows()]

    def labels_json(self) -> list[str | None]:
        """Return the names of each item's classes as a JSON list; None where they are not known."""
        if not self.labels:
            return [None] * len(self)
        return [json.dumps(names, ensure_ascii=False) for names in self.labels]

    def items(self) -> Iterator[dict[str, object]]:
        """Yield what is known of each item beside its code: ``row``, ``id``, ``labels``."""
        for at, row in enumerate(self.rows()):
            known: dict[str, object] = {"row": row}
            if self.ids:
                known["id"] = self.ids[at]
            if self.labels:
                known["labels"] = list(self.labels[at])
            yield known


@dataclass(frozen=True, slots=True)
class Collection:
    """Codes of one length, in memory or in files, and what is known of their items.

    Parameters
    ----------
    database : Database
        As ``hashbench search`` opens it.
    has_ids : bool
        Whether it is known what items are called; of some files at least.
    card : Card, optional
        For the names of the classes.
    queries : BinaryCodes, optional
        Codes of queries, for formats that hold some.
    name : str
        What messages call it.
    progress : Progress
        Told of the items that were read.
    """

    database: Database
    has_ids: bool = False
    card: Card | None = None
    queries: BinaryCodes | None = None
    name: str = "codes"
    progress: Progress = field(default_factory=Silent)

    @property
    def n_bits(self) -> int:
        """Code length L."""
        return self.database.shards[0].n_bits

    @property
    def width(self) -> int:
        """Bytes of a code, ceil(L / 8)."""
        return -(-self.n_bits // 8)

    @property
    def has_labels(self) -> bool:
        """Whether the items' classes are known."""
        return self.database.labelled

    def __len__(self) -> int:
        return sum(len(shard) for shard in self.database.shards)

    def blocks(self, rows: int = ROWS) -> Iterator[Block]:
        """Yield the items in order; no more than one block is in memory.

        Parameters
        ----------
        rows : int
            Items of a block at most.
        """
        done, size = 0, len(self)
        for number, shard in enumerate(self.database.shards):
            ids = self.database.ids_of(number) if self.has_ids else ()
            for start in range(0, len(shard), rows):
                stop = min(start + rows, len(shard))
                codes = shard.read_codes(start, stop)
                labels: Sequence[tuple[str, ...]] = ()
                if self.has_labels:
                    labels = label_names(shard.labels_of(slice(start, stop)), self.card)
                yield Block(done, codes.packed, ids[start:stop], labels)
                done += len(codes)
                self.progress.update("export", done, size)


def label_names(labels: Labels, card: Card | None) -> list[tuple[str, ...]]:
    """Return the names of each video's classes, as ``hashbench search`` shows them.

    Parameters
    ----------
    labels : Labels
        Of n videos.
    card : Card, optional
        For names that the labels do not bring; ``class N`` without.
    """
    if not labels.single:
        return [names_of(labels, row, card) for row in range(len(labels))]
    # Each class is named once: a million videos have a few hundred classes.
    one_each = Labels(
        np.eye(labels.n_classes, dtype=np.bool_), labels.class_ids, labels.class_names
    )
    names = [names_of(one_each, column, card) for column in range(labels.n_classes)]
    return [names[column] if column >= 0 else () for column in labels.ids.tolist()]
