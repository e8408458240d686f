"""Repetitions of a board's cells: counted where the codes are equal, noted where they are not.

::

    leaderboards/NAME/repetitions.json         who repeated which record, with which codes
    leaderboards/NAME/repetitions/records/...  records of repetitions with other codes
    leaderboards/NAME/repetitions/codes/...    their codes, so that the note can be checked

A repetition never makes a row and never enters a mean: rows are methods, parameters and releases.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import DataError, VerificationError
from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json
from hashbench.files.schema import day, digest, sequence, table, text
from hashbench.leaderboards.board import Board
from hashbench.runs import Record

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes

BoardCell = tuple[str, ...]

_REPETITIONS = sequence(
    table(
        {
            "of": digest,
            "key": digest,
            "by": text(),
            "on": day,
            "codes_sha256": table({"query": digest, "database": digest}),
            "measurement": digest,
        }
    )
)


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition of a record.

    Attributes
    ----------
    of, key : str
        Keys of the record on the board and of the one that repeats it.
    by, on : str
        Who repeated it, and the day on which it was submitted, as ``YYYY-MM-DD``.
    codes_sha256 : mapping of str to str
        Digests of its ``query`` and ``database`` codes.
    measurement : str
        :func:`measurement_of` its record, by which the same files are known again.
    """

    of: str
    key: str
    by: str
    on: str
    codes_sha256: Mapping[str, str]
    measurement: str

    @property
    def file_key(self) -> str:
        """The key that record and codes are kept under: keys may be equal where codes are not."""
        return _digest([self.of, dict(self.codes_sha256)])


def cell_of(record: Record) -> BoardCell:
    """Return what two records must share to be one cell: all that a reader could ask for.

    Their keys may differ, as those of a checkout and of the same release's wheel do.
    """
    method, data = record.method, record.dataset
    params = json.dumps(method.params, sort_keys=True)
    release = (method.name, params, method.distribution, method.version)
    return (*release, data.name, data.version, data.sha256, str(record.bits), str(record.seed))


def measurement_of(record: Record) -> str:
    """Return a digest of one training and encoding, whatever was ranked of its codes later."""
    times = {name: value for name, value in record.times.items() if name != "rank"}
    return _digest([record.key, record.codes_sha256, times, record.host])


def kept_apart(board: Board) -> Board:
    """Return the folder of records and codes that differ from the board's own."""
    return Board(board.folder, "repetitions")


def read_repetitions(board: Board) -> list[Repetition]:
    """Return a board's repetitions in the order in which they were submitted.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    path = _file(board)
    if not path.exists():
        return []
    try:
        found = read_json(path)
        _REPETITIONS(found, "repetition")
        return [Repetition(**value) for value in found]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a list of repetitions ({error})") from error


def write_repetitions(board: Board, repetitions: Sequence[Repetition]) -> None:
    """Keep the repetitions of a board."""
    write_json(_file(board), [dataclasses.asdict(one) for one in repetitions])


def repetition_problems(board: Board, records: Sequence[Record]) -> Iterator[str]:
    """Yield what is wrong with a board's repetitions, but for the numbers of those kept apart.

    Parameters
    ----------
    board : Board
    records : sequence of Record
        Those of its rows.

    Raises
    ------
    DataError, StoreError
        If a file is damaged.
    """
    by_key = {record.key: record for record in records}
    apart = {record.key: record for record in kept_apart(board).records()}
    submitters = board.submitters()
    seen, needed = [], set()
    for number, one in enumerate(read_repetitions(board), start=1):
        where = f"{_file(board)}: repetition {number}"
        record = by_key.get(one.of)
        if record is None:
            yield f"{where} is of record {one.of[:12]}, which is not on the board"
            continue
        if not one.by.strip():
            yield f"{where} names nobody"
        if one.by == submitters.get(one.of) and one.codes_sha256 == record.codes_sha256:
            yield f"{where} counts {one.by}, who submitted record {one.of[:12]} itself"
        who = (one.of, one.by, one.codes_sha256)
        if who in seen:
            yield f"{where} counts {one.by} twice for record {one.of[:12]}"
        seen.append(who)
        if one.codes_sha256 != record.codes_sha256:
            needed.add(one.file_key)
            yield from (f"{where} {problem}" for problem in _kept(one, record, apart))
    for key in apart.keys() - needed:
        yield f"{kept_apart(board).folder}: record {key[:12]} belongs to no repetition"


def _kept(one: Repetition, record: Record, apart: Mapping[str, Record]) -> Iterator[str]:
    other = apart.get(one.file_key)
    if other is None:
        yield f"has other codes than record {one.of[:12]} and no record of its own"
    elif cell_of(other) != cell_of(record) or other.codes_sha256 != one.codes_sha256:
        yield "names another cell or other codes than its record"


def take_repetition(
    board: Board,
    old: Record,
    record: Record,
    codes: tuple[BinaryCodes, BinaryCodes],
    by: str,
    on: str,
) -> Repetition | None:
    """Keep a record of a cell that the board has; return the repetition if it is a new one.

    Nothing is new where the same files are submitted again, under whatever name, or where one
    person submits equal codes of a cell again.
    """
    known = read_repetitions(board)
    mine = Repetition(
        old.key, record.key, by, on, dict(record.codes_sha256), measurement_of(record)
    )
    seen = {measurement_of(old)} | {one.measurement for one in known}
    own = {(one.by, one.of, _digest(dict(one.codes_sha256))) for one in known}
    own.add((board.submitters().get(old.key, ""), old.key, _digest(old.codes_sha256)))
    if mine.measurement in seen or (by, old.key, _digest(record.codes_sha256)) in own:
        return None
    if record.codes_sha256 != old.codes_sha256:
        apart = replace(record, key=mine.file_key)
        apart = replace(apart, files=apart.files | {"codes": f"codes/{apart.key}.npz"})
        kept_apart(board).write([(apart, codes)])
    write_repetitions(board, [*known, mine])
    return mine


def repeated_cells(records: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    """Yield pairs of records of one cell: a board keeps one of them as its row's."""
    first: dict[BoardCell, Record] = {}
    for record in records:
        earlier = first.setdefault(cell_of(record), record)
        if earlier is not record:
            yield earlier, record


def checked_rows(board: Board, records: Sequence[Record]) -> None:
    """Refuse a board with two records of one cell.

    Raises
    ------
    VerificationError
        If there are such records.
    """
    for one, other in repeated_cells(records):
        raise VerificationError(
            f"{board.folder}: records {one.key[:12]} and {other.key[:12]} are of one cell; "
            "'hashbench leaderboard submit' keeps a repetition apart"
        )


def _file(board: Board) -> Path:
    return board.folder / "repetitions.json"


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
