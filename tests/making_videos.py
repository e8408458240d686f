"""Small real video files, made with PyAV; a frame's brightness says which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 25
SOUND_RATE = 48000


def brightness(frame: int) -> int:
    """Return the grey level of frame number ``frame``, up to 75 of them."""
    return 20 + 3 * frame


def grey(frame: int, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Return frame number ``frame``: grey throughout."""
    return np.full((height, width, 3), brightness(frame), np.uint8)


def write_video(
    path: Path,
    images: Sequence[NDArray[np.uint8]],
    times: Sequence[float] | None = None,
    *,
    codec: str = "libx264",
    gop: int = 10,
    front: bool = True,
) -> None:
    """Write ``images`` as a video, at 25 frames a second or at ``times`` in seconds.

    ``front`` puts an mp4's index before the pictures, so that a cut file still opens.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if front and path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.gop_size = gop
        stream.bit_rate = 2_000_000
        stream.time_base = Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (i / RATE if times is None else times[i]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_count(path: Path, frames: int, **how: object) -> None:
    """Write a video whose frames are :func:`grey` one after the other."""
    write_video(path, [grey(i) for i in range(frames)], **how)  # type: ignore[arg-type]


def write_film(
    path: Path,
    frames: int,
    codec: str,
    *,
    b_frames: int = 0,
    sound: float = 0.0,
    sound_codec: str = "aac",
    start: float = 0.0,
    cover: bool = False,
    form: str | None = None,
    gop: int = 10,
) -> None:
    """Write :func:`grey` frames at 25 a second, with what makes the timing of real files hard.

    Parameters
    ----------
    path : Path
    frames : int
    codec : str
    b_frames : int
        Frames in a row that are stored in another order than shown.
    sound : float
        Seconds of silence beside the picture.
    sound_codec : str
    start : float
        When the first frame is shown, seconds.
    cover : bool
        Whether a still picture comes first, as in files of music shops.
    form : str, optional
        Container; by default what the name says.
    gop : int
        Frames from key frame to key frame, at most.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=form) as container:
        still = _add_cover(container) if cover else None
        stream = container.add_stream(codec, rate=RATE)
        stream.height, stream.width = 48, 64
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.gop_size, stream.bit_rate = gop, 2_000_000
        stream.codec_context.max_b_frames = b_frames
        voice = container.add_stream(sound_codec, rate=SOUND_RATE, layout="mono") if sound else None
        if still is not None:
            container.mux(
                still.encode(
                    av.VideoFrame.from_ndarray(grey(70), format="rgb24").reformat(format="yuvj420p")
                )
            )
            container.mux(still.encode(None))
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(grey(i), format="rgb24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.time_base, frame.pts = Fraction(1, RATE), round(start * RATE) + i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None:
            _add_silence(container, voice, sound)


def _add_cover(container: av.container.OutputContainer) -> av.VideoStream:
    still = container.add_stream("mjpeg", rate=1)
    still.height, still.width, still.pix_fmt = 48, 64, "yuvj420p"
    still.disposition = av.stream.Disposition.attached_pic
    return still


def _add_silence(
    container: av.container.OutputContainer, stream: av.AudioStream, seconds: float
) -> None:
    size, form = stream.codec_context.frame_size or 1024, stream.format.name
    kind = {"fltp": np.float32, "flt": np.float32, "s16": np.int16, "s16p": np.int16}[form]
    for start in range(0, round(seconds * SOUND_RATE), size):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, size), kind), format=form, layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def turn_clockwise(path: Path) -> None:
    """Say in an mp4's header that it is to be shown turned clockwise by a right angle."""
    blob = bytearray(path.read_bytes())
    matrix = blob.index(b"tkhd") + 4 + 40
    turned = [0, 1 << 16, 0, -(1 << 16) & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30]
    for i, value in enumerate(turned):
        blob[matrix + 4 * i : matrix + 4 * i + 4] = value.to_bytes(4, "big")
    path.write_bytes(blob)


def put_cover_first(path: Path) -> None:
    """Put the boxes that hold an mp4's cover before those of its tracks."""
    blob = path.read_bytes()
    start = blob.index(b"moov") - 4
    end, at = start + int.from_bytes(blob[start : start + 4], "big"), start + 8
    boxes: dict[bytes, list[bytes]] = {}
    while at < end:
        size = int.from_bytes(blob[at : at + 4], "big")
        boxes.setdefault(blob[at + 4 : at + 8], []).append(blob[at : at + size])
        at += size
    ordered = [
        *boxes.pop(b"mvhd"),
        *boxes.pop(b"udta"),
        *(b for part in boxes.values() for b in part),
    ]
    path.write_bytes(blob[: start + 8] + b"".join(ordered) + blob[end:])
