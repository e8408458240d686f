"""The nearest videos of a query: exact Hamming ranking, ties in database order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.data import Card
from hashbench.errors import UsageError
from hashbench.labels import Labels

_FEW = 64  # Queries up to which compiling a scan takes longer than the plain engine does.


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A video that was found.

    Parameters
    ----------
    rank : int
        From 1.
    row : int
        Its position in the database.
    distance : int
        Hamming distance to the query.
    labels : tuple of str
        Names of its classes; ``class N`` where the card has no names.
    relevant : bool or None
        Whether it shares a label with the query; None where the query has no label.
    """

    rank: int
    row: int
    distance: int
    labels: tuple[str, ...]
    relevant: bool | None

    def to_json(self) -> dict[str, Any]:
        """Return the neighbour as JSON values."""
        return {**asdict(self), "labels": list(self.labels)}


def nearest(
    query: BinaryCodes,
    query_labels: Labels | None,
    database: BinaryCodes,
    labels: Labels,
    *,
    top: int,
    card: Card | None = None,
    own: NDArray[np.int64] | None = None,
) -> list[list[Neighbour]]:
    """Return the ``top`` nearest videos of each query, nearest first.

    Parameters
    ----------
    query, database : BinaryCodes
    query_labels, labels : Labels
        Of the queries, None where they have none, and of the database.
    top : int
        Videos to find; the whole database where it is smaller.
    card : Card, optional
        For the names of the classes.
    own : ndarray of int64, shape (n_query,), optional
        Database position of each query, to be left out of its own list.

    Raises
    ------
    UsageError
        If ``top`` is below 1, or codes are of different widths.
    """
    from hashbench.ranking import prepare

    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    if query_labels is None:
        shown = Labels(np.zeros((len(query), labels.n_classes), dtype=bool))
    else:
        shown = query_labels
    engine = prepare(database, labels, engine="numpy" if len(query) <= _FEW else "numba")
    depth = min(top + (own is not None), len(database))
    lists = engine.lists(query, shown, depth=depth)
    if own is not None:
        lists = lists.without_query(own)
    return [
        [
            Neighbour(
                rank=place + 1,
                row=int(lists.items[i, place]),
                distance=int(lists.distances[i, place]),
                labels=names_of(labels, int(lists.items[i, place]), card),
                relevant=bool(lists.relevant[i, place]) if shown.multi_hot[i].any() else None,
            )
            for place in range(min(top, lists.items.shape[1]))
            if lists.items[i, place] >= 0
        ]
        for i in range(len(query))
    ]


def names_of(labels: Labels, row: int, card: Card | None) -> tuple[str, ...]:
    """Return the names of a video's classes."""
    names = card.class_names if card is not None else ()
    ids = np.flatnonzero(labels.multi_hot[row]).tolist()
    return tuple(names[i] if i < len(names) else f"class {i}" for i in ids)
