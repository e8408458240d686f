"""Codes with ids and labels, and the ten nearest distances that ``hashbench search`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hashbench
from hashbench import BinaryCodes
from hashbench.export.collection import Collection
from hashbench.export.opening import SourceOptions, open_collection

N, QUERIES, CLASSES = 700, 5, 4


@dataclass(frozen=True)
class Exhibit:
    """Files of codes, and what is true of them."""

    folder: Path
    database: BinaryCodes
    query: BinaryCodes
    ids: list[str]
    labels: NDArray[np.int64]

    @property
    def codes(self) -> Path:
        return self.folder / "codes.npz"

    @property
    def queries(self) -> Path:
        return self.folder / "queries.npz"

    def open(self) -> Collection:
        labels = self.folder / "labels.npy"
        return open_collection(self.codes, SourceOptions(labels=labels, queries=self.queries))

    def nearest(self) -> list[list[int]]:
        """Return the ten nearest distances of each query, by ``hashbench search``."""
        found = hashbench.search(None, self.queries, database_codes=self.codes, top=10)
        return [[near.distance for near in one.neighbours] for one in found]

    def distance(self, query: int, row: int) -> int:
        """Return a Hamming distance, counted bit by bit."""
        return int((self.query.unpack()[query] != self.database.unpack()[row]).sum())


def written(folder: Path, bits: int) -> Exhibit:
    rng = np.random.default_rng(bits)
    centres = rng.random((CLASSES, bits)) < 0.5
    labels = rng.integers(0, CLASSES, N)
    database = BinaryCodes.from_bits(centres[labels] ^ (rng.random((N, bits)) < 0.2))
    query = BinaryCodes.from_bits(centres[:1] ^ (rng.random((QUERIES, bits)) < 0.2))
    ids = [f'vid\te\\o "{i}" é.mp4' for i in range(N)]
    database.save(folder / "codes.npz", ids)
    query.save(folder / "queries.npz")
    np.save(folder / "labels.npy", labels)
    return Exhibit(folder, database, query, ids, labels)
