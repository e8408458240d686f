"""What is odd about a data set though it can be ranked, in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hashbench.data.featuretypes import whole_numbers

if TYPE_CHECKING:
    from hashbench.data import VideoDataset
    from hashbench.labels import Labels


def cautions(dataset: VideoDataset) -> list[str]:
    """Return what a reader of the numbers should know.

    Parameters
    ----------
    dataset : VideoDataset
        Its labels are looked at. Its features are only where queries and database are two splits.
    """
    card, found = dataset.card, []
    if dataset.self_retrieval and card.query != card.database:
        found.append(
            f"the splits {card.query!r} and {card.database!r} of {dataset.name} hold the same "
            "videos: ranked as self-retrieval, a query being left out of its own list by "
            "profile strict"
        )
    if not dataset.self_retrieval:
        found += _shared(dataset)
    dtype = dataset.query.source.dtype
    if dtype.kind in "iu" and card.has_files:
        found.append(whole_numbers(dataset.name, dtype))
    found += without_relevant(
        dataset.query.labels, dataset.database.labels, dataset.self_retrieval, dataset.name
    )
    return found


def without_relevant(
    query: Labels, database: Labels, self_retrieval: bool, where: str
) -> list[str]:
    """Return a line on the queries that have nothing to find, if there are any.

    Parameters
    ----------
    query, database : Labels
    self_retrieval : bool
        Whether query ``i`` is item ``i`` of the database, which then does not count.
    where : str
        Name of the set, or of a file.
    """
    members = database.multi_hot.sum(axis=0)
    findable = members > self_retrieval
    lacking = int(np.count_nonzero(~np.any(query.multi_hot & findable, axis=1)))
    if not lacking:
        return []
    other = "no other item" if self_retrieval else "no item"
    share = f"{lacking} of {len(query)} queries share a class with {other} of the database"
    return [f"{where}: {share}, and so have nothing to find"]


def _shared(dataset: VideoDataset) -> list[str]:
    from hashbench.data.overlap import shared_rows

    rows = shared_rows(dataset.query, dataset.database)
    if not len(rows):
        return []
    listed = ", ".join(map(str, rows[:5].tolist())) + (", ..." if len(rows) > 5 else "")
    share = f"{len(rows)} of {len(dataset.query)} queries are videos of the database too"
    return [f"{dataset.name}: {share} ({listed}) and find themselves, in every profile"]
