"""Clusters of queries that vary together, because they are each other's relevant videos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.labels import Labels


def class_clusters(labels: Labels) -> NDArray[np.int64] | None:
    """Return the cluster of each query where the queries are the database, shape (n_query,).

    A class is a cluster. A video with several labels belongs to the rarest of them, the class that
    says most about what is relevant to it, and to the first of those where several are as rare. A
    video without a label stands alone.

    Returns
    -------
    ndarray of int64, or None
        None where there are fewer than two clusters, between which nothing could vary.

    Examples
    --------
    >>> class_clusters(Labels.from_array([[1, 1], [1, 0], [1, 0], [0, 0]])).tolist()
    [1, 0, 0, 5]
    """
    gathered = ClassClusters()
    gathered.add(labels)
    return gathered.found()


class ClassClusters:
    """The clusters of :func:`class_clusters`, from labels that come in blocks.

    Only the classes of each query are kept, about four bytes a label. Which class is the rarest is
    known at the end.

    Examples
    --------
    >>> gathered = ClassClusters()
    >>> gathered.add(Labels.from_array([0, 1], 2))
    >>> gathered.add(Labels.from_array([0, -1], 2))
    >>> gathered.found().tolist()
    [0, 1, 0, 5]
    """

    def __init__(self) -> None:
        self._n_classes = 0
        self._lengths: list[NDArray[np.int32]] = []
        self._classes: list[NDArray[np.int32]] = []

    def add(self, labels: Labels) -> None:
        """Take the labels of the next queries."""
        self._n_classes = labels.n_classes
        if labels.single:  # a tenth of the time that looking through all classes takes
            labelled = labels.ids >= 0
            self._lengths.append(labelled.astype(np.int32))
            self._classes.append(labels.ids[labelled])
            return
        rows, classes = np.nonzero(labels.multi_hot)
        self._lengths.append(np.bincount(rows, minlength=len(labels)).astype(np.int32))
        self._classes.append(classes.astype(np.int32))

    def found(self) -> NDArray[np.int64] | None:
        """Return the cluster of each query, or None where there are fewer than two."""
        if not self._lengths:
            return None
        lengths, classes = np.concatenate(self._lengths), np.concatenate(self._classes)
        sizes = np.bincount(classes, minlength=self._n_classes)
        # Rarest first, then the lowest number: a place in this order says both.
        order = np.argsort(sizes, kind="stable")
        place = np.empty(self._n_classes, np.int64)
        place[order] = np.arange(self._n_classes)
        clusters = self._n_classes + np.arange(len(lengths), dtype=np.int64)
        labelled = lengths > 0
        starts = (np.cumsum(lengths, dtype=np.int64) - lengths)[labelled]
        if len(starts):
            clusters[labelled] = order[np.minimum.reduceat(place[classes], starts)]
        return clusters if len(np.unique(clusters)) > 1 else None
