"""Nearest neighbours as of :mod:`hashbench.nn.graph.nearest`, but nearest first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashbench.nn.graph import cosine
from hashbench.nn.graph.nearest import nearest
from hashbench.workspace import Progress

TILE_VALUES = 1 << 24
"""Values of one tile of vectors (64 MiB), by which wide vectors get fewer rows a tile."""


def nearest_first(
    vectors: NDArray[np.float32],
    k: int,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Return the ``k`` nearest others of each vector by cosine, nearest first.

    Equal cosines go to the lower index, so that the first ``j`` columns are the ``j`` nearest for
    every ``j``: one search serves several K.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        One a video; one of zeros has cosine 0 with all. A memory map is read tile by tile.
    k : int
        From 1 to n - 1.
    device : str
        Where the products are made: ``"cpu"``, ``"cuda"`` or ``"auto"``. The result does not
        depend on it.
    progress : Progress, optional
        Told of every tile.

    Returns
    -------
    ndarray of int64, shape (n, k)

    Raises
    ------
    UsageError
        If there are not more than ``k`` vectors, or the device is not there.
    DataError
        If a value is not finite.

    Examples
    --------
    >>> angles = np.deg2rad([0, 10, 30, 90])
    >>> vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    >>> nearest_first(vectors, 3)[2].tolist()
    [1, 0, 3]
    """
    tile = max(64, min(4096, TILE_VALUES // vectors.shape[1]))
    found = nearest(vectors, k, device=device, tile=tile, progress=progress)
    norms = cosine.squares(vectors)
    rows = np.repeat(np.arange(len(vectors)), k)
    keys = cosine.keys(vectors, norms, rows, found.reshape(-1)).reshape(found.shape)
    # The columns come in ascending order, which a stable sort keeps among equal keys.
    return np.take_along_axis(found, np.argsort(-keys, axis=1, kind="stable"), axis=1)
