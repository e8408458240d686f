"""Notes on the repetitions of a row: who reproduced it, and whose codes differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hashbench.leaderboards.board import Board
from hashbench.leaderboards.recompute import per_query_ap
from hashbench.leaderboards.repetitions import Repetition, kept_apart, read_repetitions
from hashbench.reports.results import Section
from hashbench.runs import Record


@dataclass(frozen=True, slots=True)
class OtherCodes:
    """A repetition of one record with other codes.

    Attributes
    ----------
    by : tuple of str
        Who had these codes.
    mean, difference : float
        Their mAP@20 as a fraction, and by how much it is above that of the record.
    record : Record
    """

    by: tuple[str, ...]
    mean: float
    difference: float
    record: Record


@dataclass(frozen=True, slots=True)
class Repeats:
    """The repetitions of one record.

    Attributes
    ----------
    same : tuple of str
        Who found the same codes.
    other : tuple of OtherCodes
    days : tuple of str
        When they were submitted.
    """

    same: tuple[str, ...] = ()
    other: tuple[OtherCodes, ...] = ()
    days: tuple[str, ...] = ()


def repeats(board: Board, section: Section) -> dict[str, Repeats]:
    """Return the repetitions of a board's records, by the record's key.

    Raises
    ------
    DataError
        If codes or labels are missing or damaged.
    """
    found: dict[str, list[Repetition]] = {}
    for one in read_repetitions(board):
        found.setdefault(one.of, []).append(one)
    if not found:
        return {}
    apart = {record.key: record for record in kept_apart(board).records()}
    records = {result.key: result.record for result in section.measured}
    return {
        key: _of_record(board, records[key], mine, apart, section.profile)
        for key, mine in found.items()
        if key in records
    }


def last_change(
    keys: Iterable[str], days: Mapping[str, str], repeated: Mapping[str, Repeats]
) -> str:
    """Return the day on which the last record or repetition came in; empty where none is known.

    Parameters
    ----------
    keys : iterable of str
        Of the board's records.
    days : mapping of str to str
        When they came in.
    repeated : mapping of str to Repeats
        Their repetitions.
    """
    again = (day for one in repeated.values() for day in one.days)
    return max([*(days.get(key, "") for key in keys), *again], default="")


def _of_record(
    board: Board,
    record: Record,
    mine: Sequence[Repetition],
    apart: Mapping[str, Record],
    profile: str,
) -> Repeats:
    same = [one.by for one in mine if one.codes_sha256 == record.codes_sha256]
    by_codes: dict[str, list[str]] = {}
    for one in mine:
        if one.codes_sha256 != record.codes_sha256 and one.file_key in apart:
            by_codes.setdefault(one.file_key, []).append(one.by)
    base = _mean(board, board, record, profile) if by_codes else 0.0
    other = []
    for key, by in by_codes.items():
        mean = _mean(board, kept_apart(board), apart[key], profile)
        other.append(OtherCodes(tuple(by), mean, mean - base, apart[key]))
    return Repeats(tuple(same), tuple(other), tuple(sorted(one.on for one in mine)))


def _mean(board: Board, folder: Board, record: Record, profile: str) -> float:
    own = record.dataset.self_retrieval
    return float(
        per_query_ap(folder.codes(record), board.labels(), profile, self_retrieval=own).mean()
    )
