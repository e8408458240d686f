"""What notebooks show of a data set: its card, its videos, and the sizes of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hashbench.errors import DataError
from hashbench.notebook import html_table, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from hashbench.data.cards import Card
    from hashbench.data.videos import Videos

Parts = Mapping[str, "Videos"]
"""The videos of a data set by their roles: train, query and database."""


def _splits(card: Card, parts: Parts) -> dict[str, Videos]:
    """Return the videos of each split that plays a part, by its name on the card."""
    return {card.roles[role]: videos for role, videos in parts.items()}


def dataset_frame(card: Card, parts: Parts) -> DataFrame:
    """Return one row a video; see :meth:`hashbench.VideoDataset.to_frame`."""
    import pandas as pd

    found = []
    for split, videos in _splits(card, parts).items():
        rows = len(videos)
        ids: list[str | None] = list(videos.ids())
        values: dict[str, Any] = {"split": split, "row": range(rows)}
        values |= {"id": ids or [None] * rows, "labels": _labels(card, videos)}
        found.append(pd.DataFrame(values).astype({"id": object, "labels": object}))
    return pd.concat(found, ignore_index=True)


def _labels(card: Card, videos: Videos) -> list[str | None]:
    """Return the names of each video's classes, or their ids where they have no names."""
    if not videos.has_labels:
        return [None] * len(videos)
    labels, names = videos.labels, card.class_names
    ids = range(labels.n_classes) if labels.class_ids is None else labels.class_ids.tolist()
    called = [names[i] if i < len(names) else str(i) for i in ids]
    return [", ".join(called[j] for j in np.flatnonzero(row)) for row in labels.multi_hot]


def dataset_html(card: Card, parts: Parts) -> str:
    """Return the card in short, as a table."""
    query, database = parts["query"], parts["database"]
    rows = [
        ("data set", f"{card.name} {card.version}"),
        ("what", card.summary),
        ("train", f"{len(parts['train']):,} videos"),
        ("queries", f"{len(query):,} videos"),
        ("database", "the queries" if query is database else f"{len(database):,} videos"),
        ("features", f"{query.frames} frames of {query.dims} dimensions"),
        ("classes", f"{card.n_classes:,}"),
        ("profile", card.profile),
        ("licence", card.licence),
    ]
    return html_table((), [row for row in rows if row[1]])


def dataset_plot(card: Card, parts: Parts) -> Figure:
    """Draw how many videos each class has; see :meth:`hashbench.VideoDataset.plot`."""
    found = {name: videos for name, videos in _splits(card, parts).items() if videos.has_labels}
    if not found:
        raise DataError(f"data set {card.name} has no labels to draw")
    figure = new_figure(5.4, 3.2)
    axes = figure.subplots()
    for name, videos in found.items():
        sizes = np.sort(videos.labels.multi_hot.sum(axis=0))[::-1]
        axes.step(np.arange(1, len(sizes) + 1), sizes, where="mid", label=name)
    axes.set_xlabel("class, largest first")
    axes.set_ylabel("videos")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure
