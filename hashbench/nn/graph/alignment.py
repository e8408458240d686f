"""Nearest neighbours of segment means that may shift in time: dynamic time warping in a band."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import UsageError
from hashbench.nn.graph import cosine
from hashbench.nn.graph.nearest import nearest
from hashbench.workspace import Progress, Silent

POOL = 10
"""Candidates for each neighbour wanted: the nearest of segments compared one to one."""

_BLOCK = 256  # rows between two reports


def aligned_nearest(
    means: NDArray[np.float32],
    k: int,
    segments: int,
    band: int,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Return the ``k`` nearest others after alignment, of the ``POOL * k`` nearest without.

    Two videos are compared by dynamic time warping with a band (Sakoe and Chiba, IEEE Transactions
    on Acoustics, Speech, and Signal Processing 26, 1978): segment a of one may meet segment b of
    the other where ``|a - b| <= band``, in order, and each meets at least one. Local distances are
    squared differences of means, after each video's were scaled to unit length together. A band of
    0 gives the order of :func:`nearest`.

    Sums are taken in float64 and in one order, so that the result is the same on every machine.
    Equal distances go to the lower index.

    Parameters
    ----------
    means : ndarray of float32, shape (n, S * D)
        Segment means of each video, one after the other.
    k : int
        Neighbours wanted, the video itself not counted.
    segments : int
        S.
    band : int
        How many segments apart two that meet may be.
    device : str
        Where candidates are found.
    progress : Progress, optional
        Told of every block of videos.

    Returns
    -------
    ndarray of int64, shape (n, k)
        Neighbours in ascending order of index.

    Raises
    ------
    UsageError
        If there are not more than ``k`` videos, S does not divide the width, or the device is not
        there.
    DataError
        If a value is not finite.
    """
    n, width = means.shape
    if segments < 1 or width % segments:
        raise UsageError(f"{width} numbers a video are not the means of {segments} segments")
    if not 1 <= k < n:
        raise UsageError(f"K1 = {k} neighbours among {n} videos: K1 must be from 1 to {n - 1}")
    pool = nearest(means, min(POOL * k, n - 1), device=device, progress=progress)
    length = np.sqrt(cosine.squares(means))
    scale = np.divide(1, length, out=np.zeros(n), where=length > 0)
    videos = means.reshape(n, segments, -1)
    report = progress or Silent()
    found = np.empty((n, k), np.int64)
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n))
        distance = _kernel()(videos, scale, rows, pool[rows], band)
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        found[rows] = np.sort(np.take_along_axis(pool[rows], order, axis=1), axis=1)
        report.update("alignment", len(rows) + start, n)
    return found


@cache
def _kernel() -> Any:
    """Return :func:`_distances`, compiled; numba is loaded only where something is aligned."""
    import numba

    return numba.njit(nogil=True)(_distances)


def _distances(
    videos: NDArray[np.float32],
    scale: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    band: int,
) -> NDArray[np.float64]:
    """Return the distance of each row to each of its columns, shape (rows, columns)."""
    _, segments, dims = videos.shape
    found = np.empty(columns.shape)
    for r in range(len(rows)):
        x, x_scale = videos[rows[r]], scale[rows[r]]
        for c in range(columns.shape[1]):
            y, y_scale = videos[columns[r, c]], scale[columns[r, c]]
            above = np.full(segments + 1, np.inf)
            above[0] = 0
            for a in range(segments):
                here = np.full(segments + 1, np.inf)
                for b in range(max(0, a - band), min(segments, a + band + 1)):
                    local = 0.0
                    for d in range(dims):
                        gap = x_scale * x[a, d] - y_scale * y[b, d]
                        local += gap * gap
                    here[b + 1] = local + min(above[b], above[b + 1], here[b])
                above = here
            found[r, c] = above[segments]
    return found
