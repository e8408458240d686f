"""A board with everything that its pages say, each record ranked once."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hashbench.errors import VerificationError
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.described import Described, describe
from hashbench.leaderboards.overview import Overall, exact_score, overall
from hashbench.leaderboards.recompute import TOLERANCE, per_query_ap
from hashbench.leaderboards.repeat_notes import Repeats, last_change, repeats
from hashbench.leaderboards.standings import Standing, section_of, standings
from hashbench.leaderboards.summary import summary_of
from hashbench.leaderboards.two_stage import TwoStage, read_two_stage
from hashbench.leaderboards.workers import each, threads
from hashbench.reports.html import looks
from hashbench.reports.results import Result, Section
from hashbench.reports.score_tables import labels_of
from hashbench.runs.packed import packed_places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.labels import Labels
    from hashbench.runs import Record


@dataclass(frozen=True, slots=True)
class Measured:
    """A board that has records.

    Attributes
    ----------
    board : Board
    section : Section
        Its records.
    rows : mapping of int to sequence of Standing
        By code length, best first.
    methods : sequence of Overall
        By mean rank, controls last.
    looks : mapping of str to dict
        Name, sign, colour and symbol of each method, by its label.
    ap : mapping of str to ndarray of shape (n_query,)
        AP@20 of each query, by the record's key.
    curves : mapping of str to dict
        Precision and recall within growing radii, by the record's key: lists of floats, thinned.
    features : mapping of str to ndarray of shape (n_query,)
        AP@20 of each query of the features before hashing, by how they were ranked.
    repeats : mapping of str to Repeats
        By the record's key.
    places : mapping of str to (str, int)
        The file of packed records, from the board's folder, and the line, by the record's key.
    stages : TwoStage, optional
        What the board says of two-stage search.
    by, days : mapping of str to str
        Who measured, and the day on which it was submitted, by the record's key.
    described : mapping
        What is known of its methods, as :func:`hashbench.leaderboards.described.describe` says it.
    """

    board: Board
    section: Section
    rows: Mapping[int, Sequence[Standing]]
    methods: Sequence[Overall]
    looks: Mapping[str, Mapping[str, Any]]
    ap: Mapping[str, NDArray[np.float64]]
    curves: Mapping[str, Mapping[str, Sequence[float]]]
    features: Mapping[str, NDArray[np.float64]]
    repeats: Mapping[str, Repeats]
    places: Mapping[str, tuple[str, int]]
    stages: TwoStage | None
    by: Mapping[str, str]
    days: Mapping[str, str]
    described: Described

    @property
    def name(self) -> str:
        """Name of the board."""
        return self.board.dataset

    @property
    def results(self) -> dict[str, Result]:
        """Its results by the record's key."""
        return {result.key: result for result in self.section.measured}

    @property
    def last_change(self) -> str:
        """The day on which the last record or repetition came in, empty where none is known."""
        return last_change(self.ap, self.days, self.repeats)

    @property
    def summary(self) -> dict[str, Any]:
        """The board as numbers, as in its ``summary.json``."""
        queries = self.section.results[0].record.dataset.n_query
        return summary_of(self.methods, queries, self.last_change)

    def day(self, row: Standing) -> str:
        """Return the day on which the last record of a row came in, empty where it is unknown."""
        return max(self.days.get(key, "") for key in row.keys)


def measured(board: Board) -> Measured | None:
    """Rank every record of a board, and return what its pages need; None without records.

    Raises
    ------
    VerificationError
        If records cannot stand on one board, or codes do not give a record's number.
    DataError
        If codes or labels are missing or damaged.
    """
    section = section_of(board)
    if section is None:
        return None
    records = [result.record for result in section.measured]
    rank = functools.partial(_ranked, board, board.labels())
    ranked = dict(zip((one.key for one in records), each(rank, records), strict=True))
    ap = {key: values for key, (values, _) in ranked.items()}
    for result in section.measured:
        _checked(board, result, ap[result.key], section.profile)
    rows = standings(board, section, ap)
    features = board.features()
    labels = labels_of(section)
    found = dict(zip(labels.values(), looks(labels), strict=True))
    return Measured(
        board,
        section,
        rows,
        overall(rows, exact_score(features)),
        found,
        ap,
        {key: curve for key, (_, curve) in ranked.items()},
        features,
        repeats(board, section),
        _places(board, records),
        read_two_stage(board),
        board.submitters(),
        board.dates(),
        describe(board, records),
    )


def _places(board: Board, records: Sequence[Record]) -> dict[str, tuple[str, int]]:
    """Return where records are packed; those of earlier releases may have a file each."""
    return {
        key: (path.relative_to(board.folder).as_posix(), line)
        for key, (path, line) in packed_places(board.folder, records).items()
        if path.is_file()
    }


def _ranked(
    board: Board, labels: tuple[Labels, Labels], record: Record
) -> tuple[NDArray[np.float64], dict[str, list[float]]]:
    """Return what a page shows that no record keeps: AP@20 of each query, and the curve."""
    from hashbench.ranking.radius_curve import radius_curve

    codes, data = board.codes(record), record.dataset
    ap = per_query_ap(codes, labels, data.profile, self_retrieval=data.self_retrieval)
    return ap, radius_curve(*codes, *labels, threads=threads())


def _checked(board: Board, result: Result, ap: NDArray[np.float64], profile: str) -> None:
    told = result.scores.get(profile, "expected", "AP", K)
    if told is None or not abs(told - float(ap.mean())) <= TOLERANCE:
        raise VerificationError(
            f"{board.folder}: record {result.key[:12]} does not have the mAP@{K} that its codes "
            "give; 'hashbench leaderboard check' says more"
        )
