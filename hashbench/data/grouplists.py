"""Lists beside grouped HDF5 files: a line a video, its group's name first and its classes after it.

``ID`` has no class, ``ID,76`` one, ``ID,4;76`` two. ``ID,3153,10,10`` has a number of frames before
the classes, one of each labelled segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.lines import are_digits, numbered_lines
from hashbench.labelfiles import SEVERAL
from hashbench.names import few

_FORMS = "'ID', 'ID,CLASS' and 'ID,FRAMES,CLASS,...'"


@dataclass(frozen=True, slots=True)
class GroupList:
    """What a list says.

    Parameters
    ----------
    path : Path
        Where it was read.
    ids : tuple of str
        Names of groups, one a video, in the order of the list.
    classes : tuple of tuple of str
        Classes of each video, as they stand in the list, each once.
    labelled : bool
        Whether the list has a place for classes; a video may be of none all the same.
    """

    path: Path
    ids: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]
    labelled: bool


def read_group_list(path: Path) -> GroupList:
    """Read a list of groups. Empty lines are passed over.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If the file cannot be read, holds no line or a name twice, or a line is of another form than
        the first.
    """
    numbered = numbered_lines(path, "groups", f"{_FORMS} are the forms of one")
    form = _form(numbered[0][1])
    seen: dict[str, int] = {}
    classes = []
    for number, line in numbered:
        where = f"{path}, line {number}"
        if _form(line) != form:
            raise DataError(
                f"{where}: {few([line])} is of another form than line {numbered[0][0]}; one of "
                f"{_FORMS} is needed throughout"
            )
        name, *rest = (field.strip() for field in line.split(","))
        if not name:
            raise DataError(f"{where}: names no group")
        if name in seen:
            raise DataError(f"{where}: {few([name])} stands in line {seen[name]} already")
        seen[name] = number
        if form > 2 and not are_digits(rest[0]):
            raise DataError(
                f"{where}: {few([rest[0]])} is no number of frames; several classes without one "
                f"are 'ID,CLASS{SEVERAL}CLASS'"
            )
        classes.append(_classes(rest[1:] if form > 2 else rest))
    return GroupList(path, tuple(seen), tuple(classes), form > 1)


def class_names(lists: Sequence[GroupList]) -> tuple[str, ...]:
    """Return the classes of some lists: in the order of their numbers, or of the alphabet.

    Raises
    ------
    DataError
        If one list numbers its classes and another names them.
    """
    found = {one.path: {name for row in one.classes for name in row} for one in lists}
    numbers = {path: all(map(are_digits, names)) for path, names in found.items() if names}
    if len(set(numbers.values())) > 1:
        named = next(path for path, are in numbers.items() if not are)
        other = next(path for path, are in numbers.items() if are)
        raise DataError(f"{named}: names classes, and {other} numbers them; one of both is needed")
    key = int if all(numbers.values()) else str
    return tuple(sorted(set().union(*found.values()), key=key))


def multi_hot(one: GroupList, names: Sequence[str]) -> NDArray[np.bool_]:
    """Return which classes a list's videos are of, shape (n, classes)."""
    places = {name: place for place, name in enumerate(names)}
    hot = np.zeros((len(one.ids), len(names)), np.bool_)
    for row, classes in enumerate(one.classes):
        hot[row, [places[name] for name in classes]] = True
    return hot


def _form(line: str) -> int:
    """Return 1 for a name alone, 2 with classes, 3 with a number of frames as well."""
    return min(line.count(",") + 1, 3)


def _classes(fields: Sequence[str]) -> tuple[str, ...]:
    found = (name.strip() for field in fields for name in field.split(SEVERAL))
    return tuple(dict.fromkeys(_plain(name) for name in found if name))


def _plain(name: str) -> str:
    """Return a class in one way of writing: 076 and 76 are one number."""
    return str(int(name)) if are_digits(name) else name
