"""Held-out tenth of the training videos, which shows when more training stops to help.

Neither their labels nor any test video is looked at: what is measured is the training loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.data import Videos
from hashbench.data.subset import SubsetSource
from hashbench.errors import MethodError
from hashbench.nn.training.distributed import rank, world
from hashbench.nn.training.feed import Feed


class Split(NamedTuple):
    """Rows of the training set, ascending: those trained on, and those kept aside."""

    trained: NDArray[np.int64]
    held_out: NDArray[np.int64]


def split(videos: int, seed: int, *, hold_out: bool) -> Split:
    """Keep a tenth of ``videos`` aside, drawn by ``seed``; none unless ``hold_out``.

    Raises
    ------
    MethodError
        If there are fewer than ten videos to draw from.
    """
    if not hold_out:
        return Split(np.arange(videos), np.empty(0, np.int64))
    if videos < 10:
        raise MethodError(f"early_stop keeps a tenth of the videos aside: 10 are needed, {videos}")
    order = np.random.default_rng([seed, videos]).permutation(videos)
    return Split(np.sort(order[videos // 10 :]), np.sort(order[: videos // 10]))


class PartFeed:
    """The batches of some training videos, with their places in the whole training set.

    Parameters
    ----------
    videos : Videos
        All training videos.
    rows : ndarray of int64, shape (m,)
        Those to feed, in ascending order.
    batch_size, seed, device, dtype
        As of :class:`hashbench.nn.Feed`.
    """

    def __init__(
        self,
        videos: Videos,
        rows: NDArray[np.int64],
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        dtype: str = "float32",
    ) -> None:
        self.whole = len(rows) == len(videos)
        part = videos if self.whole else videos_at(videos, rows)
        self.rows = torch.from_numpy(rows).to(device)
        self.feed = Feed(
            part,
            batch_size=batch_size,
            seed=seed,
            device=device,
            dtype=dtype,
            rank=rank(),
            world_size=world(),
        )

    def __len__(self) -> int:
        """Videos, all processes together."""
        return len(self.rows)

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield (rows, features): this process's part of every batch of ``epoch``."""
        for rows, features in self.feed.epoch(epoch):
            yield (rows if self.whole else self.rows[rows]), features


def videos_at(videos: Videos, rows: NDArray[np.int64]) -> Videos:
    """Return the videos at ``rows``, without labels, cut to the same frames."""
    return Videos(SubsetSource(videos.source, rows), name=videos.name, frames=videos.frames)
