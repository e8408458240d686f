"""Two-stage search on a board: how many of the nearest by cosine a code's first K' hold.

::

    leaderboards/digit-stories/nearest.npz    the videos nearest to each query by exact cosine
    leaderboards/digit-stories/two-stage.json recall after rescoring the first K', a record each

The first is of the data set, as the labels are, so that everybody can measure codes without the
features. A board without it says nothing of two-stage search.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import DataError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing, write_json
from hashbench.files.schema import digest, mapping, number, sequence, table, whole
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.workers import each

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.data import VideoDataset
    from hashbench.labels import Labels
    from hashbench.runs import Record

FIND = 10
"""How many of the nearest by cosine are to be found."""

FIRST = (10, 20, 50, 100, 200)
"""How many videos are rescored: each K' that the database has."""

_DIGITS = 6
"""Digits of a recall that are kept."""

_EQUAL = 1e-9
"""Cosines that differ by less are of one place: machines add up in different orders."""

_KEPT = table(
    {
        "find": whole(1, 1_000_000),
        "first": sequence(whole(1, 1 << 40)),
        "recall": mapping(digest, sequence(number(0, 1))),
    }
)


@dataclass(frozen=True, slots=True)
class TwoStage:
    """What a board says of two-stage search.

    Attributes
    ----------
    find : int
    first : tuple of int
        K'.
    recall : mapping of str to tuple of float
        Mean recall of the ``find`` nearest for each K', by the record's key.
    """

    find: int
    first: tuple[int, ...]
    recall: Mapping[str, Sequence[float]]

    def of(self, keys: Sequence[str]) -> list[float] | None:
        """Return the mean over records for each K'; None where one of them was not measured."""
        if not all(key in self.recall for key in keys):
            return None
        columns = zip(*(self.recall[key] for key in keys), strict=True)
        return [sum(column) / len(keys) for column in columns]


def read_two_stage(board: Board) -> TwoStage | None:
    """Return what a board says of two-stage search; None where it says nothing.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    path = _recalls(board)
    told = board.read(path.name, _KEPT, "the recalls of a board")
    if told is None:
        return None
    found = TwoStage(told["find"], tuple(told["first"]), told["recall"])
    if any(len(values) != len(found.first) for values in found.recall.values()):
        raise DataError(f"{path}: not one recall for each of {len(found.first)} K' of a record")
    return found


def keep_two_stage(board: Board, dataset: VideoDataset | None) -> int:
    """Measure the records of a board that have no recall yet, and return how many.

    Parameters
    ----------
    board : Board
    dataset : VideoDataset, optional
        Where its features are here; otherwise only a board that knows the nearest is measured.
    """
    import numpy as np

    records = board.records()
    if not records or not _first(records[0]):
        return 0
    if dataset is not None and not _nearest(board).exists():
        found = nearest_of(*_vectors(dataset), own=dataset.self_retrieval)
        with replacing(_nearest(board)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, nearest=found.astype(np.int32))
    if not _nearest(board).exists():
        return 0
    there = read_two_stage(board)
    first = _first(records[0])
    same = there is not None and (there.find, there.first) == (FIND, first)
    known = dict(there.recall) if there is not None and same else {}
    missing = [record for record in records if record.key not in known]
    measured = each(_judge(board, records[0]), missing)
    added = {one.key: found for one, found in zip(missing, measured, strict=True)}
    keys = {record.key for record in records}
    recall = {key: list(found) for key, found in {**known, **added}.items() if key in keys}
    if added or there is None:
        write_json(_recalls(board), {"find": FIND, "first": list(first), "recall": recall})
    return len(added)


def complete(board: Board, data_root: Path | None, card: Path | None) -> str:
    """Measure records of a board without a recall, and return what was done in words.

    Parameters
    ----------
    board : Board
        It is held, as :func:`hashbench.leaderboards.staging.held` does.
    data_root, card : Path, optional
        As of :func:`hashbench.leaderboards.feature_check.dataset_of`.
    """
    from hashbench.leaderboards.feature_check import dataset_of
    from hashbench.leaderboards.standings import section_of

    section = section_of(board)
    if section is None:
        return "no records to measure two-stage search of"
    dataset, why = dataset_of(section, data_root, card)
    if dataset is None and not _nearest(board).exists():
        return f"two-stage search not measured: {why}"
    return f"two-stage search of {keep_two_stage(board, dataset)} records measured"


def two_stage_problems(
    board: Board, records: Sequence[Record], dataset: VideoDataset | None
) -> Iterator[str]:
    """Yield what is wrong with what a board says of two-stage search.

    Parameters
    ----------
    board : Board
    records : sequence of Record
        The board's.
    dataset : VideoDataset, optional
        What they were measured on, where it is here.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    """
    told = read_two_stage(board)
    if told is None:
        return
    nearest = nearest_on(board, records[0])
    if dataset is not None:
        yield from _other_neighbours(board, nearest, dataset)
    if (told.find, told.first) != (FIND, _first(records[0])):
        yield f"{_recalls(board)} is of recall@{told.find} at {told.first}, not of recall@{FIND}"
        return
    strange = sorted(told.recall.keys() - {record.key for record in records})
    if strange:
        yield f"{_recalls(board)} has a recall of {strange[0][:12]}, which is no record here"
    known = [record for record in records if record.key in told.recall]
    again = each(_judge(board, records[0]), known)
    for record, found in zip(known, again, strict=True):
        for k, stored, value in zip(told.first, told.recall[record.key], found, strict=True):
            if abs(stored - value) > 2 * 10**-_DIGITS:
                yield (
                    f"record {record.key[:12]} ({record.method.label}, {record.bits} bits): "
                    f"recall@{FIND} after rescoring {k} is {stored:.6f} on the board and "
                    f"{value:.6f} from its codes"
                )


def nearest_of(
    query: NDArray[np.float64], database: NDArray[np.float64], *, own: bool
) -> NDArray[np.int64]:
    """Return the items nearest to each query by cosine, shape (n_query, FIND), nearest first.

    Parameters
    ----------
    query, database : ndarray of float64, shapes (n_query, dims) and (n, dims)
    own : bool
        Whether query i is item i of the database, and no neighbour of itself.
    """
    import numpy as np

    from hashbench.ranking.rescoring import nearest_by_cosine

    return nearest_by_cosine(query, database, FIND, np.arange(len(query)) if own else None)


def nearest_on(board: Board, record: Record) -> NDArray[np.int64]:
    """Return the neighbours that a board keeps.

    Raises
    ------
    DataError
        If the file is missing or damaged, or names a video that there is not, or one twice.
    """
    import numpy as np

    path, data = _nearest(board), record.dataset
    found = read_npz(path, ("nearest",))["nearest"]
    if found.shape != (data.n_query, FIND) or found.dtype.kind not in "iu":
        raise DataError(
            f"{path}: nearest are {found.dtype} {found.shape}; integers "
            f"({data.n_query}, {FIND}) are needed"
        )
    ordered = np.sort(found.astype(np.int64), axis=1)
    wrong = (ordered[:, 0] < 0) | (ordered[:, -1] >= data.n_database)
    wrong |= (np.diff(ordered, axis=1) == 0).any(axis=1)
    if data.self_retrieval:
        wrong |= (ordered == np.arange(len(ordered))[:, None]).any(axis=1)
    if wrong.any():
        raise DataError(
            f"{path}: those of query {int(wrong.argmax())} are not {FIND} other videos of the "
            f"{data.n_database}"
        )
    return found.astype(np.int64)


def _other_neighbours(
    board: Board, nearest: NDArray[np.int64], dataset: VideoDataset
) -> Iterator[str]:
    import numpy as np

    from hashbench.ranking.rescoring import unit

    query, database = _vectors(dataset)
    again = nearest_of(query, database, own=dataset.self_retrieval)
    query, database = unit(query), unit(database)
    # Equal cosines may stand in another order, so that cosines are compared, not videos.
    told, true = (
        np.sort(np.einsum("qd,qkd->qk", query, database[rows]), axis=1) for rows in (nearest, again)
    )
    wrong = (np.abs(told - true) > _EQUAL).any(axis=1)
    if wrong.any():
        yield (
            f"{_nearest(board)}: those of query {int(wrong.argmax())} are not the nearest of "
            f"{dataset.name} by cosine"
        )


def _vectors(dataset: VideoDataset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean frames of queries and database: one array where they are the same videos."""
    from hashbench.leaderboards.feature_scores import mean_frames

    database = mean_frames(dataset.database)
    return (database if dataset.self_retrieval else mean_frames(dataset.query)), database


def _judge(board: Board, record: Record) -> functools.partial[tuple[float, ...]]:
    return functools.partial(
        _measured, board, board.labels(), nearest_on(board, record), _first(record)
    )


def _measured(
    board: Board,
    labels: tuple[Labels, Labels],
    nearest: NDArray[np.int64],
    first: tuple[int, ...],
    record: Record,
) -> tuple[float, ...]:
    """Return the mean recall of a record's codes for each K'."""
    from hashbench.ranking.beside import Beside
    from hashbench.ranking.evaluating import evaluate_shards
    from hashbench.ranking.measures import Measure, Rescored
    from hashbench.ranking.shards import MemoryShard

    query, database = board.codes(record)
    own = record.dataset.self_retrieval
    wanted: list[Measure] = [Rescored(k, FIND) for k in first]
    result = evaluate_shards(
        [MemoryShard(database, labels[1])],
        (query, labels[0]),
        k=(FIND,),
        profiles=(record.dataset.profile,),
        self_retrieval=own,
        measures=wanted,
        full=False,
        beside=Beside.of_neighbours((query, labels[0]), (database, labels[1]), nearest, own=own),
    )
    return tuple(round(result.mean(one), _DIGITS) for one in wanted)


def _first(record: Record) -> tuple[int, ...]:
    others = record.dataset.n_database - record.dataset.self_retrieval
    return tuple(k for k in FIRST if k <= others)


def _nearest(board: Board) -> Path:
    return board.folder / "nearest.npz"


def _recalls(board: Board) -> Path:
    return board.folder / "two-stage.json"
