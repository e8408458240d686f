"""Equally spaced frames of a video, by seeking where times are known, else by decoding all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.extraction.timing import (
    Timing,
    has_presentation_times,
    measure_all,
    measure_tail,
    missing,
    said_duration,
    start_of,
)
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


class _UnseekableError(Exception):
    """A container in which ffmpeg finds no place to go on from."""


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
        sampled = _sampled_by_time(path, count, prepare)
        return _sampled_in_order(path, count, prepare) if sampled is None else sampled
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UndecodableError(f"{path}: {reason}") from error
    except UndecodableError as error:
        raise UndecodableError(f"{path}: {error}") from error.__cause__


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video, and its first stream of moving pictures: a cover is none."""
    import av
    from av.stream import Disposition

    with av.open(str(path), metadata_errors="ignore") as container:
        pictures = container.streams.video
        moving = [s for s in pictures if not s.disposition & Disposition.attached_pic]
        if not moving:
            raise UndecodableError("has no picture" if not pictures else "has a cover only")
        # Where the file names no codec, or one that is not there, PyAV has no context.
        if getattr(moving[0], "codec_context", None) is None:
            raise UndecodableError("has a picture of an unknown codec")
        moving[0].codec_context.thread_count = 1  # videos are decoded side by side already
        yield container, moving[0]


def _sampled_by_time(
    path: Path, count: int, prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]
) -> Sampled | None:
    """Sample by seeking; None where times are not known, or there is no seeking."""
    with _opened(path) as (container, stream):
        if not has_presentation_times(container):
            return None
        timing = measure_tail(container, stream)
    if timing is None:  # no length is stated, or nothing lies where it would end
        with _opened(path) as (container, stream):
            timing = measure_all(container, stream)
    if timing is None:
        raise UndecodableError("holds no frame")
    with _opened(path) as (container, stream):
        start = start_of(stream)
        _check_whole(container, stream, timing, start, count)
        try:
            return _at_times(_Cursor(container, stream), start, timing.end - start, count, prepare)
        except _UnseekableError:
            return None


def _at_times(
    cursor: _Cursor,
    start: float,
    duration: float,
    count: int,
    prepare: Callable[[NDArray[np.uint8]], NDArray[Any]],
) -> Sampled:
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


def _sampled_in_order(
    path: Path, count: int, prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]
) -> Sampled:
    """Sample by decoding everything: frames come in the order in which they are shown.

    The i-th frame is given the i-th time that the packets name. Where frames and packets differ
    in number, as with two fields of a frame in two packets, frames are spread evenly.
    """
    with _opened(path) as (container, stream):
        timing = measure_all(container, stream)
        if timing is None:
            raise UndecodableError("holds no frame")
        times = timing.times
        _check_whole(container, stream, timing, float(times[0]), count)
    start, duration = float(times[0]), timing.end - float(times[0])
    middles = start + duration * (np.arange(count) + 0.5) / count
    rows = (np.searchsorted(times, middles, side="right") - 1).tolist()
    images, decoded = _decoded(path, set(rows), prepare)
    if decoded != len(times):
        rows = [int((i + 0.5) / count * decoded) for i in range(count)]
        images, _ = _decoded(path, set(rows), prepare)
    return Sampled(np.stack([images[row] for row in rows]), len(images))


def _decoded(
    path: Path, rows: set[int], prepare: Callable[[NDArray[np.uint8]], NDArray[Any]]
) -> tuple[dict[int, NDArray[Any]], int]:
    """Return some frames by their number, and how many frames there are."""
    images: dict[int, NDArray[Any]] = {}
    decoded = 0
    with _opened(path) as (container, stream):
        for row, frame in enumerate(container.decode(stream)):
            decoded = row + 1
            if row in rows:
                images[row] = prepare(_upright(frame))
    if not decoded:
        raise UndecodableError("holds no frame")
    return images, decoded


def _check_whole(
    container: InputContainer, stream: VideoStream, timing: Timing, start: float, count: int
) -> None:
    said = said_duration(container, stream)
    if missing(container, stream, timing) > max(_SHORT_S, said / count):
        raise UndecodableError(f"breaks off at {timing.end - start:.1f} of {said:.1f} seconds")


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

    def _worth_seeking(self, time: float) -> bool:
        ahead = self._next or self._shown
        position = _time(ahead) if ahead is not None else start_of(self.stream)
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
        import av.error

        try:
            self.container.seek(timestamp, stream=self.stream, backward=True)
        except av.error.FFmpegError as error:
            raise _UnseekableError from error
        self._frames = self.container.decode(self.stream)
        self._shown = self._next = None
        self.ended = False


def _time(frame: VideoFrame) -> float:
    return frame.time if frame.time is not None else 0.0


def _end(frame: VideoFrame) -> float:
    return _time(frame) + float((frame.duration or 0) * (frame.time_base or 0))


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    image = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return np.rot90(image, round(frame.rotation / 90))  # both count anticlockwise
