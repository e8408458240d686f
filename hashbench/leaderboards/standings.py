"""Who stands where: intervals, ranges of ranks, and what a row must say about itself."""

from __future__ import annotations

import shlex
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from hashbench.errors import VerificationError
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.recompute import ranked_ap
from hashbench.leaderboards.repetitions import checked_rows
from hashbench.reports.results import MethodId, Result, Section, read, sections
from hashbench.reports.score_tables import labels_of
from hashbench.runs.authored import sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.ranking.intervals import Interval
    from hashbench.runs import Record


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a board.

    Attributes
    ----------
    method : MethodId
    label : str
    bits : int
    rank, last_rank : int or None
        The first and the last place that the comparisons leave open; None for a control.
    interval : Interval
        Of mAP@20 as a fraction, over seeds and queries, or over queries where there is one seed.
        Where the queries are the database they are drawn by class.
    tie_mass, speed : float or None
        Share of the top 20 in the group that straddles it; videos encoded a second; means over
        the seeds.
    seeds : tuple of int
    by, keys : tuple of str
        Who measured, and the records.
    command : str
        What reproduces the row.
    falling : bool
        Whether the training loss of any seed was still falling at the end.
    authors : str
        What is known of codes by their authors; empty for those that hashbench made.
    """

    method: MethodId
    label: str
    bits: int
    rank: int | None
    last_rank: int | None
    interval: Interval
    tie_mass: float | None
    speed: float | None
    seeds: tuple[int, ...]
    by: tuple[str, ...]
    keys: tuple[str, ...]
    command: str
    falling: bool = False
    authors: str = ""

    @property
    def bytes_per_video(self) -> int:
        """Bytes of a packed code."""
        return -(-self.bits // 8)


def section_of(board: Board, records: Sequence[Record] | None = None) -> Section | None:
    """Return the board's records as one section, None if there are none.

    Parameters
    ----------
    board : Board
    records : sequence of Record, optional
        Where they are read already.

    Raises
    ------
    VerificationError
        If they are not all of one data set content and one evaluator, this one, or two are of
        one cell.
    """
    from hashbench.ranking import EVALUATOR_VERSION

    records = board.records() if records is None else records
    checked_rows(board, records)
    found = sections(read(records))
    if not found:
        return None
    versions = {section.dataset.evaluator for section in found}
    if versions != {EVALUATOR_VERSION}:
        raise VerificationError(
            f"{board.folder}: records of evaluator {', '.join(sorted(versions))}, this is "
            f"evaluator {EVALUATOR_VERSION}; 'hashbench leaderboard build --recompute' measures "
            "their codes again"
        )
    if len(found) > 1:
        listed = "; ".join(f"{s.dataset} {s.dataset.sha256[:12]}" for s in found)
        raise VerificationError(f"{board.folder}: records of several data sets: {listed}")
    return found[0]


def standings(
    board: Board, section: Section, ap: Mapping[str, NDArray[np.float64]] = MappingProxyType({})
) -> dict[int, list[Standing]]:
    """Return the rows of each bit length, best first, controls last.

    Every number comes from the codes beside the records.

    Parameters
    ----------
    board : Board
    section : Section
        Its records.
    ap : mapping of str to ndarray of shape (n_query,)
        As of :func:`hashbench.leaderboards.page.render`.

    Raises
    ------
    DataError
        If codes or labels are missing or damaged.
    """
    import numpy as np

    from hashbench.ranking.intervals import mean_interval

    clusters = clusters_of(board, section)
    named = labels_of(section)
    cells: dict[tuple[int, MethodId], list[Result]] = {}
    for result in section.measured:
        cells.setdefault((result.bits, result.method), []).append(result)
    unknown = [result.record for result in section.measured if result.key not in ap]
    known = {**ap, **ranked_ap(board, unknown)}
    values = {cell: np.stack([known[one.key] for one in mine]) for cell, mine in cells.items()}
    submitters = board.submitters()
    rows: dict[int, list[Standing]] = {}
    for bits in sorted({bits for bits, _ in cells}):
        here = {method: array for (length, method), array in values.items() if length == bits}
        ranks = _ranks({named[m]: array for m, array in here.items() if not m.control}, clusters)
        found = [
            _standing(
                cells[bits, m],
                named[m],
                ranks.get(named[m]),
                mean_interval(here[m], clusters),
                section.profile,
                submitters,
            )
            for m in here
        ]
        rows[bits] = sorted(found, key=lambda s: (s.rank is None, -s.interval.mean, s.label))
    return rows


def clusters_of(board: Board, section: Section) -> NDArray[np.int64] | None:
    """Return the class of each query where the queries are the database, None elsewhere."""
    from hashbench.ranking.clusters import class_clusters

    if not section.results[0].record.dataset.self_retrieval:
        return None
    return class_clusters(board.labels()[0])


def _ranks(
    values: dict[str, NDArray[np.float64]], clusters: NDArray[np.int64] | None
) -> dict[str, tuple[int, int]]:
    from hashbench.ranking.ranks import rank_ranges
    from hashbench.ranking.statistics import compare

    if len(values) < 2:
        return dict.fromkeys(values, (1, 1))
    means = {label: float(array.mean()) for label, array in values.items()}
    return rank_ranges(means, compare(values, clusters))


def _standing(
    results: Sequence[Result],
    label: str,
    ranks: tuple[int, int] | None,
    interval: Interval,
    profile: str,
    submitters: dict[str, str],
) -> Standing:
    masses = [
        m for r in results if (m := r.scores.get(profile, "expected", "tie_mass", K)) is not None
    ]
    speeds = [r.record.encode_videos_per_s for r in results if r.record.encode_videos_per_s]
    return Standing(
        method=results[0].method,
        label=label,
        bits=results[0].bits,
        rank=None if ranks is None else ranks[0],
        last_rank=None if ranks is None else ranks[1],
        interval=interval,
        tie_mass=statistics.fmean(masses) if masses else None,
        speed=statistics.fmean(speeds) if speeds else None,
        seeds=tuple(result.seed for result in results),
        by=tuple(sorted({submitters.get(result.key, "unknown") for result in results})),
        keys=tuple(result.key for result in results),
        command=command_of(results),
        falling=any(result.falling for result in results),
        authors="; ".join(dict.fromkeys(sentence(a) for r in results if (a := r.record.authored))),
    )


def command_of(results: Sequence[Result]) -> str:
    """Return the command that makes the records of a row again."""
    first = results[0].record
    seeds = ",".join(str(result.seed) for result in results)
    parts = [
        "hashbench",
        "run",
        label_of(first),
        "--dataset",
        first.dataset.name,
        "--bits",
        str(first.bits),
    ]
    return shlex.join([*parts, "--seed", seeds])


def label_of(record: Record) -> str:
    """Return a record's method as a command names it, with the parameters that its label shows."""
    _, _, params = record.method.label.partition("[")
    return record.method.name + (f"[{params}" if params else "")
