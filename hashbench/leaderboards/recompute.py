"""Every number of a record, again from its codes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hashbench.errors import DataError
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.workers import each, threads
from hashbench.runs import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.ranking import Evaluation

TOLERANCE = 1e-9
"""By how much a mean may differ: the order of a sum, and nothing else."""


def recomputed(
    record: Record,
    codes: tuple[BinaryCodes, BinaryCodes],
    labels: tuple[Labels, Labels],
    *,
    full: bool = False,
) -> Evaluation:
    """Rank a record's codes again, with the cut-offs and tie policies that it has.

    Parameters
    ----------
    record : Record
    codes, labels : (query, database)
    full : bool
        Whether whole lists are ranked too, which takes five times as long.
    """
    from hashbench.ranking import evaluate

    scores = record.scores
    return evaluate(
        *codes,
        *labels,
        k=scores.k,
        profiles=scores.profiles,
        ties=scores.ties,
        self_retrieval=record.dataset.self_retrieval,
        full=full,
        threads=threads(),
    )


def differences(stored: Any, again: Any, where: str = "") -> Iterator[str]:
    """Yield where two summaries differ, as ``path: stored, recomputed``.

    Only what was recomputed is compared; numbers may differ by :data:`TOLERANCE`.
    """
    if isinstance(again, Mapping):
        if not isinstance(stored, Mapping):
            yield f"{where or 'evaluation'}: {stored!r} is no table"
            return
        for name, value in again.items():
            yield from differences(stored.get(name), value, f"{where}.{name}" if where else name)
    elif isinstance(again, list):
        if not isinstance(stored, list) or len(stored) != len(again):
            yield f"{where}: lists of other lengths"
            return
        for position, value in enumerate(again):
            yield from differences(stored[position], value, f"{where}[{position}]")
    elif isinstance(again, float) and isinstance(stored, int | float):
        if not abs(stored - again) <= TOLERANCE:
            yield f"{where} is {stored:.6f} in the record and {again:.6f} from its codes"
    elif stored != again:
        yield f"{where} is {stored!r} in the record and {again!r} from its codes"


def wrong_numbers(record: Record, again: Evaluation) -> Iterator[str]:
    """Yield where a record says otherwise than its codes, as :func:`differences` does.

    Of whole lists what the record has is compared: earlier releases recorded less of them.
    """
    stored, found = record.evaluation or {}, again.summary()
    whole = stored.get("full")
    if isinstance(whole, Mapping):
        found["full"] = {name: one for name, one in found["full"].items() if name in whole}
    yield from differences(stored, found)


def ranked_ap(board: Board, records: Sequence[Record]) -> dict[str, NDArray[np.float64]]:
    """Return AP@20 of each query, shape (n_query,), by the record's key.

    Parameters
    ----------
    board : Board
        That the records lie on.
    records : sequence of Record

    Raises
    ------
    DataError
        If codes or labels are missing or damaged.
    """
    if not records:
        return {}
    rank = functools.partial(_ap, board, board.labels())
    return dict(zip((one.key for one in records), each(rank, records), strict=True))


def _ap(board: Board, labels: tuple[Labels, Labels], record: Record) -> NDArray[np.float64]:
    data = record.dataset
    own = data.self_retrieval
    return per_query_ap(board.codes(record), labels, data.profile, self_retrieval=own)


def per_query_ap(
    codes: tuple[BinaryCodes, BinaryCodes],
    labels: tuple[Labels, Labels],
    profile: str,
    *,
    self_retrieval: bool,
) -> NDArray[np.float64]:
    """Return AP@20 of each query under a profile, ties expected."""
    from hashbench.ranking import evaluate

    found = evaluate(
        *codes, *labels, k=(K,), profiles=(profile,), self_retrieval=self_retrieval, full=False,
        threads=threads(),
    )  # fmt: skip
    return board_ap(found, profile)


def board_ap(found: Evaluation, profile: str) -> NDArray[np.float64]:
    """Return AP@20 of each query under a profile, ties expected, which boards rank by.

    Raises
    ------
    DataError
        If the profile leaves queries out, is none, or was not measured.
    """
    from hashbench.ranking import AP, PROFILES

    chosen = PROFILES.get(profile)
    if chosen is None:
        raise DataError(f"profile {profile} of the data set is none of {', '.join(PROFILES)}")
    if chosen.empty == "skip":
        raise DataError(
            f"profile {profile} leaves queries without a hit out, and boards rank means over all "
            'of them; the card needs another, such as profile = "image"'
        )
    name = str(AP(K, chosen.divisor, "expected", chosen.query))
    if name not in found.per_query:
        raise DataError(f"{name}, which boards rank by, was not measured")
    return found.per_query[name]
