"""Small real video files, made with PyAV; a frame's brightness says which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 25


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


def turn_clockwise(path: Path) -> None:
    """Say in an mp4's header that it is to be shown turned clockwise by a right angle."""
    blob = bytearray(path.read_bytes())
    matrix = blob.index(b"tkhd") + 4 + 40
    turned = [0, 1 << 16, 0, -(1 << 16) & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30]
    for i, value in enumerate(turned):
        blob[matrix + 4 * i : matrix + 4 * i + 4] = value.to_bytes(4, "big")
    path.write_bytes(blob)
