"""Rows of a split: some of those that its files hold, fixed by a rule or by a file of numbers.

A rule counts the members of each class in the order of the files, so that it needs no random
numbers and gives the same rows everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.data.cards import Card, Split
from hashbench.errors import DataError
from hashbench.files.arrays import read_npy
from hashbench.files.digests import array_sha256
from hashbench.files.lines import numbered_lines
from hashbench.files.textfiles import whole_number
from hashbench.labels import Labels

Rows = NDArray[np.int64]

_NEEDED = "a number a line, from 0, is needed"


def selects(split: Split) -> bool:
    """Whether a split is a part of what its files hold."""
    return bool(split.first_of_class or split.last_of_class or split.without or split.rows)


def selected_rows(
    card: Card, name: str, labels: Labels | None, n: int, found: Callable[[str], Path]
) -> Rows:
    """Return which of ``n`` rows a split has, ascending.

    Parameters
    ----------
    card : Card
    name : str
        The split.
    labels : Labels, optional
        Of all rows.
    n : int
        Rows in the files.
    found : callable
        Returns where a file of the card lies.

    Raises
    ------
    DataError
        If a class has too few members, a file of rows names some that are not there, its digest
        is not that of the card, or no row is left.
    """
    split = card.splits[name]
    if split.rows:
        chosen = _listed(found(split.rows), split, n)
    elif split.first_of_class or split.last_of_class:
        if labels is None:
            raise DataError(f"{card.path}: splits.{name} counts by class and names no labels")
        chosen = _of_each_class(card, name, labels)
    else:
        chosen = np.arange(n)
    if split.without:
        others = selected_rows(card, split.without, labels, n, found)
        chosen = np.setdiff1d(chosen, others, assume_unique=True)
        if not len(chosen):
            raise DataError(
                f"{card.path}: splits.{name} is empty: all of its rows are in {split.without}"
            )
    if split.rows_sha256 is not None and array_sha256(chosen) != split.rows_sha256:
        raise DataError(
            f"{card.name}: split {name} came out with rows of sha256 {array_sha256(chosen)}; the "
            f"card says {split.rows_sha256}: the labels are others, or in another order"
        )
    return chosen


def _of_each_class(card: Card, name: str, labels: Labels) -> Rows:
    split = card.splits[name]
    wanted = split.first_of_class or split.last_of_class
    rows = []
    for one in range(card.classes):
        members = np.flatnonzero(labels.multi_hot[:, one])
        if len(members) < wanted:
            raise DataError(
                f"{card.name}: class {one} has {len(members)} members; split {name} takes "
                f"{wanted} of each"
            )
        rows.append(members[:wanted] if split.first_of_class else members[-wanted:])
    return np.unique(np.concatenate(rows))


def _listed(path: Path, split: Split, n: int) -> Rows:
    if path.suffix == ".npy":
        values = read_npy(path)
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise DataError(
                f"{path}: holds {values.dtype} of shape {values.shape}; row numbers (m,) are needed"
            )
    else:
        lines = numbered_lines(path, "row numbers", _NEEDED)
        values = np.array([_row(path, *line) for line in lines], object)  # however large they are
    outside = values[(values < 0) | (values >= n)]
    if len(outside):
        raise DataError(
            f"{path}: names row {outside[0]}, which is missing: {split.feats[0]} holds the rows 0 "
            f"to {n - 1}"
        )
    unique, times = np.unique(values.astype(np.int64), return_counts=True)
    if len(unique) < len(values):
        raise DataError(f"{path}: names row {unique[times > 1][0]} twice")
    if not len(values):
        raise DataError(f"{path}: names no row")
    return unique


def _row(path: Path, number: int, line: str) -> int:
    try:
        return whole_number(line.strip())
    except ValueError:
        raise DataError(
            f"{path}, line {number}: {line.strip()[:40]!r} is no row number; {_NEEDED}"
        ) from None
