"""Nearest neighbours by cosine, exact, in tiles, on the CPU or a CUDA device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hashbench.errors import UsageError
from hashbench.nn.graph import cosine
from hashbench.nn.training.devices import pick_device
from hashbench.workspace import Progress, Silent

SPARE = 16
"""Candidates kept beyond K, so that a tie or two at the edge needs no second look."""

TILE = 4096
"""Rows a tile: 64 MiB of cosines, and as much for each of two tiles of 4096 features."""

_CELLS = 1 << 23  # cosines of one block of rows held at once in float64 (64 MiB)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The best of each row by float32 cosine, shape (n, m), best first; -inf where none is."""

    values: NDArray[np.float32]
    index: NDArray[np.int64]


def nearest(
    mean: NDArray[np.float32],
    k: int,
    *,
    device: str = "cpu",
    tile: int | None = None,
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Return the ``k`` nearest others of each vector by cosine.

    Float32 matrix products over tiles of the upper triangle nominate candidates; every candidate
    within the rigorous rounding bound of the K-th is then ordered by :func:`cosine.keys`, equal
    keys by lower index. The result is therefore the same for every tile size, device and number
    of threads.

    Parameters
    ----------
    mean : ndarray of float32, shape (n, d)
        One vector a video; one of zeros has cosine 0 with all.
    k : int
        Neighbours wanted, the vector itself not counted.
    device : str
        Where the products are made: ``"cpu"``, ``"cuda"`` or ``"auto"``.
    tile : int, optional
        Rows a tile.
    progress : Progress, optional
        Told of every tile.

    Returns
    -------
    ndarray of int64, shape (n, k)
        Neighbours in ascending order of index.

    Raises
    ------
    UsageError
        If there are not more than ``k`` vectors, or the device is not there.
    DataError
        If a value is not finite.
    """
    n = len(mean)
    if not 1 <= k < n:
        raise UsageError(f"K1 = {k} neighbours among {n} videos: K1 must be from 1 to {n - 1}")
    place = pick_device(device)
    norms = cosine.squares(mean)
    with _full_precision():
        found = _nominate(mean, norms, min(k + SPARE, n), place, tile or TILE, progress)
        return _settle(mean, norms, found, k)


def _nominate(
    mean: NDArray[np.float32],
    norms: NDArray[np.float64],
    keep: int,
    device: torch.device,
    tile: int,
    progress: Progress | None,
) -> Candidates:
    """Visit every pair of tiles once; the product serves the rows of both."""
    n = len(mean)
    report = progress or Silent()
    visits = _visits(n, tile)
    best = _Best(n, keep, device)
    at, left = -1, torch.empty(0)
    for done, (a, b) in enumerate(visits, start=1):
        if a != at:
            at, left = a, _unit(mean, norms, a, a + tile).to(device)
        right = left if a == b else _unit(mean, norms, b, b + tile).to(device)
        product = left @ right.T
        if a == b:
            product.fill_diagonal_(-torch.inf)
        else:
            best.offer(b, product.T, a)
        best.offer(a, product, b)
        report.update("nearest neighbours", done, len(visits))
    return best.found()


def _visits(n: int, tile: int) -> list[tuple[int, int]]:
    """Return where the tiles of the upper triangle begin, row by row."""
    return [(a, b) for a in range(0, n, tile) for b in range(a, n, tile)]


class _Best:
    """The ``keep`` best columns of each row so far, best first."""

    def __init__(self, n: int, keep: int, device: torch.device) -> None:
        self.values = torch.full((n, keep), -torch.inf, device=device)
        self.index = torch.zeros((n, keep), dtype=torch.int32, device=device)

    def offer(self, row: int, product: torch.Tensor, column: int) -> None:
        """Merge the cosines of rows from ``row`` on with columns from ``column`` on."""
        rows = slice(row, row + len(product))
        keep = self.values.shape[1]
        values, index = _above(product, self.values[rows, -1], keep)
        values = torch.cat([self.values[rows], values], dim=1)
        index = torch.cat([self.index[rows], index.to(torch.int32) + column], dim=1)
        self.values[rows], at = values.topk(keep, dim=1)
        self.index[rows] = index.gather(1, at)

    def found(self) -> Candidates:
        """Return all rows."""
        return Candidates(self.values.cpu().numpy(), self.index.cpu().numpy().astype(np.int64))


def _above(
    product: torch.Tensor, edge: torch.Tensor, keep: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the values of each row above its ``edge`` and their columns, padded with -inf.

    Once the edges have risen few are, and a comparison is cheaper than a selection.
    """
    rows, columns = product.shape
    hit = product > edge[:, None]
    # Counted first: to list all places of a tile takes longer than to select.
    if int(torch.count_nonzero(hit)) > rows * min(keep, columns // 8):
        return torch.topk(product, min(keep, columns), dim=1)
    if product.is_contiguous():
        at, column = hit.nonzero(as_tuple=True)
    else:  # a transposed product is searched as it lies in memory
        column, at = hit.T.nonzero(as_tuple=True)
        at, order = at.sort(stable=True)
        column = column[order]
    counts = torch.bincount(at, minlength=rows)
    place = torch.arange(len(at), device=at.device) - (counts.cumsum(0) - counts)[at]
    values = product.new_full((rows, int(counts.max())), -torch.inf)
    index = torch.zeros(values.shape, dtype=torch.int64, device=at.device)
    values[at, place] = product[at, column]
    index[at, place] = column
    return values, index


def _settle(
    mean: NDArray[np.float32], norms: NDArray[np.float64], found: Candidates, k: int
) -> NDArray[np.int64]:
    """Choose K of the candidates; look again where more might belong than were kept."""
    # Two computed cosines may each be off by the margin, in opposite directions. A difference above
    # twice that is real; below it, the keys decide.
    slack = 2 * cosine.margin(mean.shape[1], 2.0**-24)
    values = found.values.astype(np.float64)
    chosen = found.index[:, :k].copy()
    zero = norms == 0
    # A vector of zeros is equally far from all: the lowest indices, itself left out.
    lowest = np.arange(k)
    chosen[zero] = lowest + (lowest >= np.flatnonzero(zero)[:, None])

    # K videos have at least the K-th value, so what lies further below it cannot be among the K.
    possible = values >= values[:, k - 1, None] - slack
    # If the last candidate kept might belong, so might videos that were not kept: look again.
    # With every video kept, the last place is the -inf of the video itself: never possible.
    crowded = possible[:, -1] & ~zero
    tied = np.flatnonzero((possible.sum(1) > k) & ~crowded & ~zero)
    if tied.size:
        # At most K videos lie above the (K+1)-th, so what lies clearly above it belongs for sure.
        certain = values[tied] > values[tied, k, None] + slack
        at, place = np.nonzero(possible[tied] & ~certain)
        columns = found.index[tied[at], place]
        order = cosine.keys(mean, norms, tied[at], columns)
        picked = _first(at, columns, order, k - certain.sum(1))
        sure, place = np.nonzero(certain)
        chosen[tied] = _joined(
            len(tied), (sure, found.index[tied[sure], place]), (at[picked], columns[picked])
        )
    _settle_crowded(mean, norms, np.flatnonzero(crowded), k, chosen)
    chosen.sort(axis=1)
    return chosen


def _settle_crowded(
    mean: NDArray[np.float32],
    norms: NDArray[np.float64],
    crowded: NDArray[np.int64],
    k: int,
    chosen: NDArray[np.int64],
) -> None:
    """Fill the rows of ``chosen`` where float32 could not tell enough candidates apart.

    Their cosines are computed anew in float64, whose bound is nine digits finer; what is equal
    even there is as a rule a duplicate, of which one key serves all.
    """
    if not crowded.size:
        return
    n, dims = mean.shape
    slack = 2 * cosine.margin(dims, 2.0**-53)
    group = cosine.duplicates(mean)
    step = max(1, _CELLS // n)
    for start in range(0, len(crowded), step):
        rows = crowded[start : start + step]
        values = _double_cosines(mean, norms, rows)
        edge = -np.partition(-values, (k - 1, k), axis=1)[:, k - 1 : k + 1]
        # As in _settle, with the K-th and the (K+1)-th value of all videos.
        possible = values >= edge[:, :1] - slack
        certain = values > edge[:, 1:] + slack
        at, columns = np.nonzero(possible & ~certain)
        # One key a row and group of duplicates: a thousand copies of a video cost one sum.
        _, first, again = np.unique(
            at * np.int64(n) + group[columns], return_index=True, return_inverse=True
        )
        order = cosine.keys(mean, norms, rows[at[first]], columns[first])[again]
        picked = _first(at, columns, order, k - certain.sum(1))
        sure, place = np.nonzero(certain)
        chosen[rows] = _joined(len(rows), (sure, place), (at[picked], columns[picked]))


def _double_cosines(
    mean: NDArray[np.float32], norms: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return float64 cosines (len(rows), n), -inf for a row with itself."""
    n, dims = mean.shape
    left = mean[rows] / np.sqrt(norms[rows])[:, None]
    values = np.empty((len(rows), n))
    step = max(1, (1 << 22) // dims)
    for start in range(0, n, step):
        stop = min(n, start + step)
        scale = _inverse(norms[start:stop])
        values[:, start:stop] = left @ (mean[start:stop] * scale[:, None]).T
    values[np.arange(len(rows)), rows] = -np.inf
    return values


def _first(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    key: NDArray[np.float64],
    wanted: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return positions of the ``wanted`` best pairs of each row: larger key, then lower index."""
    order = np.lexsort((column, -key, row))
    counts = np.bincount(row, minlength=len(wanted))
    rank = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    picked: NDArray[np.int64] = order[rank < np.repeat(wanted, counts)]
    return picked


def _joined(rows: int, *pairs: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the columns of (row, column) pairs as (rows, k); each row has equally many."""
    row = np.concatenate([pair[0] for pair in pairs])
    column = np.concatenate([pair[1] for pair in pairs])
    return column[np.argsort(row, kind="stable")].reshape(rows, -1)


def _unit(
    mean: NDArray[np.float32], norms: NDArray[np.float64], start: int, stop: int
) -> torch.Tensor:
    """Return rows brought to unit length, float32; zeros stay zeros."""
    block = mean[start:stop]
    scale = _inverse(norms[start:stop])[:, None]
    if np.all((scale == 0) | ((scale > 1e-30) & (scale < 1e30))):
        return torch.from_numpy(block * scale.astype(np.float32))
    # Lengths whose inverse float32 cannot hold are divided out in float64.
    return torch.from_numpy((block * scale).astype(np.float32))


def _inverse(norms: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = np.zeros_like(norms)
    np.divide(1.0, np.sqrt(norms), out=scale, where=norms > 0)
    return scale


@contextmanager
def _full_precision() -> Iterator[None]:
    """Keep TF32 and bfloat16 out of float32 products: the rounding bound counts on it."""
    before: Any = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
