"""A data set of which labels alone are at hand: enough to rank codes that others made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hashbench.errors import DataError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing
from hashbench.labels import Labels

if TYPE_CHECKING:
    from hashbench.data import Card


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """Queries or a database without their features.

    Parameters
    ----------
    labels : Labels
    """

    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What ranking needs of a :class:`hashbench.data.VideoDataset`.

    Parameters
    ----------
    card : Card
    query, database : LabelledPart
        One object where a set is ranked against itself.
    """

    card: Card
    query: LabelledPart
    database: LabelledPart

    @property
    def name(self) -> str:
        """Name of the set."""
        return self.card.name

    @property
    def self_retrieval(self) -> bool:
        """Whether the queries are the database."""
        return self.query is self.database

    @property
    def labelled_train(self) -> range:
        """As many items as the card says that there are training videos."""
        return range(self.card.splits[self.card.train].videos or 0)

    @property
    def sha256(self) -> str:
        """Digest of the card's name and version and of the labels."""
        digest = hashlib.sha256(f"labels:{self.card.name}:{self.card.version}:".encode())
        for part in dict.fromkeys((id(self.query), id(self.database))):
            here = self.query if part == id(self.query) else self.database
            digest.update(f"{here.labels.multi_hot.shape}:".encode())
            digest.update(np.packbits(here.labels.multi_hot, axis=1).data)
        return digest.hexdigest()


def labels_arrays(query: Labels, database: Labels) -> dict[str, Any]:
    """Return the arrays of a file of labels; those of the queries only where they differ."""
    arrays = {
        "n_classes": np.int64(database.n_classes),
        "database": np.packbits(database.multi_hot, axis=1),
    }
    if not np.array_equal(query.multi_hot, database.multi_hot):
        arrays["query"] = np.packbits(query.multi_hot, axis=1)
    return arrays


def save_labels(path: Path, query: Labels, database: Labels) -> None:
    """Write a file of labels, whole or not at all."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **labels_arrays(query, database))


def load_labels(path: Path) -> tuple[Labels, Labels]:
    """Return the labels of queries and database from a file of :func:`save_labels`.

    Raises
    ------
    DataError
        If it is missing, damaged, or holds something else.
    """
    arrays: Mapping[str, Any] = read_npz(path)
    try:
        count = int(arrays["n_classes"])
        if not 0 < count <= 8 * arrays["database"].shape[-1]:
            raise ValueError(f"{count} classes in rows of {arrays['database'].shape[-1]} bytes")
        database = np.unpackbits(arrays["database"], axis=1, count=count).astype(bool)
        if "query" not in arrays:
            return Labels(database), Labels(database)
        query = np.unpackbits(arrays["query"], axis=1, count=count).astype(bool)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{path}: not labels of a board ({error})") from None
    return Labels(query), Labels(database)
