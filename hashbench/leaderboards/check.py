"""Check of a board against its records, codes and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import DataError, HashbenchError, VerificationError
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.board_charts import drawn_otherwise
from hashbench.leaderboards.claims import false_claims
from hashbench.leaderboards.described import read_described
from hashbench.leaderboards.feature_check import cards_by_name, control_problems, dataset_of
from hashbench.leaderboards.front_page import NAME, front_page
from hashbench.leaderboards.page import compose
from hashbench.leaderboards.repetitions import kept_apart, repetition_problems
from hashbench.leaderboards.standings import section_of
from hashbench.leaderboards.summary import read_summary
from hashbench.leaderboards.two_stage import two_stage_problems
from hashbench.leaderboards.verdicts import Verdict, verdicts
from hashbench.leaderboards.workers import workers
from hashbench.workspace import Progress, Silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.data import VideoDataset
    from hashbench.runs import Record

Say = Callable[[str], None]


def check_boards(
    found: Sequence[Board],
    say: Say,
    *,
    cards: Sequence[Path] = (),
    data_root: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Check boards, telling every problem.

    Parameters
    ----------
    found : sequence of Board
    say : callable
        Given one line a problem, and one where features cannot be ranked again here.
    cards : sequence of Path
        Cards of data sets without a registered name.
    data_root : Path, optional
        Where the files of the data sets lie.
    progress : Progress, optional
        Told of every record.

    Raises
    ------
    VerificationError
        If there is any.
    """
    told = 0
    by_name = cards_by_name(cards, [board.dataset for board in found], "on a board here")
    with workers(sum(board.size() for board in found)):
        # All begin before the first is waited for: no core is idle while a page is composed.
        given: Any = {"data_root": data_root, "say": say, "progress": progress}
        begun = [problems(board, card=by_name.get(board.dataset), **given) for board in found]
        for board, here in zip(found, begun, strict=True):
            for problem in here:
                say(f"{board.dataset}: {problem}")
                told += 1
    for root in dict.fromkeys(board.root for board in found if not told):
        for problem in _front_page_drift(root):
            say(problem)
            told += 1
    if told:
        raise VerificationError(
            f"{told} problem{'s' if told > 1 else ''} on {len(found)} boards; "
            "'hashbench leaderboard build' renders them anew"
        )


def problems(
    board: Board,
    *,
    card: Path | None = None,
    data_root: Path | None = None,
    say: Say = lambda line: None,
    progress: Progress | None = None,
) -> Iterator[str]:
    """Return what is wrong with a board, one line each; nothing where all is well."""
    try:
        records = board.records()
        apart = kept_apart(board)
        every = [(board, one) for one in records] + [(apart, one) for one in apart.records()]
        judged = verdicts(board, every)
    except HashbenchError as error:
        return iter((str(error),))
    return _problems(board, records, every, judged, card, data_root, say, progress or Silent())


def _problems(
    board: Board,
    records: Sequence[Record],
    every: Sequence[tuple[Board, Record]],
    judged: Iterator[Verdict],
    card: Path | None,
    data_root: Path | None,
    say: Say,
    sink: Progress,
) -> Iterator[str]:
    broken = False
    try:
        section = section_of(board, records)
        if section is not None:
            dataset, why = dataset_of(section, data_root, card)
            if dataset is None:
                say(f"{board.dataset}: features not ranked again, only found possible: {why}")
            claims = [] if dataset is None else _claims(records, dataset)
            stage = two_stage_problems(board, records, dataset)
            controls = control_problems(board, section, dataset, sink)
            for problem in [*claims, *controls, *stage]:
                broken = True
                yield problem
        for problem in repetition_problems(board, records):
            broken = True
            yield problem
    except HashbenchError as error:
        yield str(error)
        return
    ap: dict[str, NDArray[np.float64]] = {}
    for number, verdict in enumerate(judged):
        sink.update(f"check {board.dataset}", number, len(every))
        folder, record = every[number]
        if verdict.ap is not None and folder is board:
            ap[record.key] = verdict.ap
        for problem in verdict.problems:
            broken = True
            yield f"record {record.key[:12]} ({record.method.label}, {record.bits} bits): {problem}"
    if not broken:
        yield from _drift(board, ap, records)


def _claims(records: Sequence[Record], dataset: VideoDataset) -> list[str]:
    """Return what records say otherwise than the data set and the registered methods do."""
    return [
        f"record {record.key[:12]} ({record.method.label}, {record.bits} bits): {claim}"
        for record in records
        for claim in false_claims(record, dataset)
    ]


def _drift(
    board: Board, ap: Mapping[str, NDArray[np.float64]], records: Sequence[Record]
) -> Iterator[str]:
    """Yield where the page and what lies beside it are not what the records give."""
    try:
        composed = compose(board, ap, records)
    except DataError as error:  # what is known of the methods is read there first
        yield str(error)
        return
    yield from _text_drift(board.page, composed.page)
    try:
        told = read_summary(board)
    except DataError as error:
        yield str(error)
    else:
        if told != composed.summary:
            yield f"{board.folder / 'summary.json'} is not what its records give"
        if dict(read_described(board)) != dict(composed.described):
            yield f"{board.folder / 'methods.json'} is not what the methods say of themselves"
    yield from drawn_otherwise(board, composed.charts)


def _text_drift(page: Path, text: str) -> Iterator[str]:
    if not page.exists():
        yield f"{page} is missing"
        return
    lines, again = page.read_text(encoding="utf-8").splitlines(), text.splitlines()
    for number, (is_there, should_be) in enumerate(zip(lines, again, strict=False), start=1):
        if is_there != should_be:
            yield f"{page}:{number} is {is_there!r}, its records give {should_be!r}"
            return
    if len(lines) != len(again):
        yield f"{page} has {len(lines)} lines, its records give {len(again)}"


def _front_page_drift(root: Path) -> Iterator[str]:
    try:
        yield from _text_drift(root / NAME, front_page(root))
    except DataError as error:
        yield str(error)
