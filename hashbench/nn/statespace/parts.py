"""A batch on several threads, in parts that do not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

VIDEOS = 16
"""Videos a part. What is summed over a batch is summed part by part, whatever the threads."""


def for_parts(task: Callable[[slice], None], videos: int) -> None:
    """Call ``task`` for slices of a batch, on as many threads as torch has.

    Parameters
    ----------
    task : callable
        It must not hold the GIL for long.
    videos : int
        In the batch.
    """
    parts = [slice(begin, begin + VIDEOS) for begin in range(0, videos, VIDEOS)]
    threads = min(torch.get_num_threads(), len(parts))
    if threads < 2:
        for part in parts:
            task(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(task, parts))
