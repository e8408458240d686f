"""Every record of a board against its codes, by as many processes as there are cores."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashbench.errors import DataError, HashbenchError
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.invariants import invariants
from hashbench.leaderboards.recompute import board_ap, recomputed, wrong_numbers
from hashbench.leaderboards.workers import each
from hashbench.runs import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.labels import Labels


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a record's codes say.

    Attributes
    ----------
    record : Record
    problems : tuple of str
    ap : ndarray of shape (n_query,), optional
        AP@20 of each query under the profile of the record's data set; None where the codes could
        not be ranked.
    """

    record: Record
    problems: tuple[str, ...]
    ap: NDArray[np.float64] | None


def verdicts(
    board: Board, records: Sequence[tuple[Board, Record]], processes: int | None = None
) -> Iterator[Verdict]:
    """Return the verdict on each record, in order.

    Parameters
    ----------
    board : Board
        Whose labels judge.
    records : sequence of (Board, Record)
        Each with the folder that its codes lie in.
    processes : int, optional
        As in :func:`hashbench.leaderboards.workers.each`.
    """
    if not records:
        return iter(())
    return each(functools.partial(_of_record, board.labels()), records, processes)


def _of_record(labels: tuple[Labels, Labels], given: tuple[Board, Record]) -> Verdict:
    folder, record = given
    if not record.ok or record.evaluation is None:
        return Verdict(record, ("a failed cell has no place on a board",), None)
    found = list(invariants(record))
    try:
        codes = folder.codes(record)
    except DataError as error:
        return Verdict(record, (*found, str(error)), None)
    sizes = (record.dataset.n_query, record.dataset.n_database)
    if (len(codes[0]), len(codes[1])) != sizes or codes[0].n_bits != record.bits:
        told = f"codes are {len(codes[0])} and {len(codes[1])} of {codes[0].n_bits} bits"
        return Verdict(record, (*found, told), None)
    try:
        again = recomputed(record, codes, labels, full=bool(record.evaluation.get("full")))
        found += wrong_numbers(record, again)
        return Verdict(record, tuple(found), board_ap(again, record.dataset.profile))
    except HashbenchError as error:  # such as of a profile that there is not, or K beyond the items
        return Verdict(record, (*found, str(error)), None)
