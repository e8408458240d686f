"""Check of a board's scores of the features before hashing: true, or at least possible.

Codes can be ranked again by anybody, features only by who has them. Where the data set is here,
as the built-in ones always are, the features are ranked again and the labels are compared.
Elsewhere each query's value is looked up among those that a ranking can give at all: AP@20 is a
sum of 20 fractions, of which there are 2^20, so that a number made up is all but never one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import HashbenchError, UsageError
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.feature_scores import MEAN, ORDERED, features_ap
from hashbench.leaderboards.right_neighbours import neighbour_problems
from hashbench.reports.results import Section

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.data import VideoDataset
    from hashbench.labels import Labels
    from hashbench.workspace import Progress

_ROUNDING = 1e-12
"""What the order of 20 additions may do."""


def cards_by_name(cards: Sequence[Path], names: Sequence[str], where: str) -> dict[str, Path]:
    """Return the cards by the names of their data sets.

    Parameters
    ----------
    cards : sequence of Path
    names : sequence of str
        The data sets that cards may be of, in any case.
    where : str
        Where these data sets are, for messages, as ``"on a board"``.

    Raises
    ------
    UsageError
        If a card is of no such data set, or two are of one.
    DataError
        If a card cannot be read.
    """
    from hashbench.data.cardreader import read_card

    found: dict[str, Path] = {}
    for path in cards:
        name = read_card(path).name
        known = next((one for one in names if one.casefold() == name.casefold()), None)
        if known is None:
            raise UsageError(f"--card {path}: data set {name!r} is not {where}")
        if known in found:
            raise UsageError(f"--card {path}: {found[known]} is of data set {name!r} too")
        found[known] = path
    return found


def dataset_of(
    section: Section, data_root: Path | None, card: Path | None = None
) -> tuple[VideoDataset | None, str]:
    """Return the data set that a board's records were measured on, or None and why it is not here.

    Parameters
    ----------
    section : Section
    data_root : Path, optional
        Where the files of the data sets lie.
    card : Path, optional
        The card of a data set without a registered name.
    """
    from hashbench.data import load_dataset

    wanted = section.results[0].record.dataset
    try:
        found = load_dataset(card or wanted.name, data_root=data_root)
        if found.sha256 != wanted.sha256:
            return None, f"{wanted.name} here has other content"
    except HashbenchError as error:
        return None, str(error)
    return found, ""


def control_problems(
    board: Board,
    section: Section,
    dataset: VideoDataset | None,
    progress: Progress | None = None,
) -> Iterator[str]:
    """Yield what is wrong with a board's labels, its rows of uncompressed features and neighbours.

    Parameters
    ----------
    board : Board
    section : Section
        Its records.
    dataset : VideoDataset, optional
        What they were measured on, where it is here.
    progress : Progress, optional

    Raises
    ------
    DataError
        If the files are missing or damaged.
    """
    labels, found = board.labels(), board.features()
    if dataset is not None and not _same(labels, dataset):
        yield f"{board.folder / 'labels.npz'}: other labels than {dataset.name} has"
    where = board.folder / "features.npz"
    again = None if dataset is None else features_ap(dataset, section.profile, progress)
    labels_only = all((r.record.authored or {}).get("features") is False for r in section.results)
    least = set() if labels_only else {MEAN}
    expected = {MEAN, ORDERED} & found.keys() | least if again is None else again.keys()
    if found.keys() != expected:
        yield f"{where} has rows {_listed(found)}, not {_listed(expected)}"
    for name in found.keys() & expected:
        values = found[name]
        if values.shape != (len(labels[0]),):
            yield f"{where}: {name} has shape {values.shape} for {len(labels[0])} queries"
            continue
        if again is None:
            wrong, says = impossible(values, labels, section), "which no ranking gives"
        else:
            wrong = ~(abs(values - again[name]) <= _ROUNDING)
            says = f"its features give {again[name][int(wrong.argmax())]:.6f}"
        if wrong.any():
            query = int(wrong.argmax())
            yield f"{where}: {name}: AP@{K} of query {query} is {values[query]:.6f}, {says}"
    yield from neighbour_problems(board, dataset)


def _same(labels: tuple[Labels, Labels], dataset: VideoDataset) -> bool:
    import numpy as np

    theirs = dataset.query.labels, dataset.database.labels
    pairs = zip(labels, theirs, strict=True)
    return all(np.array_equal(one.multi_hot, other.multi_hot) for one, other in pairs)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(map(repr, names))) or "none"


def impossible(
    values: NDArray[np.float64], labels: tuple[Labels, Labels], section: Section
) -> NDArray[np.bool_]:
    """Return which values no ranking of so many relevant videos has."""
    import numpy as np

    from hashbench.ranking import PROFILES

    profile = PROFILES[section.profile]
    alone = profile.query == "dropped" and section.results[0].record.dataset.self_retrieval
    relevant = np.clip(_counted(labels) - alone, 0, K)  # a query without labels counts no one
    sums, hits = _sums()
    wrong = np.zeros(len(values), dtype=bool)
    for count in np.unique(relevant):
        here = relevant == count
        divisors = {"K": K, "hits": np.maximum(hits[hits <= count], 1)}
        divisor = divisors.get(profile.divisor, max(count, 1))
        possible = np.unique(sums[hits <= count] / divisor)
        place = np.searchsorted(possible, values[here]).clip(0, len(possible) - 1)
        gaps = [abs(possible[near] - values[here]) for near in (place, np.maximum(place - 1, 0))]
        wrong[here] = ~(np.minimum(*gaps) <= _ROUNDING)
    return wrong


def _counted(labels: tuple[Labels, Labels]) -> NDArray[np.int64]:
    """Return how many database videos share a label with each query, itself included."""
    import numpy as np

    query, database = labels
    parts = [
        query[start : start + 256].relevance(database).sum(axis=1)
        for start in range(0, len(query), 256)
    ]
    counts: NDArray[np.int64] = np.concatenate(parts).astype(np.int64)
    return counts


def _sums() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the sum of precisions of every pattern of hits in the top K, and its hits."""
    import numpy as np

    sums, hits = np.zeros(1), np.zeros(1, dtype=np.int64)
    for rank in range(1, K + 1):
        sums = np.concatenate([sums, sums + (hits + 1) / rank])
        hits = np.concatenate([hits, hits + 1])
    return sums, hits
