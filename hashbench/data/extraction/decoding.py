"""Equally spaced frames of a video, by seeking."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

_SEEK_GAP_S = 2.0
"""Without an index of key frames, decoding on is cheaper than seeking over a shorter gap."""

_BACK_S = (0.0, 1.0, 10.0)
"""How far before the time wanted to seek, in turn, where the key frame found comes after it."""

_SHORT_S = 0.5
"""A video may end this much before its container says it does."""


class UndecodableError(DataError):
    """A file that is no video, or is damaged."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Frames of one video.

    Parameters
    ----------
    images : ndarray, shape (count, ...)
        The prepared frames.
    distinct : int
        How many different frames these are: fewer than ``count`` for a short video.
    """

    images: NDArray[Any]
    distinct: int


def sample_frames(
    path: Path, count: int, prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]
) -> Sampled:
    """Return the frames on show in the middle of ``count`` equal spans of a video.

    Times, not frame numbers, decide, so that a variable frame rate does no harm. Frames are
    turned upright as the container says.

    Parameters
    ----------
    path : Path
        The video.
    count : int
        Frames wanted; a video with fewer shows some again.
    prepare : callable
        Brings an image (height, width, 3), RGB uint8, to a fixed shape.

    Raises
    ------
    UsageError
        If PyAV is not installed.
    UndecodableError
        If the file is missing, is no video, or breaks off.
    """
    try:
        import av
        import av.error
    except ImportError as error:
        raise UsageError(
            "decoding videos needs the extra: pip install 'hashbench[video]'"
        ) from error
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            return _sampled(container, count, prepare)
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UndecodableError(f"{path}: {reason}") from error
    except UndecodableError as error:
        raise UndecodableError(f"{path}: {error}") from error.__cause__


def _sampled(
    container: InputContainer,
    count: int,
    prepare: Callable[[NDArray[np.uint8]], NDArray[Any]],
) -> Sampled:
    if not container.streams.video:
        raise UndecodableError("has no picture")
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1  # videos are decoded side by side already
    cursor = _Cursor(container, stream)
    start, duration = _span(container, stream, cursor)
    images: list[NDArray[Any]] = []
    shown: list[float] = []
    for i in range(count):
        time = start + duration * (i + 0.5) / count
        frame = cursor.at(time)
        if cursor.ended and time - _end(frame) > max(_SHORT_S, duration / count):
            raise UndecodableError(
                f"breaks off at {_time(frame) - start:.1f} of {duration:.1f} seconds"
            )
        if shown and _time(frame) == shown[-1]:
            images.append(images[-1])
        else:
            images.append(prepare(_upright(frame)))
            shown.append(_time(frame))
    return Sampled(np.stack(images), len(shown))


class _Cursor:
    """A place in a video from which one goes forward, or jumps to a key frame."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.container = container
        self.stream = stream
        self.ended = False
        self._tick = float(stream.time_base or 1)
        self._keys = sorted(
            entry.timestamp * self._tick for entry in stream.index_entries if entry.is_keyframe
        )
        self._frames: Iterator[VideoFrame] = container.decode(stream)
        self._shown: VideoFrame | None = None
        self._next: VideoFrame | None = None

    def at(self, time: float) -> VideoFrame:
        """Return the frame on show at ``time``; the first one if the video begins later."""
        if self._worth_seeking(time):
            self._seek(time)
        while True:
            if self._next is None and not self.ended:
                self._next = next(self._frames, None)
                self.ended = self._next is None
            if self._next is None or (self._shown is not None and _time(self._next) > time):
                break
            self._shown, self._next = self._next, None
        if self._shown is None:
            raise UndecodableError("holds no frame")
        return self._shown

    def rewind(self) -> None:
        """Go back to the beginning."""
        self._restart(0)

    def times(self) -> Iterator[float]:
        """Yield the times of all frames from here on."""
        return (_time(frame) for frame in self._frames)

    def _worth_seeking(self, time: float) -> bool:
        ahead = self._next or self._shown
        position = _time(ahead) if ahead is not None else _start(self.stream)
        if self._keys:
            before = bisect_right(self._keys, time)
            return before > 0 and self._keys[before - 1] > position
        return time - position > _SEEK_GAP_S

    def _seek(self, time: float) -> None:
        for back in _BACK_S:
            self._restart(int(max(0.0, time - back) / self._tick))
            self._next = next(self._frames, None)
            if self._next is not None and _time(self._next) <= time:
                return
        self.rewind()

    def _restart(self, timestamp: int) -> None:
        self.container.seek(timestamp, stream=self.stream, backward=True)
        self._frames = self.container.decode(self.stream)
        self._shown = self._next = None
        self.ended = False


def _span(container: InputContainer, stream: VideoStream, cursor: _Cursor) -> tuple[float, float]:
    """Return beginning and length in seconds.

    What the container says is too little where the last frames come long after the ones they
    are stored behind, so the end of the stream is looked at, without decoding it. A container
    that says nothing is read through.
    """
    start, tick = _start(stream), float(stream.time_base or 1)
    said = stream.duration * tick if stream.duration else (container.duration or 0) / 1e6
    if said:
        container.seek(int((start + said) / tick), stream=stream, backward=True)
        ends = [(p.pts + (p.duration or 0)) * tick for p in container.demux(stream) if p.pts]
        cursor.rewind()
        return start, max([said, *(end - start for end in ends)])
    times = sorted(cursor.times())
    if not times:
        raise UndecodableError("holds no frame")
    cursor.rewind()
    gap = (times[-1] - times[0]) / max(1, len(times) - 1)
    return times[0], times[-1] - times[0] + gap


def _start(stream: VideoStream) -> float:
    return float((stream.start_time or 0) * (stream.time_base or 1))


def _time(frame: VideoFrame) -> float:
    return frame.time if frame.time is not None else 0.0


def _end(frame: VideoFrame) -> float:
    return _time(frame) + float((frame.duration or 0) * (frame.time_base or 0))


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    image = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return np.rot90(image, round(frame.rotation / 90))  # both count anticlockwise
