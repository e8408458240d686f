"""Class labels of videos; two videos are relevant to each other when they share one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of ``n`` videos, single or multiple.

    Parameters
    ----------
    multi_hot : ndarray of bool, shape (n, n_classes)
        A row without any label is relevant to nothing.

    Examples
    --------
    >>> labels = Labels.from_array([2, 0, 2])
    >>> labels.n_classes, labels.single
    (3, True)
    >>> labels.relevance(labels)[0].tolist()
    [True, False, True]
    """

    multi_hot: NDArray[np.bool_]
    _found: dict[str, NDArray[np.int32] | None] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        array = self.multi_hot
        if array.ndim != 2 or array.dtype != np.bool_:
            raise DataError(
                f"labels are {array.dtype} of shape {array.shape}; bool (n, classes) is needed"
            )

    @classmethod
    def from_array(cls, values: ArrayLike, n_classes: int | None = None) -> Labels:
        """Read class ids (n,) or (n, 1), or a multi-hot array (n, C).

        A class id below 0 means "no label". An (n, 1) array holds ids unless it is all 0/1 and
        ``n_classes`` is 1.

        Raises
        ------
        DataError
            If the values are neither whole class ids nor 0/1, or an id reaches ``n_classes``.
        """
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise DataError(f"labels have dtype {array.dtype}; numbers are needed")
        if array.ndim == 2 and array.shape[1] == 1 and n_classes != 1:
            array = array[:, 0]
        if array.ndim == 1:
            made = cls(_one_hot(array, n_classes))
            made._found["ids"] = np.maximum(array, -1).astype(np.int32)
            return made
        if array.ndim != 2:
            raise DataError(f"labels have shape {array.shape}; (n,) or (n, classes) is needed")
        if not np.all((array == 0) | (array == 1)):
            raise DataError("multi-hot labels must hold 0 and 1 only")
        if n_classes is not None and array.shape[1] != n_classes:
            raise DataError(f"labels have {array.shape[1]} classes; {n_classes} are expected")
        return cls(array.astype(bool))

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
        """Class id of each video, -1 for none, shape (n,); only where labels are single."""
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
        return Labels(np.atleast_2d(self.multi_hot[rows]))


def _one_hot(ids: NDArray[Any], n_classes: int | None) -> NDArray[np.bool_]:
    if ids.size and not np.all(ids == np.floor(ids)):
        raise DataError("class ids must be whole numbers")
    whole = ids.astype(np.int64)
    classes = n_classes if n_classes is not None else int(whole.max(initial=-1)) + 1
    if whole.size and whole.max() >= classes:
        raise DataError(f"class id {whole.max()} is out of range for {classes} classes")
    array = np.zeros((len(whole), max(classes, 1)), dtype=bool)
    labelled = np.flatnonzero(whole >= 0)
    array[labelled, whole[labelled]] = True
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
