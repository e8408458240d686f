"""Videos as frame features, read lazily, with labels that can be put out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.data.featuretypes import feature_fault
from hashbench.data.segments import segment_bounds, segment_means
from hashbench.data.sources import ArraySource, FeatureSource, FillingSource, ids_of
from hashbench.data.streaming import ahead, batch_bounds, shuffled_windows
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels
from hashbench.workspace import Progress, Silent

_AHEAD = 2
"""Batches that are read before they are asked for."""

_PIECE_BYTES = 1 << 25
"""Bytes that one call of a source reads when a window is filled."""


class Batch(NamedTuple):
    """Some videos: their positions (m,) int64 and features (m, frames, dims) float32."""

    rows: NDArray[np.int64]
    features: NDArray[np.float32]


class Videos:
    """``n`` videos of ``frames`` feature vectors each.

    Parameters
    ----------
    features : ndarray of shape (n, frames, dims) or (n, dims), or FeatureSource
        Kept where it is; nothing is read until asked for. Single vectors (n, dims) are videos of
        one frame.
    labels : Labels, optional
        What each video shows.
    name : str
        For messages, such as ``"digit-stories/train"``.
    frames : int, optional
        Use only the first ``frames`` of the stored ones.
    cache : Path, optional
        Folder for what took a pass over the files to compute.

    Raises
    ------
    DataError
        If the features are not floating-point numbers of such a shape, or the labels are no Labels
        or of another length.

    Examples
    --------
    >>> videos = Videos(np.ones((3, 4, 2), np.float32), Labels.from_array([0, 1, 1]))
    >>> len(videos), videos.frames, videos.dims
    (3, 4, 2)
    >>> Videos(np.ones((3, 2), np.float32)).shape
    (3, 1, 2)
    >>> videos.unlabelled().labels
    Traceback (most recent call last):
    ...
    hashbench.errors.DataError: videos: labels are out of reach of an unsupervised method
    """

    def __init__(
        self,
        features: NDArray[Any] | FeatureSource,
        labels: Labels | None = None,
        *,
        name: str = "videos",
        frames: int | None = None,
        cache: Path | None = None,
    ) -> None:
        self.source = _checked(features, name)
        n, stored, dims = self.source.shape
        if frames is not None and not 1 <= frames <= stored:
            raise DataError(f"{name}: {frames} frames are asked for, {stored} are stored")
        if labels is not None and not isinstance(labels, Labels):
            raise DataError(
                f"{name}: labels are a {type(labels).__name__}; Labels.from_array makes them"
            )
        if labels is not None and len(labels) != n:
            raise DataError(f"{name}: {len(labels)} labels for {n} videos")
        self.name = name
        self.frames = stored if frames is None else frames
        self.dims = dims
        self.cache = cache
        self.progress: Progress = Silent()  # told of whole passes over the files
        self._n = n
        self._labels = labels
        self._means: list[NDArray[np.float32]] = []  # one or none, shared with twins

    def __repr__(self) -> str:
        n, frames, dims = self.shape
        labels = "with" if self.has_labels else "without"
        return f"<Videos {self.name}: {n} of {frames} frames, {dims} dimensions, {labels} labels>"

    def __len__(self) -> int:
        return self._n

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n, frames, dims)."""
        return self._n, self.frames, self.dims

    @property
    def has_labels(self) -> bool:
        """Whether ``labels`` can be read."""
        return self._labels is not None

    @property
    def labels(self) -> Labels:
        """The labels.

        Raises
        ------
        DataError
            If there are none, or the method that holds these videos is unsupervised.
        """
        if self._labels is None:
            raise DataError(f"{self.name}: labels are out of reach of an unsupervised method")
        return self._labels

    def ids(self) -> list[str]:
        """Return what the videos are called, such as their files; empty where it is not known."""
        return ids_of(self.source)

    def unlabelled(self) -> Videos:
        """Return the same videos without labels, sharing everything else."""
        twin = self._twin(self.source, None, self.frames)
        twin._means = self._means
        return twin

    def with_frames(self, frames: int) -> Videos:
        """Return the same videos cut to their first ``frames`` frames."""
        return self._twin(self.source, self._labels, frames)

    def through(self, source: FeatureSource) -> Videos:
        """Return the same videos and labels with the features of another ``source``."""
        return self._twin(source, self._labels, self.frames)

    @property
    def _in_memory(self) -> bool:
        return isinstance(self.source, ArraySource)

    def signature(self) -> str:
        """Identify features and frames, for names of cached results."""
        return f"{self.source.signature()}:{self.frames}"

    def take(self, index: ArrayLike | slice) -> NDArray[np.float32]:
        """Return features (m, frames, dims) of the videos at ``index``, in that order.

        Parameters
        ----------
        index : array_like of int or of bool, or slice
            Positions from 0 on, in any order; or for each video whether it is wanted.

        Raises
        ------
        UsageError
            If a position is no whole number or beyond the videos, or a mask is of another length.
        """
        if isinstance(index, slice):
            start, stop, step = index.indices(self._n)
            if step == 1:
                return self._prepared(self.source.read(start, stop))
            index = np.arange(start, stop, step)
        index = self._positions(np.asarray(index))
        if self._in_memory:
            return self._prepared(self.source.take(index))
        out = np.empty((len(index), self.frames, self.dims), np.float32)
        self._read(index, out)
        return out

    def batches(self, size: int, *, shuffle: bool = False, seed: int = 0) -> Iterator[Batch]:
        """Yield all videos once, ``size`` at a time.

        Parameters
        ----------
        size : int
            Videos a batch. In the stored order the last batch holds what is left over. Shuffled
            batches are for training: as many of them, of sizes that differ by one at most.
        shuffle : bool
            In an order drawn from ``seed`` instead of the stored one. The order depends on
            ``seed``, the number of videos and ``size`` only, never on how the file is laid out.
        seed : int
            Seed of the order; give each epoch its own.
        """
        if size < 1:
            raise UsageError(f"a batch holds at least one video, not {size}")
        batches = self._shuffled(size, seed) if shuffle else self._in_order(size)
        # What is in memory needs no thread to fetch it.
        return batches if self._in_memory else ahead(batches, _AHEAD)

    def mean_pooled(self) -> NDArray[np.float32]:
        """Return the mean over the frames, shape (n, dims) float32; computed once.

        Frames are added up in order and in float64, and the mean is rounded once: it is the same
        on every machine, and whatever the batches.

        What was read from files is kept in the cache folder, so that the next run starts at once.
        """
        if not self._means:
            mean = self._as_they_lie()
            if mean is None:
                # Earlier releases kept sums in float32 under the bare signature.
                kept = self._kept_means("mean", f"{self.signature()}:float64", 1)
                mean = kept.reshape(self._n, self.dims)
                mean.flags.writeable = False
            self._means.append(mean)
        return self._means[0]

    def segment_means(self, segments: int) -> NDArray[np.float32]:
        """Return the mean frames of ordered segments, shape (n, segments, dims) float32.

        The segments have equal lengths. Where the frames are not divisible the first ones hold one
        frame more, as ``numpy.array_split`` cuts. One segment is :meth:`mean_pooled`.

        Files are read once, a batch at a time, and the result is kept in the cache folder.

        Parameters
        ----------
        segments : int
            From 1 to the frames in use.

        Raises
        ------
        UsageError
            If there cannot be so many segments.
        """
        segment_bounds(self.frames, segments)
        if segments == 1:
            return self.mean_pooled()[:, None]
        return self._kept_means("segments", f"{self.signature()}:segments={segments}", segments)

    def _in_order(self, size: int) -> Iterator[Batch]:
        for start in range(0, self._n, size):
            stop = min(start + size, self._n)
            yield Batch(np.arange(start, stop), self.take(slice(start, stop)))

    def _shuffled(self, size: int, seed: int) -> Iterator[Batch]:
        windows = shuffled_windows(self._n, 4 * self.frames * self.dims, seed)
        if self._in_memory:
            order = np.concatenate(list(windows))
            for start, stop in pairwise(batch_bounds(self._n, size)):
                index = order[start:stop]
                yield Batch(index, self.take(index))
            return
        sizes = np.diff(batch_bounds(self._n, size)).tolist()
        rows = np.empty(0, np.int64)
        features = np.empty((0, self.frames, self.dims), np.float32)
        for window in windows:
            # What the last window left over comes first: a batch may straddle two windows.
            mixed = np.empty((len(rows) + len(window), self.frames, self.dims), np.float32)
            mixed[: len(rows)] = features
            features = mixed  # and the last window's memory can go
            self._read(window, features[len(rows) :])
            rows = np.concatenate([rows, window])
            del mixed
            while sizes and len(rows) >= sizes[0]:
                wanted = sizes.pop(0)
                yield Batch(rows[:wanted], features[:wanted])
                rows, features = rows[wanted:], features[wanted:]

    def _fill_means(self, segments: int, out: NDArray[np.float32]) -> None:
        bounds = segment_bounds(self.frames, segments)
        means = out.reshape(self._n, segments, self.dims)
        rows = max(1, (1 << 25) // (4 * self.frames * self.dims))
        for batch in self.batches(rows):
            means[batch.rows] = segment_means(batch.features, bounds)
            self.progress.update(f"mean frames of {self.name}", int(batch.rows[-1]) + 1, self._n)

    def _kept_means(self, kind: str, signature: str, segments: int) -> NDArray[np.float32]:
        # Whole videos keep the shape that earlier releases wrote.
        shape = (self._n, self.dims) if segments == 1 else (self._n, segments, self.dims)

        def fill(out: NDArray[np.float32]) -> None:
            self._fill_means(segments, out)

        def compute() -> NDArray[np.float32]:
            means = np.empty(shape, np.float32)
            fill(means)
            return means

        if self.cache is None:
            return compute()
        from hashbench.files.cached import cached_array

        return cached_array(self.cache, kind, signature, shape, compute, fill)

    def _as_they_lie(self) -> NDArray[np.float32] | None:
        """Return single vectors where they are: they are means of themselves."""
        source: Any = self.source
        if self.frames > 1:
            return None
        if isinstance(source, ArraySource):
            array = source.array[:, 0]
        else:
            mapped = getattr(source, "mapped", lambda _: None)(self.frames)
            if mapped is None:
                return None
            array = mapped.reshape(len(mapped), -1, self.dims)[:, 0]
        return array if array.dtype == np.dtype(np.float32) else None

    def _twin(self, source: FeatureSource, labels: Labels | None, frames: int) -> Videos:
        twin = Videos(source, labels, name=self.name, frames=frames, cache=self.cache)
        twin.progress = self.progress
        return twin

    def _positions(self, index: NDArray[Any]) -> NDArray[np.int64]:
        """Return the positions that an array names."""
        if index.dtype.kind == "b" and index.shape == (self._n,):
            return np.flatnonzero(index)
        if index.ndim != 1 or (index.size and index.dtype.kind not in "iu"):
            raise UsageError(
                f"{self.name}: positions of videos are {index.dtype} of shape {index.shape}; whole "
                f"numbers (m,) or a mask ({self._n},) are needed"
            )
        if index.size and not 0 <= index.min() <= index.max() < self._n:
            bad = index[(index < 0) | (index >= self._n)][0]
            raise UsageError(f"{self.name}: no video {bad}; its videos are 0 to {self._n - 1}")
        return index.astype(np.int64, copy=False)

    def _read(self, index: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Read the videos at ``index`` to ``out``, some at a time and in the order of the file."""
        if isinstance(self.source, FillingSource):
            self.source.fill(index, out)
            return
        order = np.argsort(index, kind="stable")
        step = max(1, _PIECE_BYTES // (4 * self.frames * self.dims))
        for start in range(0, len(order), step):
            piece = order[start : start + step]
            out[piece] = self.source.take(index[piece])[:, : self.frames]

    def _prepared(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        return np.ascontiguousarray(stored[:, : self.frames], dtype=np.float32)


def _checked(features: Any, name: str) -> FeatureSource:
    """Return the source of the features: a view where they are single vectors in memory."""
    if isinstance(features, np.ndarray):
        if fault := feature_fault(features.shape, features.dtype):
            raise DataError(f"{name}: features {fault}")
        return ArraySource(features[:, None] if features.ndim == 2 else features)
    if not hasattr(features, "shape"):
        raise DataError(
            f"{name}: features are a {type(features).__name__}; an array of shape "
            "(n, frames, dims) or (n, dims) is needed"
        )
    source: FeatureSource = features
    return source
