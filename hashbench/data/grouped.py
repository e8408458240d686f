"""Sets whose features lie in one HDF5 file with a group for each video, and lists of the splits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from hashbench.data.cards import Card, Split
from hashbench.data.grouplists import GroupList, class_names, multi_hot, read_group_list
from hashbench.data.groupsource import GroupSource
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.files.hdf5 import has_name, reading
from hashbench.labels import Labels
from hashbench.names import few
from hashbench.workspace import Progress, Silent

SPLITS = {
    "train": "train",
    "test": "test",
    "query": "query",
    "database": "database",
    "retrieval": "database",
    "val": "val",
    "validation": "val",
}
"""What lists call a split, and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """How a grouped file is read.

    Parameters
    ----------
    path : Path
        The HDF5 file.
    lists : mapping of str to Path
        The list of each split, by the split's name.
    name : str
        Of the data set.
    database : str
        The split that is ranked; empty for the one called ``"database"``.
    key : str
        Name of the array in each group; empty where it is the only one.
    frames : int
        Frames to take of each video, evenly spread; 0 for all, where all videos have as many.
    """

    path: Path
    lists: Mapping[str, Path]
    name: str
    database: str = ""
    key: str = ""
    frames: int = 0


def open_groups(
    grouping: Grouping, progress: Progress | None = None
) -> tuple[Card, dict[str, Videos], list[str]]:
    """Open a grouped file for :func:`hashbench.data.converting.convert`.

    Parameters
    ----------
    grouping : Grouping
    progress : Progress, optional
        Told the groups looked at.

    Returns
    -------
    card : Card
    splits : dict of str to Videos
        In the order of the lists.
    left_out : list of str
        Groups that no list names.

    Raises
    ------
    UsageError
        If the lists do not say what is trained on, asked and ranked.
    DataError
        If a list names what is no group, a split that is asked or ranked has no classes, groups are
        empty or differ in their features, or a file cannot be read.
    """
    roles = _roles(grouping)
    lists = {split: read_group_list(path) for split, path in grouping.lists.items()}
    if "val" in lists and lists["val"].labelled:
        roles["validation"] = "val"
    _check_labels(lists, roles)
    left_out = _check_names(grouping.path, lists)
    names = class_names(list(lists.values()))
    sources = _sources(grouping, lists, progress or Silent())
    splits = {
        split: Videos(
            sources[split],
            Labels(multi_hot(one, names)) if one.labelled else None,
            name=f"{grouping.name}/{split}",
        )
        for split, one in lists.items()
    }
    return _card(grouping, roles, splits, names), splits, left_out


def _roles(grouping: Grouping) -> dict[str, str]:
    """Return which split plays which part."""
    there = list(grouping.lists)
    query = "query" if "query" in there else "test"
    if "train" not in there or query not in there:
        raise UsageError(
            f"--groups: lists of {' and '.join(there)}; those of train and of test, or query, are "
            "needed"
        )
    database = grouping.database or "database"
    if database not in there:
        wanted = f"--database {database}: no such list; " if grouping.database else ""
        raise UsageError(
            f"{wanted}name the split that is ranked: --database train where queries are looked for "
            f"in the training videos, --database {query} where they are in one another"
        )
    return {"train": "train", "query": query, "database": database}


def _check_labels(lists: Mapping[str, GroupList], roles: Mapping[str, str]) -> None:
    for role in ("query", "database"):
        one = lists[roles[role]]
        if not one.labelled:
            raise DataError(
                f"{one.path}: names no classes; split {roles[role]} is the {role} and needs them: "
                "'ID,CLASS' a line"
            )


def _check_names(path: Path, lists: Mapping[str, GroupList]) -> list[str]:
    """Raise DataError where a list names what is no group; return the groups in no list."""
    with reading(path) as file:
        there = set(map(str, file))
        for one in lists.values():
            lacking = [
                name
                for name in one.ids
                if name not in there and not ("/" in name and has_name(file, name))
            ]
            if lacking:
                raise DataError(
                    f"{one.path}: {len(lacking):,} of {len(one.ids):,} names are no group of "
                    f"{path}: {few(lacking, 3)}"
                )
    named = {name.strip("/").partition("/")[0] for one in lists.values() for name in one.ids}
    return sorted(there - named)


def _sources(
    grouping: Grouping, lists: Mapping[str, GroupList], progress: Progress
) -> dict[str, GroupSource]:
    """Open the videos of all splits, which must be of one shape, and look at every group."""
    sources: dict[str, GroupSource] = {}
    total = sum(len(one.ids) for one in lists.values())
    done = 0
    for split, one in lists.items():
        source = GroupSource(grouping.path, one.ids, grouping.key, grouping.frames)
        first = next(iter(sources.values()), source)
        if source.shape[1:] != first.shape[1:]:
            raise DataError(
                f"{one.path}: {few(one.ids[:1])} has {source.shape[1]} frames of "
                f"{source.shape[2]} dimensions, {few(first.ids()[:1])} {first.shape[1]} of "
                f"{first.shape[2]}; one shape is needed (--frames N takes N of each video)"
            )
        source.check(progress, done, total)
        done += len(one.ids)
        sources[split] = source
    return sources


def _card(
    grouping: Grouping,
    roles: Mapping[str, str],
    splits: Mapping[str, Videos],
    names: Collection[str],
) -> Card:
    _, frames, dims = splits[roles["train"]].shape
    return Card(
        name=grouping.name,
        version="1",
        licence="not stated",
        citation="not stated",
        summary=f"converted from the groups of {grouping.path.name}",
        frames=frames,
        stored_frames=frames,
        folder=grouping.name,
        dims=dims,
        classes=len(names),
        class_names=tuple(names),
        profile="strict",
        splits={split: Split(videos=len(videos)) for split, videos in splits.items()},
        train=roles["train"],
        query=roles["query"],
        database=roles["database"],
        validation=roles.get("validation", ""),
    )
