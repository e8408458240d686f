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
    multi_hot = labels.multi_hot
    n, classes = multi_hot.shape
    if not multi_hot.size:
        return None
    sizes = multi_hot.sum(axis=0)
    rarest = np.where(multi_hot, sizes, n + 1).argmin(axis=1)
    clusters = np.where(multi_hot.any(axis=1), rarest, classes + np.arange(n)).astype(np.int64)
    return clusters if len(np.unique(clusters)) > 1 else None
