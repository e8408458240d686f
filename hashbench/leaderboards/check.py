"""Check of a board against its records, codes and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import DataError, HashbenchError, VerificationError
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.feature_check import cards_by_name, control_problems, dataset_of
from hashbench.leaderboards.page import render
from hashbench.leaderboards.recompute import differences, recomputed
from hashbench.leaderboards.repetitions import kept_apart, repetition_problems
from hashbench.leaderboards.standings import section_of
from hashbench.ranking.scores import AVERAGE_PRECISION, Scores, score_name
from hashbench.runs import Record
from hashbench.workspace import Progress, Silent

if TYPE_CHECKING:
    from hashbench.labels import Labels

ROUNDING = 1e-12
"""What the order of a sum may do to a mean."""

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
    for board in found:
        card = by_name.get(board.dataset)
        for problem in problems(board, card=card, data_root=data_root, say=say, progress=progress):
            say(f"{board.dataset}: {problem}")
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
    """Yield what is wrong with a board, one line each; nothing where all is well."""
    broken = False
    try:
        records = board.records()
        section = section_of(board)
        labels = board.labels() if records else None
        if section is not None:
            dataset, why = dataset_of(section, data_root, card)
            if dataset is None:
                say(f"{board.dataset}: features not ranked again, only found possible: {why}")
            for problem in control_problems(board, section, dataset):
                broken = True
                yield problem
        for problem in repetition_problems(board, records):
            broken = True
            yield problem
        apart = kept_apart(board)
        every = [(board, one) for one in records] + [(apart, one) for one in apart.records()]
    except HashbenchError as error:
        yield str(error)
        return
    sink = progress or Silent()
    for number, (folder, record) in enumerate(every):
        sink.update(f"check {board.dataset}", number, len(every))
        for problem in _of_record(folder, record, labels):
            broken = True
            yield f"record {record.key[:12]} ({record.method.label}, {record.bits} bits): {problem}"
    if not broken:
        yield from _drift(board)


def _drift(board: Board) -> Iterator[str]:
    if not board.page.exists():
        yield f"{board.page} is missing"
        return
    lines = board.page.read_text(encoding="utf-8").splitlines()
    again = render(board).splitlines()
    for number, (is_there, should_be) in enumerate(zip(lines, again, strict=False), start=1):
        if is_there != should_be:
            yield f"{board.page}:{number} is {is_there!r}, its records give {should_be!r}"
            return
    if len(lines) != len(again):
        yield f"{board.page} has {len(lines)} lines, its records give {len(again)}"


def _of_record(board: Board, record: Record, labels: tuple[Labels, Labels] | None) -> Iterator[str]:
    if not record.ok or record.evaluation is None or labels is None:
        yield "a failed cell has no place on a board"
        return
    yield from invariants(record)
    try:
        codes = board.codes(record)
    except DataError as error:
        yield str(error)
        return
    sizes = (record.dataset.n_query, record.dataset.n_database)
    if (len(codes[0]), len(codes[1])) != sizes or codes[0].n_bits != record.bits:
        yield f"codes are {len(codes[0])} and {len(codes[1])} of {codes[0].n_bits} bits"
        return
    yield from differences(record.evaluation, recomputed(record, codes, labels, full=False))


def invariants(record: Record) -> Iterator[str]:
    """Yield what no ranking whatever can yield: shares outside [0, 1], falling recall, ...

    Precision, recall and tie mass do not depend on the divisor, so that profiles which treat the
    query alike must agree on them, P@1 included; and AP divided by K cannot exceed AP divided by
    min(R, K).
    """
    scores = record.scores
    for profile, ties in dict.fromkeys((place[0], place[1]) for place, _ in scores):
        where = f"{profile}, ties {ties}"
        here = [(p[2], p[3], value) for p, value in scores if p[:2] == (profile, ties)]
        for measure, k, value in here:
            if not -ROUNDING <= value <= 1 + ROUNDING:
                name = score_name(measure, k)
                yield f"{name} = {value} under {where} is outside [0, 1]"
        recall = sorted((k or 0, value) for measure, k, value in here if measure == "R")
        for (k, low), (deeper, high) in pairwise(recall):
            if high < low - ROUNDING:
                yield f"recall falls from {low} at {k} to {high} at {deeper} under {where}"
    yield from _disagreements(scores)


def _disagreements(scores: Scores) -> Iterator[str]:
    places = [place[1:] for place, _ in scores if place[0] == "paper"]
    for ties, measure, k in places:
        one, other = (scores.get(p, ties, measure, k) for p in ("paper", "official"))
        if one is None or other is None:
            continue
        name = score_name(measure, k)
        if measure != AVERAGE_PRECISION and abs(one - other) > ROUNDING:
            yield f"{name} is {one} under paper but {other} under official, ties {ties}"
        if measure == AVERAGE_PRECISION and other > one + ROUNDING:
            yield f"{name} is {other} under official, above {one} under paper, ties {ties}"
