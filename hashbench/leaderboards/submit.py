"""Records and codes of a run directory, verified and laid beside a board."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import UsageError, VerificationError
from hashbench.files.inside import CONTROL
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.claims import false_claims
from hashbench.leaderboards.feature_check import cards_by_name
from hashbench.leaderboards.feature_scores import features_ap
from hashbench.leaderboards.front_page import write_front_page
from hashbench.leaderboards.invariants import invariants
from hashbench.leaderboards.kept import kept
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.recompute import board_ap, recomputed, wrong_numbers
from hashbench.leaderboards.repetitions import (
    BoardCell,
    cell_of,
    kept_apart,
    measurement_of,
    repetition_problems,
    take_repetition,
)
from hashbench.leaderboards.right_neighbours import (
    measure_neighbours,
    read_neighbours,
    takes_long,
    write_neighbours,
)
from hashbench.leaderboards.staging import staged
from hashbench.leaderboards.two_stage import keep_two_stage
from hashbench.leaderboards.workers import each
from hashbench.runs import Record, Store
from hashbench.runs.cards import dataset_of
from hashbench.runs.labelled import LabelledPart, LabelledSet, load_labels
from hashbench.workspace import Progress, Silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.codes import BinaryCodes
    from hashbench.data import VideoDataset
    from hashbench.labels import Labels

    RankedSet = VideoDataset | LabelledSet

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Submission:
    """A verified record of a run.

    Attributes
    ----------
    store : Store
        Where its codes lie.
    record : Record
    ap : ndarray of shape (n_query,)
        AP@20 of each query, which the board ranks by.
    """

    store: Store
    record: Record
    ap: NDArray[np.float64]

    @property
    def codes(self) -> tuple[BinaryCodes, BinaryCodes]:
        """Its codes, which are held against their digests each time that they are read."""
        return self.store.codes(self.record)


def submit_run(
    run: Path,
    root: Path,
    by: str,
    *,
    recompute: bool = False,
    cards: Sequence[Path] = (),
    data_root: Path | None = None,
    on: date | None = None,
    say: Say = lambda line: None,
    progress: Progress | None = None,
) -> list[Board]:
    """Recompute every number of a run from its codes, and keep records and codes on their boards.

    All or nothing: records are validated and ranked again, and the new boards are rendered and
    checked elsewhere, before the first of them takes the place of an old one.

    Parameters
    ----------
    run : Path
        A run directory.
    root : Path
        The folder of the boards.
    by : str
        Who measured.
    recompute : bool
        Take the recomputed numbers of records that another version of the evaluator measured.
    cards : sequence of Path
        Cards of data sets without a registered name, where they no longer lie where the run
        found them.
    data_root : Path, optional
        Where the files of the data sets lie.
    on : date, optional
        The day that the board will say; today, in UTC, by default.
    say : callable
        Given a line as it gets on.
    progress : Progress, optional
        Told of every record.

    Returns
    -------
    list of Board
        Those that something was added to, with their pages.

    Raises
    ------
    UsageError
        If there is nothing to submit, or nobody who measured.
    VerificationError
        If a number, a digest or the content of the data set differs.
    """
    if not by.strip() or CONTROL.search(by):
        raise UsageError("--by is empty or has control characters: a board names who measured")
    records = [record for record in Store(run).records() if record.ok and not record.dataset.cross]
    if not records:
        raise UsageError(f"{run}: no finished record to submit")
    names = sorted({record.dataset.name for record in records})
    by_name = cards_by_name(cards, names, f"among the records of {run}")
    day = (on or datetime.now(UTC).date()).isoformat()
    boards, sink = [], progress or Silent()
    for name in names:
        mine = [record for record in records if record.dataset.name == name]
        dataset = _dataset(Store(run), mine, by_name.get(name), data_root)
        board = Board(root, name.casefold())
        _same_content(board, dataset.sha256)
        for record in mine:
            for claim in false_claims(record, dataset):
                raise VerificationError(f"{_told(record)}: {claim}")
        say(f"{name}: ranking the codes of {len(mine)} records again")
        labels = dataset.query.labels, dataset.database.labels
        verify = functools.partial(_verified, Store(run), labels, recompute)
        entries = []
        for number, entry in enumerate(each(verify, mine)):
            sink.update(f"rank {name}", number, len(mine))
            entries.append(entry)
        boards.append((board, dataset, entries))
    _publish(boards, by.strip(), day, say, sink)
    return [board for board, _, _ in boards]


def _publish(
    boards: Sequence[tuple[Board, RankedSet, list[Submission]]],
    by: str,
    day: str,
    say: Say,
    progress: Progress,
) -> None:
    """Write all boards elsewhere, render and check them, and only then put them in place."""
    given = {board.dataset: (dataset, entries) for board, dataset, entries in boards}
    with staged([board for board, _, _ in boards]) as found:
        pages, lines = [], []
        for one in found:
            dataset, entries = given[one.board.dataset]
            for line in _keep(one.copy, dataset, entries, by, day, progress):
                lines.append(f"{one.board.dataset}: {line}")
            records = one.copy.records()
            pages.append(compose(one.copy, _known(records, entries), records))
            for problem in repetition_problems(one.copy, records):
                raise VerificationError(problem)
        for one, page in zip(found, pages, strict=True):
            one.publish(page)
    write_front_page(boards[0][0].root)
    for line in lines:
        say(line)


def _known(
    records: Sequence[Record], entries: Sequence[Submission]
) -> dict[str, NDArray[np.float64]]:
    """Return AP@20 of each query of what was just ranked, by the key of the board's record."""
    codes = {record.key: record.codes_sha256 for record in records}
    # A repetition may have the key of a row's record and other codes.
    return {
        entry.record.key: entry.ap
        for entry in entries
        if entry.record.codes_sha256 == codes.get(entry.record.key)
    }


def _dataset(
    store: Store, records: Sequence[Record], card: Path | None, data_root: Path | None
) -> RankedSet:
    from hashbench.data import load_dataset

    named = card or dataset_of(store, records[0])
    labels_only = [record for record in records if _is_labels_only(record)]
    dataset: RankedSet
    if labels_only:
        dataset = _labelled(named, labels_only[0], store)
    else:
        dataset = load_dataset(named, data_root=data_root)
    for record in records:
        if record.dataset.sha256 != dataset.sha256:
            raise VerificationError(
                f"record {record.key[:12]} was measured on {record.dataset.name} with sha256 "
                f"{record.dataset.sha256[:12]}..., which here is {dataset.sha256[:12]}..."
            )
    return dataset


def _is_labels_only(record: Record) -> bool:
    return record.authored is not None and not record.authored["features"]


def _labelled(named: str | Path, record: Record, store: Store) -> LabelledSet:
    """Return what codes without features were ranked by; the labels are part of its digest."""
    from hashbench.data.loading import find_card

    query, database = load_labels(store.file(record, "labels"))
    part = LabelledPart(database)
    asked = part if record.dataset.self_retrieval else LabelledPart(query)
    return LabelledSet(find_card(named)[0], asked, part)


def _same_content(board: Board, sha256: str) -> None:
    for record in board.records():
        if record.dataset.sha256 != sha256:
            raise VerificationError(
                f"{board.folder}: its records are of content {record.dataset.sha256[:12]}..., "
                f"those submitted of {sha256[:12]}..."
            )


def _verified(
    store: Store, labels: tuple[Labels, Labels], recompute: bool, record: Record
) -> Submission:
    measured, ap = _measured(record, store.codes(record), labels, recompute)
    return Submission(store, measured, ap)


def _measured(
    record: Record,
    codes: tuple[BinaryCodes, BinaryCodes],
    labels: tuple[Labels, Labels],
    recompute: bool,
) -> tuple[Record, NDArray[np.float64]]:
    """Return a record that its codes bear out, and AP@20 of each query.

    Curves over whole lists are not looked at: a board keeps none of them.
    """
    from hashbench.ranking import EVALUATOR_VERSION

    version = (record.evaluation or {}).get("evaluator")
    told, other = _told(record), version != EVALUATOR_VERSION
    if other and not recompute:
        raise VerificationError(
            f"{told} was measured by evaluator {version}, this is evaluator "
            f"{EVALUATOR_VERSION}; --recompute takes the numbers that its codes give now"
        )
    again = recomputed(record, codes, labels)
    for difference in () if other else wrong_numbers(record, again):
        raise VerificationError(f"{told}: {difference}")
    measured = replace(record, evaluation=again.summary()) if other else record
    for problem in invariants(measured):
        raise VerificationError(f"{told}: {problem}")
    return measured, board_ap(again, record.dataset.profile)


def _told(record: Record) -> str:
    return f"record {record.key[:12]} ({record.method.label}, {record.bits} bits)"


def _keep(
    board: Board,
    dataset: RankedSet,
    entries: Sequence[Submission],
    by: str,
    day: str,
    progress: Progress,
) -> Iterator[str]:
    """Keep new cells as rows and repetitions apart; yield a line on each kind."""
    board.pack()  # earlier releases kept more of a record
    board.write_labels(dataset.query.labels, dataset.database.labels)
    if not isinstance(dataset, LabelledSet):
        profile = entries[0].record.dataset.profile
        board.write_features(features_ap(dataset, profile, progress))
        if read_neighbours(board) is None:
            yield from _neighbours(board, dataset)
    there = {cell_of(record): record for record in board.records()}
    new: dict[BoardCell, Submission] = {}
    repeated: list[tuple[BoardCell, Submission]] = []
    for entry in entries:
        cell = cell_of(entry.record)
        if cell in there or cell in new:
            repeated.append((cell, entry))
        else:
            new[cell] = entry
    # A record without a name for who measured it would be worse than a name without a record.
    if new:
        board.add_submitters([entry.record.key for entry in new.values()], by, day)
    board.write((kept(entry.record), entry.codes) for entry in new.values())
    keep_two_stage(board, None if isinstance(dataset, LabelledSet) else dataset)
    there |= {cell: kept(entry.record) for cell, entry in new.items()}
    yield f"{len(new)} records kept in {board.home or board.root}/{board.dataset}"
    states = Counter(_repeat(board, there[cell], entry, by, day) for cell, entry in repeated)
    yield from (f"{count} records {state}" for state, count in sorted(states.items()))


def _neighbours(board: Board, dataset: VideoDataset) -> Iterator[str]:
    """Measure how right the neighbours of the training videos are, unless that takes long."""
    if takes_long(dataset):
        yield "neighbours not measured; 'hashbench leaderboard build --neighbours' does it"
    elif (found := measure_neighbours(dataset)) is not None:
        write_neighbours(board, found)


def _repeat(board: Board, old: Record, entry: Submission, by: str, day: str) -> str:
    record = kept(entry.record)
    if measurement_of(record) == measurement_of(old):
        if record != old:  # ranked again, for other cut-offs or by another evaluator
            board.write([(record, entry.codes)])
        return "on the board already"
    taken = take_repetition(board, old, record, entry.codes, by, day)
    if taken is None:
        return "on the board already"
    if taken.codes_sha256 == old.codes_sha256:
        return "reproduced with equal codes"
    return "repeated with other codes, noted beside their rows"


def remeasured(board: Board) -> int:
    """Measure the codes of records of another evaluator anew; return how many there were.

    The board must be held, as :func:`hashbench.leaderboards.staging.held` does.
    """
    from hashbench.ranking import EVALUATOR_VERSION

    count = 0
    for folder in (board, kept_apart(board)):
        again = []
        for record in folder.records():
            if (record.evaluation or {}).get("evaluator") != EVALUATOR_VERSION:
                codes = folder.codes(record)
                measured, _ = _measured(record, codes, board.labels(), recompute=True)
                again.append(kept(measured))
        if again:
            Store(folder.folder).pack(again)
        count += len(again)
    return count
