"""Work on many records by as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

A_PROCESS = 250
"""Records from which on another process is worth the two seconds that it takes to start."""

_CHUNK = 10

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")

_shared: ContextVar[ProcessPoolExecutor | None] = ContextVar("_shared", default=None)


@contextmanager
def workers(records: int) -> Iterator[None]:
    """Keep the processes of :func:`each` until the block ends, for all boards together.

    Parameters
    ----------
    records : int
        How many there are on the boards. Of few, each board is worked on as if it stood alone.
    """
    wanted = _wanted(records)
    if wanted < 2:
        yield
        return
    pool = _pool(wanted)
    token = _shared.set(pool)
    try:
        yield
    finally:
        _shared.reset(token)
        pool.shutdown(cancel_futures=True)


def threads() -> int | None:
    """Return the threads that ranking may use: one where every core has a process of ours."""
    return None if multiprocessing.parent_process() is None else 1


def each(
    judge: Callable[[_Given], _Found], given: Sequence[_Given], processes: int | None = None
) -> Iterator[_Found]:
    """Return what a function of a module says of each of some records, in order.

    Within :func:`workers` the work begins at once, before the first is asked for.

    Parameters
    ----------
    judge : callable
    given : sequence
        Of records, or of what is about one each.
    processes : int, optional
        By default those of :func:`workers`, elsewhere one for every :data:`A_PROCESS` records, and
        no more than there are cores.
    """
    pool = _shared.get()
    if pool is not None and processes is None and len(given) > _CHUNK:
        return pool.map(judge, given, chunksize=_CHUNK)
    wanted = _wanted(len(given)) if processes is None else processes
    return map(judge, given) if wanted < 2 else _alone(judge, given, wanted)


def _alone(
    judge: Callable[[_Given], _Found], given: Sequence[_Given], processes: int
) -> Iterator[_Found]:
    with _pool(processes) as pool:
        yield from pool.map(judge, given, chunksize=_CHUNK)


def _wanted(records: int) -> int:
    return min(len(os.sched_getaffinity(0)), records // A_PROCESS)


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))
