"""Batches of frame features on the training device, from its own memory or from files."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hashbench.data import Videos
from hashbench.data.sources import ArraySource
from hashbench.data.streaming import ahead, batch_bounds, shuffled_windows
from hashbench.errors import DataError, UsageError
from hashbench.nn.training.devices import pick_device
from hashbench.nn.training.precision import DTYPES
from hashbench.nn.training.residency import decide
from hashbench.nn.training.transfer import Transfer

_T = TypeVar("_T")

_FLOAT16_END = 65520.0
"""From here on a value rounds to infinity."""

_AHEAD = 2
"""Batches that are read before they are asked for."""


class FeedBatch(NamedTuple):
    """Positions (m,) int64 and features (m, frames, dims) of some videos, on the device."""

    rows: Tensor
    features: Tensor


class Feed:
    """Epochs of shuffled batches; what they hold depends on ``seed`` and the epoch alone.

    Neither where the features are held, nor how a file lays them out, nor how many processes
    share a batch changes which videos meet in which batch, or their order.

    Parameters
    ----------
    videos : Videos
        The training videos.
    batch_size : int
        Videos a batch at most, all processes together. An epoch has as few batches as that
        allows, and their sizes differ by one at most.
    seed : int
        Seed of the order, not negative.
    device : str or torch.device
        Where the batches go.
    dtype : {"float32", "float16", "bfloat16"}
        Type of the features; the short ones halve the memory and the transfers.
    frames : int, optional
        Use only the first ``frames`` of the stored ones.
    resident : {"auto", True, False}
        Hold all features on the device, or read them from the file in every epoch, or whichever
        the free memory allows.
    rank, world_size : int
        This process's place among those that share each batch: it gets a consecutive part.

    Attributes
    ----------
    resident : bool
        What came of it.
    waited : float
        Seconds spent waiting for data so far, the first loading included.

    Raises
    ------
    UsageError
        If a value is out of range, CUDA is asked for and absent, or the features are to be held
        and do not fit.

    Examples
    --------
    >>> videos = Videos(np.arange(6, dtype=np.float32).reshape(3, 2, 1))
    >>> feed = Feed(videos, batch_size=2, seed=0, device="cpu")
    >>> [tuple(batch.features.shape) for batch in feed.epoch(0)]
    [(2, 2, 1), (1, 2, 1)]
    """

    def __init__(
        self,
        videos: Videos,
        *,
        batch_size: int,
        seed: int,
        device: str | torch.device,
        dtype: str = "float32",
        frames: int | None = None,
        resident: bool | str = "auto",
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if batch_size < 1:
            raise UsageError(f"batch_size must be from 1 on, not {batch_size}")
        if seed < 0:
            raise UsageError(f"seed must not be negative: {seed}")
        if dtype not in DTYPES:
            raise UsageError(f"features can be {', '.join(DTYPES)}, not {dtype!r}")
        if not 0 <= rank < world_size:
            raise UsageError(f"rank {rank} is not one of {world_size} processes")
        self.videos = videos if frames is None else videos.with_frames(frames)
        self.batch_size, self.seed = batch_size, seed
        self.rank, self.world_size = rank, world_size
        self.device, self.dtype = pick_device(str(device)), DTYPES[dtype]
        n, kept, dims = self.videos.shape
        self._bounds = batch_bounds(n, batch_size)
        self.resident = decide(resident, n * kept * dims * self.dtype.itemsize, self.device)
        self.waited = 0.0
        self._held: Tensor | None = None

    def __len__(self) -> int:
        """Batches an epoch."""
        return len(self._bounds) - 1

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return the rows of all videos, shape (n,), in the order of ``epoch``."""
        return np.concatenate(list(self._windows(epoch)))

    def epoch(self, epoch: int) -> Generator[FeedBatch]:
        """Yield this process's part of every batch of ``epoch``, empty parts included.

        An error of the reading thread is raised here; leaving early stops the thread.
        """
        batches = self._resident(epoch) if self.resident else self._streamed(epoch)
        with closing(batches):
            while True:
                start = time.perf_counter()
                batch = next(batches, None)
                self.waited += time.perf_counter() - start
                if batch is None:
                    return
                yield batch

    def _windows(self, epoch: int) -> Iterator[NDArray[np.int64]]:
        n, frames, dims = self.videos.shape
        mixed = np.random.SeedSequence([self.seed, epoch]).generate_state(1, np.uint64)
        return shuffled_windows(n, 4 * frames * dims, int(mixed[0]))

    def _parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where our part of each batch begins and ends in the order of an epoch."""
        share, more = np.divmod(np.diff(self._bounds), self.world_size)
        begin = self._bounds[:-1] + self.rank * share + np.minimum(self.rank, more)
        return begin, begin + share + (self.rank < more)

    def _resident(self, epoch: int) -> Generator[FeedBatch]:
        if self._held is None:
            self._held = self._load()
        order = torch.from_numpy(self.order(epoch)).to(self.device)
        for begin, end in zip(*self._parts(), strict=True):
            rows = order[begin:end]
            yield FeedBatch(rows, self._held[rows])

    def _load(self) -> Tensor:
        videos = self.videos
        if self.device.type == "cpu" and isinstance(videos.source, ArraySource):
            return _converted(videos.take(slice(None)), self.dtype)
        held = torch.empty(videos.shape, dtype=self.dtype, device=self.device)
        _, frames, dims = videos.shape
        with _closed(videos.batches(max(1, (1 << 24) // (frames * dims)))) as batches:
            for rows, features in batches:
                # Converted before it travels: half the bytes on the way.
                part = _converted(features, self.dtype)
                held[int(rows[0]) : int(rows[-1]) + 1] = part.to(self.device)
        return held

    def _streamed(self, epoch: int) -> Generator[FeedBatch]:
        transfer = Transfer(self.device)
        with _closed(ahead(self._read(epoch, transfer), _AHEAD)) as read:
            for rows, features in transfer.moved(read):
                yield FeedBatch(rows, features)

    def _read(self, epoch: int, transfer: Transfer) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield our parts of the batches in host memory, read window by window."""
        begin, end = self._parts()
        filling = _Filling(self.videos, end - begin, self.dtype, transfer)
        yield from filling.finished()
        position = 0
        for window in self._windows(epoch):
            place = np.arange(position, position + len(window))
            position += len(window)
            batch = np.searchsorted(self._bounds, place, side="right") - 1
            ours = window[(place >= begin[batch]) & (place < end[batch])]
            features = self.videos.take(ours)
            at = 0
            while at < len(ours):
                at += filling.add(ours[at:], features[at:])
                yield from filling.finished()
            del features  # before the next window is read, so that there is only one


class _Filling:
    """The batch that is being put together, in memory that a device can fetch from."""

    def __init__(
        self, videos: Videos, sizes: NDArray[np.int64], dtype: torch.dtype, transfer: Transfer
    ) -> None:
        self.shape = videos.shape[1:]
        self.sizes = sizes.tolist()
        self.dtype, self.transfer = dtype, transfer
        self.batch = 0
        self._start()

    def add(self, rows: NDArray[np.int64], features: NDArray[np.float32]) -> int:
        """Copy as many videos as the batch still has room for; return how many."""
        count = min(len(rows), len(self.rows) - self.filled)
        place = slice(self.filled, self.filled + count)
        self.rows[place] = torch.from_numpy(rows[:count])
        self.features[place] = _converted(features[:count], self.dtype)
        self.filled += count
        return count

    def finished(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batch if it is full, and those after it that hold nothing."""
        while self.batch < len(self.sizes) and self.filled == len(self.rows):
            yield self.rows, self.features
            self.batch += 1
            self._start()

    def _start(self) -> None:
        size = self.sizes[self.batch] if self.batch < len(self.sizes) else 0
        self.rows = self.transfer.host((size,), torch.int64)
        self.features = self.transfer.host((size, *self.shape), self.dtype)
        self.filled = 0


def _converted(features: NDArray[np.float32], dtype: torch.dtype) -> Tensor:
    with warnings.catch_warnings():
        # A read-only array will do: it is copied from and never into.
        warnings.filterwarnings("ignore", message=".*not writable")
        given = torch.from_numpy(features)
    if dtype == torch.float16 and given.numel():
        largest = float(torch.stack(given.aminmax()).abs().max())
        if largest >= _FLOAT16_END:
            raise DataError(
                f"features up to {largest:.6g} do not fit float16, which ends at 65504: "
                "use bfloat16 or float32"
            )
    return given.to(dtype)


@contextmanager
def _closed(items: Iterator[_T]) -> Iterator[Iterator[_T]]:
    """Close a generator at the end, and with it the thread behind it."""
    try:
        yield items
    finally:
        if isinstance(items, Generator):
            items.close()
