"""Reading order and read-ahead: shuffled epochs at the speed of the disk, in flat memory."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T")

BLOCK_BYTES = 1 << 20
"""Neighbours of about this many bytes (as float32) are read together when shuffling."""

WINDOW_BYTES = 1 << 28
"""About this many bytes of random blocks are mixed with each other, video by video."""


def batch_bounds(n: int, size: int) -> NDArray[np.int64]:
    """Return where the batches of one epoch begin and end: as few as can be, of nearly equal size.

    There are ``ceil(n / size)`` of them and their sizes differ by one at most, the larger ones
    first. A last batch of what is left over could be a single video. Its variance is zero, and
    batch norm's running moments would follow that in every epoch.

    Parameters
    ----------
    n : int
        Number of videos.
    size : int
        Videos a batch at most, from 1 on.

    Returns
    -------
    ndarray of int64, shape (batches + 1,)
        Batch k holds the places from entry k up to, not including, entry k + 1.

    Examples
    --------
    >>> batch_bounds(129, 128).tolist()
    [0, 65, 129]
    """
    count = -(-n // size)
    number = np.arange(count + 1)
    bounds: NDArray[np.int64] = number * (n // count) + np.minimum(number, n % count)
    return bounds


def shuffled_windows(n: int, video_bytes: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of one epoch, a window at a time, each window in random order.

    A set that fits into one window is shuffled through and through. A larger one is cut into
    blocks of neighbours; a window mixes blocks from all over the set, so that a set stored class
    by class does not give batches of one class.

    Parameters
    ----------
    n : int
        Number of videos.
    video_bytes : int
        Size of one video as float32: the order must not depend on how a file stores it.
    seed : int
        Seed of the order.
    """
    random = np.random.default_rng(seed)
    if n * video_bytes <= WINDOW_BYTES:
        yield random.permutation(n)
        return
    block = max(1, BLOCK_BYTES // video_bytes)
    starts = random.permutation(np.arange(0, n, block))
    together = max(1, WINDOW_BYTES // (block * video_bytes))
    for first in range(0, len(starts), together):
        chosen = starts[first : first + together]
        rows = (chosen[:, None] + np.arange(block)).reshape(-1)
        yield random.permutation(rows[rows < n])


def ahead(items: Iterable[_T], depth: int = 1) -> Iterator[_T]:
    """Yield ``items``, making up to ``depth`` of them in a thread before they are asked for.

    An error in ``items`` is raised where its item was due; a caller that stops early stops the
    thread.
    """
    waiting: queue.Queue[tuple[str, Any]] = queue.Queue(depth)
    stop = threading.Event()

    def put(entry: tuple[str, Any]) -> bool:
        while not stop.is_set():
            try:
                waiting.put(entry, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def fill() -> None:
        try:
            for item in items:
                if not put(("item", item)):
                    return
            put(("end", None))
        except BaseException as error:  # handed over to the reader, whatever it is
            put(("error", error))

    thread = threading.Thread(target=fill, name="hashbench-ahead", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stop.set()
        thread.join()
