"""Similarity matrix S of SSVH's neighbour loss (Eq. 20), read a batch of rows at a time."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.labels import Labels


class NeighbourGraph:
    """Which videos are neighbours, stored row by row or as a product that is never formed.

    Parameters
    ----------
    left : csr_matrix, shape (n, m)
        The graph itself (m = n), or its left factor.
    right : csr_matrix of shape (m, n), optional
        The right factor: i and j are neighbours where ``left @ right`` is not 0.

    Raises
    ------
    DataError
        If the shapes do not make an (n, n) graph.

    Examples
    --------
    >>> graph = label_graph(Labels.from_array([0, 1, 0]))
    >>> graph.n, graph.nnz, graph.rows(np.array([2])).toarray().tolist()
    (3, 5, [[1, 0, 1]])
    """

    def __init__(self, left: Any, right: Any = None) -> None:
        self._left = sp.csr_matrix(left)
        self._right = None if right is None else sp.csr_matrix(right)
        shape = (self._left.shape[0], (left if right is None else right).shape[1])
        if shape[0] != shape[1] or (right is not None and left.shape[1] != right.shape[0]):
            raise DataError(f"a neighbour graph is square, not {shape[0]} x {shape[1]}")

    @property
    def n(self) -> int:
        """Number of videos N."""
        return int(self._left.shape[0])

    @cached_property
    def nnz(self) -> int:
        """Number of neighbour pairs (i, j), both orders and i = j counted."""
        if self._right is None:
            return int(self._left.nnz)
        # Videos with equal rows of the left factor have equal neighbours: count each kind once.
        kinds, times = _distinct(self._left)
        step = 256
        return sum(
            int(np.diff(self.rows(kinds[at : at + step]).indptr) @ times[at : at + step])
            for at in range(0, len(kinds), step)
        )

    def rows(self, index: NDArray[np.int64]) -> sp.csr_matrix:
        """Return the rows of S at ``index``: 1 for neighbours, uint8, shape (len(index), n)."""
        found = self._left[index]
        if self._right is not None:
            found = found @ self._right
            found.sort_indices()
        return sp.csr_matrix(
            (np.ones(found.nnz, np.uint8), found.indices, found.indptr), shape=found.shape
        )


def label_graph(labels: Labels) -> NeighbourGraph:
    """Join the videos that share a label, and each video with itself.

    A supervised control (Table I, "FB+GR with label graph"): the only graph that sees labels. The
    classes are kept as lists of members, N times the labels a video has, never as dense blocks.

    Parameters
    ----------
    labels : Labels
        Labels of the n training videos; a video without any is joined with itself alone.
    """
    multi_hot = sp.csr_matrix(labels.multi_hot, dtype=np.int32)
    alone = np.flatnonzero(np.diff(multi_hot.indptr) == 0)
    # Each unlabelled video becomes a class of its own.
    itself = sp.csr_matrix(
        (np.ones(len(alone), np.int32), (alone, np.arange(len(alone)))),
        shape=(len(labels), len(alone)),
    )
    classes = sp.csr_matrix(sp.hstack([multi_hot, itself]))
    return NeighbourGraph(classes, classes.T)


def _distinct(matrix: sp.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return one row number for each kind of row, and how many rows are of that kind."""
    kinds: dict[bytes, list[int]] = {}
    for row in range(matrix.shape[0]):
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        kinds.setdefault(np.sort(columns).tobytes(), []).append(row)
    return (
        np.array([rows[0] for rows in kinds.values()]),
        np.array([len(rows) for rows in kinds.values()]),
    )
