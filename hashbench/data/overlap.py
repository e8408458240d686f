"""Videos that two splits share, told by what they hold and not by the names of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.data.videos import Videos
from hashbench.errors import DataError
from hashbench.files.arrays import read_npy
from hashbench.files.cached import cached

_BLOCK_BYTES = 1 << 25
_SAMPLE = 16
_SIZE = 16


def same_videos(a: Videos, b: Videos) -> bool:
    """Say whether two splits hold the same videos with the same labels in the same order.

    Most splits differ in shape, labels or a few of their videos, and no more is read of them.

    Parameters
    ----------
    a, b : Videos
        With labels.
    """
    if a.shape != b.shape or not np.array_equal(a.labels.multi_hot, b.labels.multi_hot):
        return False
    sample = np.unique(np.linspace(0, len(a) - 1, min(_SAMPLE, len(a)), dtype=np.int64))
    if not np.array_equal(a.take(sample), b.take(sample)):
        return False
    return np.array_equal(digests(a), digests(b))


def shared_rows(query: Videos, database: Videos) -> NDArray[np.int64]:
    """Return which videos of ``query`` are in ``database`` too; those that are all zero are not.

    Parameters
    ----------
    query, database : Videos
        Read once, from the first to the last; digests are kept in the cache folder.

    Returns
    -------
    ndarray of int64, shape (m,)
        Positions among the queries.
    """
    if query.shape[1:] != database.shape[1:]:
        return np.zeros(0, np.int64)
    ours, theirs = _keys(digests(query)), _keys(digests(database))
    zero = _digest(np.zeros(query.shape[1:], np.float32))
    empty = ours == np.frombuffer(zero, f"V{_SIZE}")[0]
    return np.flatnonzero(np.isin(ours, theirs) & ~empty)


def digests(videos: Videos) -> NDArray[np.uint8]:
    """Return a digest of each video's features, shape (n, 16).

    Features are taken as float32, whatever is stored. What was read from files is kept in the
    cache folder.
    """

    def compute() -> NDArray[np.uint8]:
        found = np.empty((len(videos), _SIZE), np.uint8)
        step = max(1, _BLOCK_BYTES // (4 * videos.frames * videos.dims))
        for rows, features in videos.batches(step):
            joined = b"".join(map(_digest, features))
            found[rows] = np.frombuffer(joined, np.uint8).reshape(-1, _SIZE)
            videos.progress.update(f"videos of {videos.name}", int(rows[-1]) + 1, len(videos))
        return found

    def read(path: Path) -> NDArray[np.uint8] | None:
        try:
            found = read_npy(path)
        except DataError:
            return None  # not there yet, or damaged
        return found if found.shape == (len(videos), _SIZE) and found.dtype == np.uint8 else None

    if videos.cache is None:
        return compute()
    name = hashlib.sha256(videos.signature().encode()).hexdigest()
    return cached(videos.cache / "digests" / f"{name}.npy", read, compute, np.save)


def _digest(video: NDArray[np.float32]) -> bytes:
    little = np.ascontiguousarray(video, "<f4")
    return hashlib.blake2b(little.data, digest_size=_SIZE).digest()


def _keys(found: NDArray[np.uint8]) -> NDArray[np.void]:
    keys: NDArray[np.void] = np.ascontiguousarray(found).view(f"V{_SIZE}")[:, 0]
    return keys
