"""Exact search in shards: the nearest items of each, merged in database order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.ranking.engine import prepare
from hashbench.ranking.lists import RankedLists
from hashbench.ranking.shards import Shard, one_by_one

_PLACES = 4_000_000
"""Places in the lists of the queries that are looked for together."""

_FEW = 1 << 22
"""Pairs up to which loading the compiled engine takes longer than the plain one does."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to look for.

    Parameters
    ----------
    query : BinaryCodes
    top : int
        Items a query.
    engine : str
        See :func:`hashbench.ranking.prepare`.
    threads : int, optional
        All cores unless told.
    """

    query: BinaryCodes
    top: int
    engine: str = "numba"
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found.

    Parameters
    ----------
    distances : ndarray of uint16, shape (n_query, min(top, size))
        Rising.
    items : ndarray of int64, same shape
        Positions in the whole database; equal distances in its order.
    shards : ndarray of int64, same shape
        Which shard holds each.
    """

    distances: NDArray[np.uint16]
    items: NDArray[np.int64]
    shards: NDArray[np.int64]


Seeker = Callable[[Sequence[Shard], Request], Iterable[RankedLists]]
"""Searches shards, here or on a cluster; after each, in order, gives the best up to it."""


def seek(shard: Shard, request: Request, before: RankedLists | None = None) -> RankedLists:
    """Search one shard; no more than a block of it is in memory.

    With ``before``, the lists of all shards before this one, items are added to those, and are
    looked for only where they are nearer. Otherwise positions count from the shard's first item.
    """
    total, first = before, shard.start if before is None else 0
    query = request.query
    none = Labels(np.zeros((len(query), 1), dtype=np.bool_))
    for position, codes in shard.code_blocks():
        engine = prepare(
            codes,
            Labels(np.zeros((len(codes), 1), dtype=np.bool_)),
            engine=request.engine,
            threads=request.threads,
        )
        bound = None if total is None else total.reach
        part = engine.lists(query, none, depth=request.top, bound=bound)
        total = part if total is None else total.with_next(part, position - first)
    if total is None:
        raise DataError(f"{shard.codes.path}: holds no codes")
    return total


def here(shards: Sequence[Shard], request: Request) -> Iterator[RankedLists]:
    """Search shards one after the other in this process."""
    return one_by_one(seek, shards, request)


def search_shards(
    shards: Sequence[Shard],
    query: BinaryCodes,
    *,
    top: int = 10,
    threads: int | None = None,
    seeker: Seeker = here,
    progress: Callable[[int, int], None] | None = None,
) -> Hits:
    """Find the nearest items of each query in a database in shards.

    Parameters
    ----------
    shards : sequence of Shard
        In database order; labels are not read.
    query : BinaryCodes
    top : int
        Items to find; the whole database where it is smaller.
    threads : int, optional
        All cores unless told.
    seeker : callable
        What searches the shards.
    progress : callable, optional
        Called with (shards done, shards in all); each pass over the database counts anew.

    Returns
    -------
    Hits
        Equal to those of a search in the whole.

    Raises
    ------
    UsageError
        If ``top`` is below 1, there is no query, or codes are of different widths.
    """
    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    if len(query) == 0:
        raise UsageError("there is no query to search with")
    if query.n_bits != shards[0].n_bits:
        raise UsageError(
            f"query codes have {query.n_bits} bits, {shards[0].codes.path} {shards[0].n_bits}; "
            "queries and database must be of one width"
        )
    size = sum(len(shard) for shard in shards)
    step = max(64, _PLACES // min(top, size))
    engine = "numpy" if len(query) * size <= _FEW else "numba"
    total, done, found = len(shards) * -(-len(query) // step), 0, []
    for start in range(0, len(query), step):
        request = Request(query[start : start + step], min(top, size), engine, threads)
        last: RankedLists | None = None
        for latest in seeker(shards, request):
            last = latest
            done += 1
            if progress is not None:
                progress(done, total)
        assert last is not None
        found.append(last)
    items = np.concatenate([lists.items for lists in found])
    starts = np.array([shard.start for shard in shards])
    where: NDArray[Any] = np.searchsorted(starts, items, side="right") - 1
    return Hits(np.concatenate([lists.distances for lists in found]), items, where)
