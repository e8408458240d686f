"""Neighbourhood structure of SSVH (Song et al., TIP 2018, Sec. III-C), sparse at every step."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.errors import UsageError
from hashbench.nn.graph.cache import cached_graph
from hashbench.nn.graph.nearest import nearest
from hashbench.nn.graph.similarity import NeighbourGraph, label_graph
from hashbench.workspace import Progress, Silent

__all__ = ["VERSION", "NeighbourGraph", "label_graph", "neighbour_graph"]

VERSION = 1
"""Raised when the same vectors would give another graph, so that cached ones are not used."""

_ENTRIES = 1 << 22  # terms of one block of a sparse product


def neighbour_graph(
    mean: NDArray[np.float32],
    k1: int,
    k2: int,
    *,
    parts: int = 1,
    segments: int = 1,
    band: int = 0,
    device: str = "cpu",
    cache: Path | None = None,
    progress: Progress | None = None,
) -> sp.csr_matrix:
    """Return which videos count as neighbours of which.

    ``N_i`` holds i and its ``k1`` nearest others by cosine. The videos j are ranked by
    ``|N_i & N_j|``, i among them; the neighbours of i are the union of the ``N_j`` of the first
    ``k2``. The relation is made symmetric. Equal cosines and equal counts go to the lower index.
    A video that shares no neighbour with i is never ranked, so fewer than ``k2`` may take part.

    Parameters
    ----------
    mean : ndarray of float32, shape (n, d)
        Mean-pooled features, one row per video; or the means of S segments, one after the other.
    k1, k2 : int
        K1 and K2 of the paper.
    parts : int
        Cut the videos into so many consecutive parts of (nearly) equal size and join within each
        part only, as the paper did for YFCC.
    segments, band : int
        S, and how many segments apart two that are compared may be. With a band the ``k1`` nearest
        are those by dynamic time warping (:mod:`hashbench.nn.graph.alignment`), without by cosine.
    device : str
        Where the cosines are computed; the graph does not depend on it.
    cache : Path, optional
        Folder of finished graphs, named by the hash of what they depend on.
    progress : Progress, optional
        Where to report to.

    Returns
    -------
    scipy.sparse.csr_matrix of uint8, shape (n, n)
        1 for neighbours, itself included, nothing elsewhere; indices sorted.

    Raises
    ------
    UsageError
        If K1 is not smaller than the number of videos (of each part), K1, K2 or the parts are
        below 1, or the device is not there.
    DataError
        If a feature is not finite.
    StoreError
        If the cache cannot be written.

    Examples
    --------
    >>> angles = np.deg2rad([0, 1, 2, 90, 91, 92])
    >>> mean = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    >>> neighbour_graph(mean, k1=2, k2=1).toarray().tolist()[0]
    [1, 1, 1, 0, 0, 0]
    """
    mean = np.ascontiguousarray(mean, dtype=np.float32)
    if mean.ndim != 2 or 0 in mean.shape:
        raise UsageError(f"vectors have shape {mean.shape}; (videos, dims) is needed")
    bounds = _bounds(len(mean), k1, k2, parts)

    def build() -> sp.csr_matrix:
        blocks = []
        for start, stop in pairwise(bounds):
            part = mean[start:stop]
            found = find_nearest(part, k1, segments, band, device=device, progress=progress)
            blocks.append(_joined(found, k2, progress))
        return blocks[0] if parts == 1 else _diagonal(blocks)

    if cache is None:
        return build()
    settings = f"k1={k1} k2={k2} parts={parts} version={VERSION}"
    if band and segments > 1:
        settings += f" segments={segments} band={band}"
    return cached_graph(build, mean, settings, Path(cache))


def find_nearest(
    means: NDArray[np.float32],
    k: int,
    segments: int,
    band: int,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Return the ``k`` nearest of each row, by alignment where there is a band, else by cosine."""
    if band and segments > 1:
        from hashbench.nn.graph.alignment import aligned_nearest

        return aligned_nearest(means, k, segments, band, device=device, progress=progress)
    return nearest(means, k, device=device, progress=progress)


def _bounds(n: int, k1: int, k2: int, parts: int) -> list[int]:
    """Return where the parts begin and end; the first ones are longer where n is not divisible."""
    for name, value in (("K1", k1), ("K2", k2), ("parts", parts)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise UsageError(f"{name} must be a whole number from 1 on, not {value!r}")
    smallest = n // parts
    if k1 >= smallest:
        where = f"{n} videos" if parts == 1 else f"{smallest} videos a part ({n} in {parts} parts)"
        raise UsageError(
            f"K1 = {k1} neighbours do not fit {where}: K1 must be below {smallest}"
            if smallest > 1
            else f"{where} are too few for a neighbourhood: at least 2 are needed"
        )
    return [part * smallest + min(part, n % parts) for part in range(parts)] + [n]


def _joined(found: NDArray[np.int64], k2: int, progress: Progress | None) -> sp.csr_matrix:
    """Return the graph of the nearest videos, shape (n, K1), of each."""
    report = progress or Silent()
    n, k1 = found.shape
    itself = np.arange(n, dtype=np.int64)[:, None]
    members = np.concatenate([itself, found], axis=1)
    sets = _incidence(np.sort(members, axis=1), n)  # row i: N_i
    holders = sets.T.tocsr()  # row m: the i whose N_i holds m
    # A row of sets @ holders costs one term for each holder of each of its members.
    popularity = np.diff(holders.indptr).astype(np.int64)
    cost = popularity[sets.indices].reshape(n, k1 + 1).sum(axis=1)
    rows: list[sp.csr_matrix] = []
    for start, stop in _blocks(np.maximum(cost, k2 * (k1 + 1))):
        joined = _best(sets[start:stop] @ holders, k1 + 1, k2) @ sets
        joined.data = np.ones(joined.nnz, np.uint8)
        rows.append(joined)
        report.update("shared neighbours", stop, n)
    directed = sp.vstack(rows, format="csr", dtype=np.uint8)
    del rows, joined
    graph = sp.csr_matrix(directed.maximum(directed.T.tocsr()))
    graph.sort_indices()
    return graph


def _incidence(members: NDArray[np.int64], n: int) -> sp.csr_matrix:
    rows, width = members.shape
    indptr = np.arange(0, rows * width + 1, width)
    # 32-bit counts: scipy drops a sum that wraps to zero.
    data = np.ones(rows * width, np.int32)
    return sp.csr_matrix((data, members.ravel(), indptr), shape=(rows, n))


def _best(counts: sp.csr_matrix, most: int, k2: int) -> sp.csr_matrix:
    """Keep the ``k2`` largest counts of each row, the lower index first among equal ones."""
    rows, n = counts.shape
    sizes = np.diff(counts.indptr).astype(np.int64)
    row = np.repeat(np.arange(rows, dtype=np.int64), sizes)
    # One sortable number for (row, falling count, index): at most 2^62 for 4 million videos.
    order = (row * most + (most - counts.data)) * n + counts.indices
    order.sort()
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = rank < k2
    columns = order[kept] % n
    indptr = np.concatenate([[0], np.cumsum(np.minimum(sizes, k2))])
    return sp.csr_matrix((np.ones(len(columns), np.int32), columns, indptr), shape=(rows, n))


def _blocks(cost: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut the rows so that each block costs about ``_ENTRIES`` terms, one row at least."""
    edges = np.flatnonzero(np.diff((np.cumsum(cost) - cost) // _ENTRIES)) + 1
    bounds = [0, *edges.tolist(), len(cost)]
    return list(pairwise(bounds))


def _diagonal(blocks: list[Any]) -> sp.csr_matrix:
    return sp.csr_matrix(sp.block_diag(blocks, format="csr", dtype=np.uint8))
