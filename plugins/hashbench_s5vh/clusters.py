"""Clusters of training videos: which one each belongs to, and what the clusters look like."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.nn import check_enough, repeatable_clusters


class Clusters(NamedTuple):
    """The cluster of each video (N,), and centroids of unit length (K, S)."""

    of: NDArray[np.int64]
    centroids: NDArray[np.float64]

    def one_hot(self) -> NDArray[np.float32]:
        """Return the clusters as one 1 a row, (N, K)."""
        return np.eye(len(self.centroids), dtype=np.float32)[self.of]


def find_clusters(mean: NDArray[np.float32], clusters: int, components: int, seed: int) -> Clusters:
    """Cluster videos by the principal components of their mean frames, by k-means.

    Parameters
    ----------
    mean : ndarray, shape (N, D)
        Mean frames.
    clusters : int
        K, at most N.
    components : int
        Principal components at most; no more than N or D give.
    seed : int
        Of the start of k-means.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    check_enough(clusters, len(mean), "clusters")
    if not np.isfinite(mean).all():
        raise DataError("the training videos' features hold NaN or infinite values")
    seed &= 0xFFFFFFFF  # scikit-learn takes no more
    kept = min(components, *mean.shape)
    with repeatable_clusters():
        latent = PCA(kept, random_state=seed).fit_transform(mean.astype(np.float64))
        found = KMeans(clusters, n_init=1, random_state=seed).fit(latent)
    centroids = found.cluster_centers_.astype(np.float64)
    length = np.linalg.norm(centroids, axis=1, keepdims=True)
    return Clusters(found.labels_.astype(np.int64), centroids / np.where(length > 0, length, 1))
