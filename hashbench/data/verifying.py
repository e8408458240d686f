"""Checks of a data set before an hour of training: one pass over the files, in flat memory."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.cards import Card
from hashbench.data.hdf5 import H5Source
from hashbench.data.sources import FeatureSource
from hashbench.data.streaming import ahead
from hashbench.data.subset import SubsetSource
from hashbench.data.videos import Videos
from hashbench.files.digests import array_sha256
from hashbench.workspace import Progress, Silent

_BLOCK_BYTES = 1 << 25
_THREADS = 2
_LISTED = 20
"""Rows that a finding lists; the count is always given in full."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Parameters
    ----------
    kind : str
        One of ``"open"``, ``"finite"``, ``"zero"``, ``"duplicate"``, ``"leak"``, ``"labels"``,
        ``"class"``, ``"digest"``.
    where : str
        The split, or two of them.
    message : str
        What is wrong, in one line.
    count : int
        How many videos or classes it touches.
    rows : tuple of int
        The first of them.
    """

    kind: str
    where: str
    message: str
    count: int = 1
    rows: tuple[int, ...] = ()


@dataclass(slots=True)
class Looked:
    """What one pass over a split saw.

    Parameters
    ----------
    digests : ndarray of uint8, shape (n, 16)
        BLAKE2b of each video's bytes as stored.
    zero, broken : ndarray of bool, shape (n,)
        Which videos are all zero; which have NaN, infinity or a value beyond float32.
    total, square : ndarray of float64, shape (dims,)
        Sums of values and of their squares over all frames of videos that are not broken.
    """

    shape: tuple[int, int, int]
    dtype: str
    digests: NDArray[np.uint8]
    zero: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    total: NDArray[np.float64]
    square: NDArray[np.float64]

    @property
    def moments(self) -> dict[str, list[float]]:
        """Smallest, median and largest mean and second moment over the dimensions."""
        count = max(1, int((~self.broken).sum()) * self.shape[1])
        return {
            name: [float(f) for f in np.quantile(values / count, [0, 0.5, 1])]
            for name, values in [("mean", self.total), ("second_moment", self.square)]
        }

    @property
    def standardized(self) -> bool:
        """Whether mean and second moment look like 0 and 1 in nearly all dimensions."""
        count = max(1, int((~self.broken).sum()) * self.shape[1])
        centred = np.abs(self.total / count) < 0.1
        scaled = np.abs(self.square / count - 1) < 0.25
        return bool((centred & scaled).mean() > 0.9)


@dataclass(slots=True)
class Audit:
    """The outcome of :func:`audit`."""

    card: Card
    findings: list[Finding] = field(default_factory=list)
    looked: dict[str, Looked] = field(default_factory=dict)
    sha256: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def found(
        self, kind: str, where: str, message: str, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Add a finding; one about rows only if there are any."""
        if rows is None:
            self.findings.append(Finding(kind, where, message))
        elif len(rows):
            listed = tuple(int(row) for row in rows[:_LISTED])
            self.findings.append(Finding(kind, where, message, len(rows), listed))


def audit(
    card: Card,
    splits: dict[str, Videos],
    failures: dict[str, str],
    progress: Progress | None = None,
) -> Audit:
    """Look at every value of a data set once.

    Parameters
    ----------
    card : Card
        What the set should be.
    splits : dict of str to Videos
        The splits that could be opened.
    failures : dict of str to str
        Why each other split could not.
    progress : Progress, optional
        Told the bytes read.
    """
    result = Audit(card)
    for name, reason in failures.items():
        result.found("open", name, reason)
    total = sum(_nbytes(videos.source) for videos in splits.values())
    done = 0
    for name, videos in splits.items():
        looked = look(videos.source, progress or Silent(), done, total)
        done += _nbytes(videos.source)
        result.looked[name] = looked
        _judge_values(result, name, looked)
        _judge_duplicates(result, name, looked)
        _judge_labels(result, name, videos)
    _judge_leaks(result)
    if not failures and card.has_files:
        result.sha256 = content_sha256(result.looked, splits)
        if card.sha256 is not None and result.sha256 != card.sha256:
            message = f"the content has sha256 {result.sha256}; the card says {card.sha256}"
            result.found("digest", card.name, message)
    return result


def look(source: FeatureSource, progress: Progress, done: int = 0, total: int = 0) -> Looked:
    """Read a source once, from the first video to the last."""
    n, frames, dims = source.shape
    seen = Looked(
        source.shape,
        source.dtype.newbyteorder("<").str,
        np.empty((n, 16), np.uint8),
        np.zeros(n, bool),
        np.zeros(n, bool),
        np.zeros(dims),
        np.zeros(dims),
    )
    row = source.dtype.itemsize * frames * dims
    step = max(1, _BLOCK_BYTES // row)
    read = source.unchecked if isinstance(source, H5Source | SubsetSource) else source.read
    starts = range(0, n, step)
    with ThreadPoolExecutor(_THREADS) as pool:
        blocks = ahead(read(start, min(start + step, n)) for start in starts)
        for start, block in zip(starts, blocks, strict=True):
            _note(seen, start, np.ascontiguousarray(block), pool)
            progress.update("verify", done + (start + len(block)) * row, total or n * row)
    return seen


def content_sha256(looked: dict[str, Looked], splits: dict[str, Videos]) -> str:
    """Return the SHA-256, in hex, over shapes, types, video digests and labels of all splits."""
    total = hashlib.sha256()
    for name in sorted(looked):
        seen = looked[name]
        total.update(f"{name}:{seen.shape}:{seen.dtype}:".encode())
        total.update(seen.digests.tobytes())
        if splits[name].has_labels:
            total.update(array_sha256(splits[name].labels.multi_hot).encode())
    return total.hexdigest()


def _note(seen: Looked, start: int, block: NDArray[Any], pool: ThreadPoolExecutor) -> None:
    rows = slice(start, start + len(block))
    little = block.astype(block.dtype.newbyteorder("<"), copy=False)
    halves = np.array_split(np.arange(len(block)), _THREADS)
    hashed = [pool.submit(_hash, little[h[0] : h[-1] + 1]) for h in halves if len(h)]
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is found
        values = block.astype(np.float32, copy=False).reshape(len(block), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.einsum("ij,ij->i", values, values)
    broken = ~np.isfinite(norms)
    if broken.any():  # or merely so large that the square overflows
        broken[broken] = ~np.isfinite(values[broken]).all(axis=1)
    seen.broken[rows] = broken
    seen.zero[rows] = norms == 0
    if seen.zero[rows].any():  # or merely so small that the square is lost
        seen.zero[rows] &= ~values.any(axis=1)
    sound = values[~broken] if broken.any() else values
    flat = sound.reshape(-1, seen.shape[2])
    seen.total += flat.sum(axis=0, dtype=np.float64)
    with np.errstate(over="ignore"):
        seen.square += np.einsum("ij,ij->j", flat, flat)
    seen.digests[rows] = np.concatenate([future.result() for future in hashed])


def _hash(block: NDArray[Any]) -> NDArray[np.uint8]:
    digests = [hashlib.blake2b(video.data, digest_size=16).digest() for video in block]
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 16)


def _judge_values(result: Audit, name: str, looked: Looked) -> None:
    rows = np.flatnonzero(looked.broken)
    have = "video has" if len(rows) == 1 else "videos have"
    result.found(
        "finite", name, f"{len(rows)} {have} NaN, infinity or a value beyond float32", rows
    )
    rows = np.flatnonzero(looked.zero)
    are = "video is" if len(rows) == 1 else "videos are"
    result.found("zero", name, f"{len(rows)} {are} zero throughout", rows)


def _judge_duplicates(result: Audit, name: str, looked: Looked) -> None:
    keys = _keys(looked)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    again = first[inverse] != np.arange(len(keys))
    rows = np.flatnonzero(again & ~looked.zero)
    message = f"{len(rows)} videos repeat an earlier one of the same split"
    result.found("duplicate", name, message, rows)


def _judge_leaks(result: Audit) -> None:
    card = result.card
    roles = dict.fromkeys(card.roles.values())
    names = [name for name in roles if name in result.looked]
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            a, b = result.looked[one], result.looked[other]
            if {one, other} == {card.train, card.database} and card.profile.startswith("image"):
                continue  # image hashing trains on a part of what it ranks
            if a.dtype != b.dtype or a.shape[1:] != b.shape[1:]:
                continue
            rows = np.flatnonzero(np.isin(_keys(b), _keys(a)) & ~b.zero)
            message = f"{len(rows)} videos of {other} are in {one} too"
            result.found("leak", f"{one}, {other}", message, rows)


def _judge_labels(result: Audit, name: str, videos: Videos) -> None:
    card = result.card
    if not videos.has_labels:
        if name in card.ranked:
            result.found("labels", name, "is ranked and needs labels")
        return
    if name == card.database:
        thin = np.flatnonzero(videos.labels.multi_hot.sum(axis=0) < 2)
        message = f"{len(thin)} classes have fewer than two members"
        result.found("class", name, message, thin)
    if card.unlabelled == "nothing":
        bare = np.flatnonzero(~videos.labels.multi_hot.any(axis=1))
        if name in (card.query, card.database):
            message = f"{len(bare)} videos have no label, and so nothing to find"
            result.found("labels", name, message, bare)


def _keys(looked: Looked) -> NDArray[np.void]:
    keys: NDArray[np.void] = looked.digests.view("V16")[:, 0]
    return keys


def _nbytes(source: FeatureSource) -> int:
    return int(np.prod(source.shape, dtype=np.int64)) * source.dtype.itemsize
