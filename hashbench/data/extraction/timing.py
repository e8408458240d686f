"""Begin and end of a video's pictures, measured on its packets, without decoding them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.extraction.asf import stated_length

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_PRESENTED = frozenset({"asf", "flv", "matroska", "mov", "mpegts", "ogg"})
"""Containers that hold when each frame is shown, not only the order in which it is stored."""

_FROM_ZERO = frozenset({"flv", "matroska"})
"""Containers whose duration counts from 0, however late the first picture comes."""

_OWN_LENGTH = frozenset({"avi", "mov"})
"""Containers that state the length of each stream; for others ffmpeg repeats that of the file."""

_INDEXED = frozenset({"flv", "matroska", "mov"})
"""Containers that go back to a key frame of the picture, so that their tail is all that counts."""

_TAIL_S = 2.0
"""How long before the end to look at packets: a frame may be stored before one shown earlier."""

_RATE = 25.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What the packets of a video say, in seconds.

    Parameters
    ----------
    times : ndarray of float, shape (n,)
        When each frame that was met is shown, or else is decoded, ascending.
    end : float
        When the last picture ends.
    reached : float
        When the last packet of any stream ends, sound included.
    """

    times: NDArray[np.float64]
    end: float
    reached: float


def has_presentation_times(container: InputContainer) -> bool:
    """Say whether the times of frames can be relied upon.

    AVI has none, and MPEG program streams and raw streams have few: ffmpeg fills in what it
    guesses, which is frames off where frames are stored in another order than shown.
    """
    return _kind(container) in _PRESENTED


def _kind(container: InputContainer) -> str:
    return container.format.name.split(",")[0]


def start_of(stream: VideoStream) -> float:
    """Return when the first picture is shown, as the container says."""
    return float((stream.start_time or 0) * (stream.time_base or 1))


def measure_tail(container: InputContainer, stream: VideoStream) -> Timing | None:
    """Look at the packets of the last seconds; None where there is no way to them."""
    import av.error

    said = said_duration(container, stream)
    if not said or _kind(container) not in _INDEXED:
        return None
    at = int((start_of(stream) + max(0.0, said - _TAIL_S)) / float(stream.time_base or 1))
    try:
        container.seek(at, stream=stream, backward=True)
        return _measured(container.demux(), stream, presented=True)
    except av.error.FFmpegError:
        return None


def measure_all(container: InputContainer, stream: VideoStream) -> Timing | None:
    """Look at all packets of a container just opened; None where there is no picture."""
    return _measured(container.demux(), stream, presented=has_presentation_times(container))


def said_duration(container: InputContainer, stream: VideoStream) -> float:
    """Return the length in seconds that the container claims, 0 for none.

    MPEG streams and raw streams claim none: ffmpeg tells what is there, be it cut or not.
    """
    if _kind(container) == "avi" and stream.frames:
        # The duration of a cut file is only as much of it as there are bytes.
        return float(stream.frames * (stream.time_base or 1))
    if _kind(container) == "asf" and not container.duration:
        return stated_length(Path(container.name))
    if stream.duration and _kind(container) in _OWN_LENGTH:
        return float(stream.duration * (stream.time_base or 1))
    return (container.duration or 0) / 1e6


def missing(container: InputContainer, stream: VideoStream, timing: Timing) -> float:
    """Return how many seconds of what the container claims are not there.

    The length of the picture itself is compared with its end. The length of the whole file is
    compared with the end of the longest stream: sound may go on after the picture.
    """
    said = said_duration(container, stream)
    if _kind(container) in _OWN_LENGTH:
        return said - (timing.end - start_of(stream))
    begin = 0.0 if _kind(container) in _FROM_ZERO else (container.start_time or 0) / 1e6
    return said - (timing.reached - begin)


def _measured(
    packets: Iterable[Packet[Any]], stream: VideoStream, *, presented: bool
) -> Timing | None:
    stamps: dict[str, list[float | None]] = {"pts": [], "dts": []}
    lasts: list[float] = []
    reached = 0.0
    for packet in packets:
        tick = float(packet.time_base or 0)
        if packet.pts is not None:
            reached = max(reached, (packet.pts + (packet.duration or 0)) * tick)
        if packet.stream_index == stream.index and packet.size:
            stamps["pts"].append(None if packet.pts is None else packet.pts * tick)
            stamps["dts"].append(None if packet.dts is None else packet.dts * tick)
            lasts.append((packet.duration or 0) * tick)
    if not lasts:
        return None
    if presented and any(time is not None for time in stamps["pts"]):
        # Behind a seek, the first packets may have no time: those that have one decide.
        series = "pts"
    else:
        series = next((name for name in ("dts", "pts") if _distinct(stamps[name])), "")
    if series:
        known = [(t, last) for t, last in zip(stamps[series], lasts, strict=True) if t is not None]
        times = np.array(sorted(time for time, _ in known))
        last = max(known)[1]
    else:
        times, last = np.arange(len(lasts)) / float(stream.average_rate or _RATE), 0.0
    end = float(times[-1]) + (last or _gap(times, stream))
    return Timing(times, end, max(reached, end))


def _distinct(times: list[float | None]) -> bool:
    """Say whether all times are known and no two are one."""
    return None not in times and len(set(times)) == len(times)


def _gap(times: NDArray[np.float64], stream: VideoStream) -> float:
    """Return how long a frame usually stays, where no packet says it."""
    if stream.average_rate:
        return 1 / float(stream.average_rate)
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0
