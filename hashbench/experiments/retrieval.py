"""Top-K retrieval (Fig. 9): the nearest videos of some queries, and whether they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data import VideoDataset
from hashbench.data.loading import frame_images
from hashbench.errors import DataError, UsageError
from hashbench.experiments.grid import Grid
from hashbench.retrieval.nearest import Neighbour, names_of, nearest
from hashbench.runs import Record

SAMPLED = 4
"""Queries that are drawn unless some are chosen."""

_SUFFIXES = (".png", ".jpg", ".jpeg")
Image = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one method finds for one query.

    Parameters
    ----------
    label : str
        The method, as the paper calls it.
    query : int
        Position among the queries.
    query_labels : tuple of str
    neighbours : tuple of Neighbour
        Nearest first, without the query itself.
    """

    label: str
    query: int
    query_labels: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "method": self.label,
            "query": self.query,
            "query_labels": list(self.query_labels),
            "neighbours": [neighbour.to_json() for neighbour in self.neighbours],
        }


def retrieve(
    grid: Grid,
    records: Sequence[Record],
    dataset: VideoDataset,
    rows: NDArray[np.int64],
    top: int,
    bits: int,
) -> list[Retrieved]:
    """Return what every method of a grid finds with its first seed, by query, then by method.

    Parameters
    ----------
    grid : Grid
        Worked on.
    records : sequence of Record
        Its finished records.
    dataset : VideoDataset
        Its data set.
    rows : ndarray of int64, shape (n,)
        The queries.
    top : int
        Videos a query.
    bits : int
        Code length.
    """
    found = []
    first = grid.plan.cells[0].seed
    for record in records:
        if (record.bits, record.seed) != (bits, first):
            continue
        query, database = grid.plan.store.codes(record)
        lists = nearest(
            query[rows],
            dataset.query.labels[rows],
            database,
            dataset.database.labels,
            top=top,
            card=dataset.card,
            own=rows if dataset.self_retrieval else None,
        )
        found.append([(grid.labels[record.method.label], one) for one in lists])
    return [
        Retrieved(
            label, int(row), names_of(dataset.query.labels, int(row), dataset.card), tuple(one)
        )
        for place, row in enumerate(rows)
        for label, one in (by_query[place] for by_query in found)
    ]


def choose_queries(dataset: VideoDataset, chosen: Sequence[int], seed: int) -> NDArray[np.int64]:
    """Return the chosen queries, or some labelled ones drawn with ``seed``.

    Raises
    ------
    UsageError
        If there is no such query.
    """
    size = len(dataset.query)
    for row in chosen:
        if not 0 <= row < size:
            raise UsageError(f"--queries {row}: the queries of {dataset.name} are 0 to {size - 1}")
    if chosen:
        return np.array(list(dict.fromkeys(chosen)), dtype=np.int64)
    labelled = np.flatnonzero(dataset.query.labels.multi_hot.any(axis=1))
    picked = np.random.default_rng(seed).permutation(labelled)[:SAMPLED]
    return np.sort(picked).astype(np.int64)


class Pictures:
    """What videos look like: drawn by the data set's plugin, or thumbnails in a folder.

    Parameters
    ----------
    dataset : VideoDataset
    name : str
        As the data set was asked for.
    thumbnails : Path, optional
        Folder of ``ROW.png`` or ``ROW.jpg``, directly or in a folder of the split's name.
    frames : int
        Frames of a drawn video, side by side.

    Raises
    ------
    DataError
        If there is no such folder.
    """

    def __init__(
        self, dataset: VideoDataset, name: str, thumbnails: Path | None = None, frames: int = 6
    ) -> None:
        if thumbnails is not None and not thumbnails.is_dir():
            raise DataError(f"--thumbnails {thumbnails}: no such folder")
        self._dataset, self._name = dataset, name
        self._thumbnails, self._frames = thumbnails, frames

    def of(self, split: str, rows: Sequence[int]) -> dict[int, Image]:
        """Return the pictures that there are, by row: (height, width) or (height, width, 3)."""
        wanted = np.unique(np.array(rows, dtype=np.int64))
        if self._thumbnails is not None:
            paths = {int(row): self._path(split, int(row)) for row in wanted}
            return {row: _read(path) for row, path in paths.items() if path is not None}
        if self._dataset.card.has_files or self._name.endswith(".toml"):
            return {}
        drawn = frame_images(self._name, split, wanted)
        if drawn is None:
            return {}
        return {
            int(row): _strip(video, self._frames) for row, video in zip(wanted, drawn, strict=True)
        }

    def _path(self, split: str, row: int) -> Path | None:
        assert self._thumbnails is not None
        for folder in (self._thumbnails / split, self._thumbnails):
            for suffix in _SUFFIXES:
                if (path := folder / f"{row}{suffix}").is_file():
                    return path
        return None


def _strip(video: Image, frames: int) -> Image:
    """Put frames from the middle of equal spans side by side."""
    count = min(frames, len(video))
    middle = ((np.arange(count) + 0.5) * len(video) / count).astype(int)
    gap = np.full((video.shape[1], 1, *video.shape[3:]), 128, dtype=video.dtype)
    parts: list[Image] = []
    for place in middle:
        parts += [gap, video[place]] if parts else [video[place]]
    return np.concatenate(parts, axis=1)


def _read(path: Path) -> Image:
    from matplotlib.image import imread

    try:
        image: Image = imread(path)
    except (OSError, ValueError, SyntaxError) as error:  # what decoders say of damaged files
        raise DataError(f"{path}: not a readable picture ({error})") from error
    return image
