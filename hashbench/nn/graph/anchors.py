"""Anchors: videos as neighbours of a few k-means centres, in place of each other (BTH, CVPR 2021).

Two videos are related where they share one of their nearest anchors. What is kept is which anchors
are near to each video, N x 5 numbers, and never a matrix of N x N.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, MethodError
from hashbench.files.arrays import read_npz
from hashbench.files.cached import cached
from hashbench.files.digests import array_sha256
from hashbench.nn.graph.kmeans import repeatable_clusters
from hashbench.randomness import random_state

VERSION = 1
"""Raised when the same vectors would give other anchors, so that cached ones are not used."""

_ROUNDS = 16
_BLOCK = 1 << 22


class Anchors(NamedTuple):
    """Centres (m, d) float32, and the nearest of each video (N, s) int32, nearest first."""

    centres: NDArray[np.float32]
    nearest: NDArray[np.int32]


def anchor_graph(
    vectors: NDArray[np.float32],
    count: int,
    *,
    near: int = 5,
    seed: int = 0,
    replace: bool = False,
    cache: Path | None = None,
) -> Anchors:
    """Return anchors of ``vectors`` and which of them are nearest to each.

    Parameters
    ----------
    vectors : ndarray of float32, shape (N, d)
    count : int
        Anchors wanted, each started from a row of ``vectors``.
    near : int
        s, how many anchors a video has.
    seed : int
        Of the rows to start from.
    replace : bool
        Draw them with replacement, as the authors of BTH did. A row that is drawn twice makes one
        anchor, so there are fewer than ``count``.
    cache : Path, optional
        Folder of finished results, named by the hash of what they depend on.

    Raises
    ------
    MethodError
        If there are fewer vectors than anchors, or fewer anchors than ``near``.
    StoreError
        If the cache cannot be written.

    Examples
    --------
    >>> line = np.array([[0.0], [0.1], [5.0], [5.1]], np.float32)
    >>> anchor_graph(line, 2, near=1).nearest[:, 0].tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if count > len(vectors):
        raise MethodError(f"{count} anchors need as many videos, not {len(vectors)}")
    if not near <= count:
        raise MethodError(f"each video has {near} anchors: {count} are too few")

    def build() -> Anchors:
        rows = _starts(len(vectors), count, seed, replace)
        if len(rows) < near:
            raise MethodError(f"{count} draws gave {len(rows)} anchors: {near} are needed")
        centres = anchors_from(vectors, rows)
        return Anchors(centres, nearest_anchors(vectors, centres, near))

    if cache is None:
        return build()
    settings = f"{array_sha256(vectors)} {count} {near} {seed} {replace} {VERSION}"
    path = cache / f"anchors-{hashlib.sha256(settings.encode()).hexdigest()[:32]}.npz"
    return cached(path, lambda path: _read(path, vectors, near), build, _write)


def anchors_from(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return k-means centres (m, d) after at most 16 rounds from the vectors at ``rows`` (m,)."""
    from sklearn.cluster import KMeans

    means = KMeans(len(rows), init=vectors[rows], n_init=1, max_iter=_ROUNDS, tol=0.0)
    with repeatable_clusters():
        centres: NDArray[np.float32] = means.fit(vectors).cluster_centers_.astype(np.float32)
    return centres


def nearest_anchors(
    vectors: NDArray[np.float32], centres: NDArray[np.float32], near: int
) -> NDArray[np.int32]:
    """Return the ``near`` nearest centres of each vector (N, near); equal distances by index."""
    found = np.empty((len(vectors), near), np.int32)
    wide = centres.astype(np.float64)
    squares = np.square(wide).sum(1)
    step = max(1, _BLOCK // len(centres))
    for start in range(0, len(vectors), step):
        block = vectors[start : start + step].astype(np.float64)
        distance = squares - 2 * (block @ wide.T)
        found[start : start + step] = np.argsort(distance, axis=1, kind="stable")[:, :near]
    return found


def _starts(n: int, count: int, seed: int, replace: bool) -> NDArray[np.int64]:
    random = random_state([seed, count])
    if not replace:
        return random.permutation(n)[:count].astype(np.int64)
    drawn = random.randint(0, n, count)
    return drawn[np.sort(np.unique(drawn, return_index=True)[1])].astype(np.int64)


def _write(path: Path, found: Anchors) -> None:
    # Not savez(path): numpy appends .npz to a name of another suffix.
    with path.open("wb") as file:
        np.savez(file, **found._asdict())


def _read(path: Path, vectors: NDArray[np.float32], near: int) -> Anchors | None:
    try:
        arrays = read_npz(path, ("centres", "nearest"))
    except DataError:
        return None  # missing, or damaged
    found = Anchors(arrays["centres"], arrays["nearest"])
    alike = found.centres.shape[1:] == vectors.shape[1:]
    return found if alike and found.nearest.shape == (len(vectors), near) else None
