"""Prototypes: centroids of the codes of all training videos, found anew before each epoch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.nn import repeatable_clusters

_ROUNDS = 20
_STARTS = 5
_VIDEOS_A_CENTROID = 200


class Prototypes(NamedTuple):
    """A clustering into K: which video is in which, unit centroids (K, L), and densities (K,)."""

    cluster: Tensor
    centroids: Tensor
    density: Tensor


def cluster(z: NDArray[np.float64], size: int, seed: int) -> NDArray[np.int64]:
    """Return which of ``size`` clusters each row of z (N, L) belongs to, by k-means.

    The best of five starts of 20 rounds each, on at most 200 rows a cluster.
    """
    from sklearn.cluster import KMeans

    random = np.random.default_rng([seed, size])
    sample = z
    if len(z) > _VIDEOS_A_CENTROID * size:
        sample = z[np.sort(random.permutation(len(z))[: _VIDEOS_A_CENTROID * size])]
    start = int(random.integers(1 << 31))
    with repeatable_clusters():
        means = KMeans(size, init="random", n_init=_STARTS, max_iter=_ROUNDS, random_state=start)
        found: NDArray[np.int64] = means.fit(sample).predict(z).astype(np.int64)
    return found


def describe(
    z: NDArray[np.float64], cluster: NDArray[np.int64], size: int, temperature: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit centroids (K, L) and densities (K,) of the clusters of z (N, L).

    A density is the mean distance to the centroid over log(n + 10). That of a single video is the
    largest. All are clipped to their 10th and 90th percentiles and scaled to a mean of
    ``temperature``. None is below a tenth of that, since it would be 0 where all codes coincide.
    """
    count = np.bincount(cluster, minlength=size)
    total = np.zeros((size, z.shape[1]))
    np.add.at(total, cluster, z)
    mean = total / np.maximum(count, 1)[:, None]
    distance = np.linalg.norm(z - mean[cluster], axis=1)
    spread = np.bincount(cluster, distance, size) / np.maximum(count, 1) / np.log(count + 10)
    spread[count <= 1] = spread.max()
    spread = spread.clip(*np.percentile(spread, (10, 90)))
    # Where all videos of all clusters coincide there is nothing to scale.
    level = spread.mean()
    density = temperature * spread / level if level > 0 else np.full(size, temperature)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return mean / np.where(length > 0, length, 1), np.maximum(density, temperature / 10)


def prototype_loss(
    z: Tensor, rows: Tensor, batch: Tensor, found: Prototypes, noise: Tensor, *, repeat: bool
) -> Tensor:
    """Return the cross-entropy of unit codes against their own centroid, summed over the videos.

    The other classes are the centroids of the batch's other videos, and as many further ones,
    drawn at random, as the batch has videos.

    Parameters
    ----------
    z : Tensor, shape (B, L)
        Of unit length.
    rows : Tensor of int64, shape (B,)
        Places of these videos in the training set.
    batch : Tensor of int64, shape (B',)
        Places of all videos of the batch.
    found : Prototypes
    noise : Tensor, shape (K,)
        Numbers from [0, 1). Their order decides which centroids are drawn.
    repeat : bool
        Count the centroid of several videos of the batch as often as it has videos there, one's
        own too, as the program does. Else each counts once.
    """
    size = len(found.centroids)
    present = torch.bincount(found.cluster[batch], minlength=size)  # (K,)
    drawn = (noise + present.clamp(max=1)).argsort().argsort() < len(batch)
    drawn &= present == 0
    times = (present if repeat else present.clamp(max=1)) + drawn
    logits = z @ found.centroids.t() / found.density  # (B, K)
    own = logits.gather(1, found.cluster[rows].unsqueeze(1))[:, 0]
    return (torch.logsumexp(logits + times.to(z.dtype).log(), dim=1) - own).sum()
