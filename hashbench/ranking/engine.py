"""Protocol of the Hamming engines, and the choice of one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.names import unknown
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.lists import RankedLists

Progress = Callable[[int, int], None]
"""Called with (queries done, queries in all)."""


class HammingEngine(Protocol):
    """A database made ready for queries.

    ``bound``, of shape (n_query,), is a distance for each query beyond which items are of no
    interest, since others are known that are nearer. An engine may leave those out, or not.
    """

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
        ...

    def lists(
        self, query: BinaryCodes, labels: Labels, *, depth: int, bound: Ints | None = None
    ) -> RankedLists:
        """Return the nearest ``depth`` items of each query in stable order."""
        ...


ENGINES = {
    "numba": "hashbench.ranking.engine_numba:NumbaEngine",
    "numpy": "hashbench.ranking.engine_numpy:NumpyEngine",
    "torch": "hashbench.ranking.engine_torch:TorchEngine",
}


def prepare(
    database: BinaryCodes, labels: Labels, *, engine: str = "numba", threads: int | None = None
) -> HammingEngine:
    """Return an engine that holds ``database``.

    Parameters
    ----------
    database : BinaryCodes
    labels : Labels
        Of the database; as many.
    engine : {"numba", "numpy", "torch"}
        The fast one, the readable reference, or the one for CUDA devices.
    threads : int, optional
        All cores by default. Only numba uses more than one of its own.

    Raises
    ------
    UsageError
        If the engine is unknown, the database is empty, or labels are of another length.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    check_lengths("database", database, labels)
    module, _, name = ENGINES[engine].partition(":")
    made: HammingEngine = getattr(importlib.import_module(module), name)(
        database, labels, threads=threads
    )
    return made


def check_lengths(which: str, codes: BinaryCodes, labels: Labels) -> None:
    """Raise a UsageError unless there are codes and as many labels."""
    if len(codes) == 0:
        raise UsageError(f"the {which} is empty: there is nothing to rank")
    if len(codes) != len(labels):
        raise UsageError(f"{which}: {len(codes)} codes but {len(labels)} labels")


def check_query(
    query: BinaryCodes, labels: Labels, database: BinaryCodes, database_labels: Labels
) -> None:
    """Raise a UsageError unless queries and database can be compared."""
    if len(query) != len(labels):
        raise UsageError(f"query: {len(query)} codes but {len(labels)} labels")
    if query.n_bits != database.n_bits:
        raise UsageError(
            f"query codes have {query.n_bits} bits, database codes {database.n_bits}; "
            "both must be of one width"
        )
    check_classes(labels, database_labels)


def check_classes(labels: Labels, database_labels: Labels) -> None:
    """Raise a UsageError unless labels of queries and database are of one set of classes."""
    if labels.n_classes != database_labels.n_classes:
        raise UsageError(
            f"query labels have {labels.n_classes} classes, database labels "
            f"{database_labels.n_classes}; both must be of one set"
        )
    if not labels.same_classes(database_labels):
        raise UsageError(
            "query and database labels number other class ids; "
            "give both the class_ids of hashbench.labels.numbering([query ids, database ids])"
        )
