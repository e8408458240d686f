"""How often the nearest training videos of a board's data set are of one class.

It tells beforehand whether a method that trusts in neighbours can work there. Features are needed
to measure it, so the board keeps it in ``neighbours.json``. Labels serve this line only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashbench.files.atomic import write_json
from hashbench.files.schema import mapping, number, one_of, table, whole
from hashbench.leaderboards.feature_scores import IN_ORDER_BYTES, in_order, mean_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.data import VideoDataset, Videos
    from hashbench.leaderboards.board import Board

K = 10
"""How many of the nearest are looked at."""

MEAN, ORDERED = "mean frame", "frames in order"

ASKED = 1000
"""Training videos whose neighbours are looked at; of more, so many evenly spaced ones."""

PRODUCTS = 1 << 39
"""Multiplications above which it is measured only when that is asked for: about half a minute."""

_ROUNDING = 1e-9

_SHARE = number(0, 1)
_FILE = table(
    {
        "k": whole(1, 1 << 20),
        "videos": whole(2, 1 << 40),
        "asked": whole(2, ASKED),
        "chance": _SHARE,
        "shares": mapping(
            one_of(MEAN, ORDERED), table({"mean": _SHARE, "low": _SHARE, "high": _SHARE})
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RightNeighbours:
    """Of each training video's nearest, the share that has a class in common with it.

    Attributes
    ----------
    k : int
        How many of the nearest.
    videos, asked : int
        Training videos, and of how many of them the neighbours were looked at.
    chance : float
        What random neighbours share.
    shares : mapping of str to (mean, low, high)
        By what the neighbours were found by, with the 95 % interval over videos, by class where
        classes have several.
    """

    k: int
    videos: int
    asked: int
    chance: float
    shares: Mapping[str, tuple[float, float, float]]

    def share(self, by: str) -> float | None:
        """Return the mean share, None where it was not measured."""
        return self.shares[by][0] if by in self.shares else None


def measure_neighbours(dataset: VideoDataset) -> RightNeighbours | None:
    """Measure the training videos of a data set; None where they have no labels or are too few.

    Cosines are computed in float64, so that every machine finds the same neighbours. Of more than
    :data:`ASKED` videos so many are asked, so that a check of a board stays short;
    ``hashbench data neighbours`` asks them all.
    """
    import numpy as np
    from scipy.sparse import csr_array

    from hashbench.ranking.neighbour_precision import neighbour_shares, precision_of
    from hashbench.ranking.rescoring import nearest_by_cosine

    videos = dataset.labelled_train
    if not _measurable(videos):
        return None
    n, shares = len(videos), {}
    asked = np.unique(np.linspace(0, n - 1, min(n, ASKED)).round().astype(np.int64))
    for by, vectors in _vectors(videos):
        near = nearest_by_cosine(vectors[asked], vectors, K, asked)
        edges = np.repeat(asked, K), near.reshape(-1)
        graph = csr_array((np.ones(near.size), edges), shape=(n, n))
        found = precision_of(neighbour_shares(graph, videos.labels), videos.labels)
        shares[by] = (found.share.mean, found.share.low, found.share.high)
    return RightNeighbours(K, n, n - found.left_out, found.chance, shares)


def takes_long(dataset: VideoDataset) -> bool:
    """Return whether measuring a data set is too much to be done unasked."""
    videos = dataset.labelled_train
    width = videos.dims * (1 + (videos.frames if _fits(videos) else 0))
    return min(len(videos), ASKED) * len(videos) * width > PRODUCTS


def read_neighbours(board: Board) -> RightNeighbours | None:
    """Return what :func:`write_neighbours` wrote, None where there is no file.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    found = board.read("neighbours.json", _FILE, "shares of right neighbours")
    if found is None:
        return None
    told = found["shares"]
    shares = {
        by: (told[by]["mean"], told[by]["low"], told[by]["high"])
        for by in (MEAN, ORDERED)
        if by in told
    }
    return RightNeighbours(**{**found, "shares": shares})


def write_neighbours(board: Board, found: RightNeighbours) -> None:
    """Write ``neighbours.json`` into the folder of a board."""
    write_json(
        board.folder / "neighbours.json",
        {
            "k": found.k,
            "videos": found.videos,
            "asked": found.asked,
            "chance": found.chance,
            "shares": {
                by: {"mean": mean, "low": low, "high": high}
                for by, (mean, low, high) in found.shares.items()
            },
        },
    )


def neighbour_problems(board: Board, dataset: VideoDataset | None) -> Iterator[str]:
    """Yield where a board's shares of right neighbours are not what its data set gives.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    told = read_neighbours(board)
    if told is None or dataset is None or takes_long(dataset):
        return
    again = measure_neighbours(dataset)
    if again is None or _differs(told, again):
        yield (
            f"{board.folder / 'neighbours.json'} is not what the features of {dataset.name} give; "
            "'hashbench leaderboard build --neighbours' measures it anew"
        )


def sentence(found: RightNeighbours) -> str:
    """Return the line of a board's page, in percent.

    Examples
    --------
    >>> shares = {MEAN: (0.4323, 0.3833, 0.4812)}
    >>> print(sentence(RightNeighbours(10, 4000, 1000, 0.0248, shares)))
    of the 10 nearest of 1,000 training videos, of the same class: 43.2 % [38.3, 48.1] by mean \
frame, 2.5 % by chance
    """
    parts = [
        f"{100 * mean:.1f} % [{100 * low:.1f}, {100 * high:.1f}] by {by}"
        for by, (mean, low, high) in found.shares.items()
    ]
    parts.append(f"{100 * found.chance:.1f} % by chance")
    whose = f"of the {found.k} nearest of {found.asked:,} training videos"
    return f"{whose}, of the same class: {', '.join(parts)}"


def _measurable(videos: Videos) -> bool:
    return videos.has_labels and len(videos) > K


def _vectors(videos: Videos) -> Iterator[tuple[str, NDArray[np.float64]]]:
    yield MEAN, mean_frames(videos)
    if videos.frames > 1 and _fits(videos):
        yield ORDERED, in_order(videos)


def _fits(videos: Videos) -> bool:
    return videos.frames > 1 and 8 * len(videos) * videos.frames * videos.dims <= IN_ORDER_BYTES


def _differs(told: RightNeighbours, again: RightNeighbours) -> bool:
    def numbers(one: RightNeighbours) -> list[float]:
        return [one.k, one.videos, one.asked, one.chance, *sum(one.shares.values(), ())]

    if list(told.shares) != list(again.shares):
        return True
    pairs = zip(numbers(told), numbers(again), strict=True)
    return any(not abs(one - other) <= _ROUNDING for one, other in pairs)
