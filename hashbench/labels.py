"""Class labels of videos; two videos are relevant to each other when they share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import DataError

SPARSE_FROM = 1 << 16
"""From this class id on, a label set has one column for each id that occurs, not for each id."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Labels:
    """Labels of ``n`` videos, single or multiple.

    Parameters
    ----------
    multi_hot : ndarray of bool, shape (n, n_classes)
        A row without any label is relevant to nothing.
    class_ids : ndarray of int64, shape (n_classes,), optional
        Which class id each column stands for, ascending; column j is class j by default.
    class_names : tuple of str, optional
        What the class of each column is called, where a file of labels says it.

    Examples
    --------
    >>> labels = Labels.from_array([2, 0, 2])
    >>> labels.n_classes, labels.single
    (3, True)
    >>> labels.relevance(labels)[0].tolist()
    [True, False, True]
    """

    multi_hot: NDArray[np.bool_]
    class_ids: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()
    _found: dict[str, NDArray[np.int32] | None] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        array = self.multi_hot
        if array.ndim != 2 or array.dtype != np.bool_:
            raise DataError(
                f"labels are {array.dtype} of shape {array.shape}; bool (n, classes) is needed"
            )

    def __repr__(self) -> str:
        each = "at most one a video" if self.single else "several for some"
        return f"<Labels: {len(self)} videos, {self.n_classes} classes, {each}>"

    @classmethod
    def from_array(
        cls,
        values: ArrayLike,
        n_classes: int | None = None,
        class_ids: NDArray[np.int64] | None = None,
    ) -> Labels:
        """Read class ids (n,) or (n, 1), or a multi-hot array (n, C).

        A class id below 0 means "no label". An (n, 1) array holds ids unless it is all 0/1 and
        ``n_classes`` is 1. Ids from 65,536 on are numbered by the classes that occur. Labels that
        are to be compared then need the ids of both: see :func:`numbering`.

        Parameters
        ----------
        values : array_like
            Numbers of any dtype.
        n_classes : int, optional
            Classes that there are.
        class_ids : ndarray of int64, optional
            Ids of the classes that there are, ascending, where ids are far apart.

        Raises
        ------
        DataError
            If the values are neither whole class ids nor 0/1, or an id is none of the classes.
        """
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise DataError(f"labels have dtype {array.dtype}; numbers are needed")
        if holds_ids(array, n_classes):
            return cls._from_ids(whole_ids(array), n_classes, class_ids)
        if array.ndim != 2:
            raise DataError(f"labels have shape {array.shape}; (n,) or (n, classes) is needed")
        if not np.all((array == 0) | (array == 1)):
            raise DataError("multi-hot labels must hold 0 and 1 only")
        if n_classes is not None and array.shape[1] != n_classes:
            raise DataError(f"labels have {array.shape[1]} classes; {n_classes} are expected")
        return cls(array.astype(bool))

    @classmethod
    def _from_ids(
        cls, ids: NDArray[np.int64], n_classes: int | None, class_ids: NDArray[np.int64] | None
    ) -> Labels:
        if class_ids is None and n_classes is None and ids.max(initial=-1) >= SPARSE_FROM:
            class_ids = numbering([ids])
        if class_ids is not None:
            columns, n_classes = _columns(ids, class_ids), len(class_ids)
        else:
            columns = np.maximum(ids, -1)
            n_classes = int(ids.max(initial=-1)) + 1 if n_classes is None else n_classes
        made = cls(_one_hot(columns, n_classes), class_ids)
        made._found["ids"] = columns.astype(np.int32)
        return made

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.multi_hot.shape[1])

    @property
    def single(self) -> bool:
        """Whether no video has more than one label."""
        return self._ids is not None

    @property
    def ids(self) -> NDArray[np.int32]:
        """Column of each video's class, -1 for none, shape (n,); only where labels are single."""
        if self._ids is None:
            raise DataError("videos have several labels: there is no single class id")
        return self._ids.copy()

    @property
    def _ids(self) -> NDArray[np.int32] | None:
        """Class ids, looked for once; None where a video has several labels."""
        if "ids" not in self._found:
            self._found["ids"] = _class_ids(self.multi_hot)
        return self._found["ids"]

    def words(self) -> NDArray[np.uint64]:
        """Label sets as 64-bit words, shape (n, ceil(C / 64)), for intersection tests."""
        packed = np.packbits(self.multi_hot, axis=1, bitorder="little")
        padded = np.zeros((len(self), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
        padded[:, : packed.shape[1]] = packed
        return padded.view("<u8")

    def relevance(self, other: Labels) -> NDArray[np.bool_]:
        """Return which videos of ``other`` share a label with ours, shape (n, len(other)).

        Dense: for small sets and tests. The ranking engine never builds it.
        """
        counts = self.multi_hot.astype(np.float32) @ other.multi_hot.T.astype(np.float32)
        return counts > 0

    def __len__(self) -> int:
        return int(self.multi_hot.shape[0])

    def __getitem__(self, rows: Any) -> Labels:
        return Labels(np.atleast_2d(self.multi_hot[rows]), self.class_ids, self.class_names)

    def same_classes(self, other: Labels) -> bool:
        """Say whether the columns of both stand for the same classes."""
        return self.n_classes == other.n_classes and same_ids(self.class_ids, other.class_ids)


def same_ids(a: NDArray[np.int64] | None, b: NDArray[np.int64] | None) -> bool:
    """Say whether two numberings of classes are one; None is that of ids as columns."""
    return a is b if a is None or b is None else np.array_equal(a, b)


def holds_ids(array: NDArray[Any], n_classes: int | None = None) -> bool:
    """Say whether an array of labels holds class ids: (n,), or (n, 1) but for one class."""
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1 and n_classes != 1)


def whole_ids(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return class ids of any numeric dtype as int64, shape (n,).

    Raises
    ------
    DataError
        If a value is not finite, is not whole, or is too large to be kept exactly.

    Examples
    --------
    >>> whole_ids(np.array([[3.0], [-1.0]])).tolist()
    [3, -1]
    """
    ids = values.reshape(-1)
    if ids.dtype.kind == "f":
        ids = ids.astype(np.float64)  # tells whole numbers apart up to 2^53
        odd = ids[~np.isfinite(ids) | (ids != np.floor(ids))]
        if len(odd):
            raise DataError(f"class ids must be whole numbers, but one is {odd[0]}")
        large, power = ids[np.abs(ids) >= 2.0**53], 53
    elif ids.dtype.kind == "u":
        large, power = ids[ids.astype(np.uint64) >> np.uint64(63) != 0], 63
    else:
        return ids.astype(np.int64)
    if len(large):
        raise DataError(f"class ids must be below 2^{power}, but one is {large[0]}")
    return ids.astype(np.int64)


def numbering(parts: Iterable[NDArray[np.int64]]) -> NDArray[np.int64] | None:
    """Return the class ids that occur, ascending, where they are too large to be columns.

    Parameters
    ----------
    parts : iterable of ndarray of int64
        Ids of all videos that are compared, queries and database.

    Returns
    -------
    ndarray of int64, or None
        For ``class_ids`` of :meth:`Labels.from_array`; None where an id is its own column.

    Examples
    --------
    >>> numbering([np.array([5, 4_000_000_000]), np.array([-1, 7])]).tolist()
    [5, 7, 4000000000]
    """
    found = np.zeros(0, np.int64)
    for part in parts:
        found = np.union1d(found, part)
    found = found[found >= 0]
    return found if len(found) and found[-1] >= SPARSE_FROM else None


def _columns(ids: NDArray[np.int64], class_ids: NDArray[np.int64]) -> NDArray[np.int64]:
    places = np.minimum(np.searchsorted(class_ids, ids), max(len(class_ids) - 1, 0))
    known = class_ids[places] == ids
    strange = ids[~known & (ids >= 0)]
    if len(strange):
        raise DataError(f"class id {strange[0]} is none of the {len(class_ids)} classes")
    return np.where(known & (ids >= 0), places, -1)


def _one_hot(columns: NDArray[np.int64], n_classes: int) -> NDArray[np.bool_]:
    if columns.max(initial=-1) >= n_classes:
        raise DataError(f"class id {columns.max()} is out of range for {n_classes} classes")
    try:
        array = np.zeros((len(columns), max(n_classes, 1)), dtype=bool)
    except (MemoryError, ValueError):
        raise DataError(
            f"labels of {len(columns):,} videos in {n_classes:,} classes do not fit into memory"
        ) from None
    labelled = np.flatnonzero(columns >= 0)
    array[labelled, columns[labelled]] = True
    return array


def _class_ids(multi_hot: NDArray[np.bool_]) -> NDArray[np.int32] | None:
    """Return the class of each row, -1 for none; None where a row has several."""
    n, classes = multi_hot.shape
    if np.count_nonzero(multi_hot) > n:
        return None
    rows, columns = np.divmod(np.flatnonzero(multi_hot), max(classes, 1))
    if np.any(rows[1:] == rows[:-1]):
        return None
    ids = np.full(n, -1, dtype=np.int32)
    ids[rows] = columns
    return ids
