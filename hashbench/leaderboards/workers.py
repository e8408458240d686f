"""Work on many records by as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

A_PROCESS = 250
"""Records from which on another process is worth the two seconds that it takes to start."""

_CHUNK = 10

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


def each(
    judge: Callable[[_Given], _Found], given: Sequence[_Given], processes: int | None = None
) -> Iterator[_Found]:
    """Yield what a function of a module says of each of some records, in order.

    Parameters
    ----------
    judge : callable
    given : sequence
        Of records, or of what is about one each.
    processes : int, optional
        By default one for every :data:`A_PROCESS` records, and no more than there are cores.
    """
    wanted = (
        min(len(os.sched_getaffinity(0)), len(given) // A_PROCESS)
        if processes is None
        else processes
    )
    if wanted < 2:
        yield from map(judge, given)
        return
    with ProcessPoolExecutor(wanted, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(judge, given, chunksize=_CHUNK)
