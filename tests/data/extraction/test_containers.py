"""Frames of every container and codec, against a decoding of the whole video."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from making_videos import brightness, put_cover_first, write_film, write_video
from numpy.typing import NDArray

from hashbench.data.extraction.asf import stated_length
from hashbench.data.extraction.decoding import UndecodableError, sample_frames

FRAMES = 53

CODECS = {
    "mp4": ["libx264", "libx265", "mpeg4", "libvpx-vp9"],
    "mov": ["libx264", "mpeg4"],
    "3gp": ["mpeg4"],
    "mkv": ["libx264", "libx265", "mpeg4", "mpeg2video", "libvpx"],
    "webm": ["libvpx", "libvpx-vp9"],
    "avi": ["libx264", "mpeg4", "mpeg2video", "mjpeg"],
    "mpg": ["mpeg1video", "mpeg2video"],
    "ts": ["libx264", "mpeg2video"],
    "flv": ["flv", "libx264"],
    "wmv": ["wmv2"],
    "h264": ["libx264"],
}
"""What is written in which container."""

B_FRAMES = {"libx264", "libx265", "mpeg4", "mpeg1video", "mpeg2video"}
"""Codecs that store frames in another order than shown."""

SOUND = {"webm": "libopus", "mpg": "mp2", "avi": "mp2", "wmv": "mp2", "flv": "aac"}
SILENT = {"h264"}
FROM_ZERO = {"avi", "mpg", "wmv", "h264"}
"""Containers that our writer does not let begin later."""


def number(image: NDArray[np.uint8]) -> int:
    """Return the number of a frame, told by its brightness."""
    return round((float(image.mean()) - brightness(0)) / 3)


def decoded(path: Path) -> list[int]:
    """Return the numbers of all frames of the moving picture, as they are shown."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [number(frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)]


def check(path: Path, **how: Any) -> None:
    """Write a video and compare what is sampled with a decoding of the whole."""
    write_film(path, FRAMES, **how)
    frames = decoded(path)
    assert frames == list(range(FRAMES))
    for count in 1, 7, 24:
        sampled = sample_frames(path, count, lambda image: np.array(number(image)))
        wanted = [frames[int(FRAMES * (i + 0.5) / count)] for i in range(count)]
        assert sampled.images.tolist() == wanted, count
        assert sampled.distinct == count


def rows() -> list[Any]:
    """Return name, codec, frames out of order, seconds of sound and beginning of each film."""
    made = []
    for ending, codecs in CODECS.items():
        for codec, b_frames, sound, start in itertools.product(
            codecs, (0, 2), (0.0, 1.2, 2.7, 4.0), (0.0, 5.0)
        ):
            if b_frames and codec not in B_FRAMES:
                continue
            if (sound and ending in SILENT) or (start and ending in FROM_ZERO):
                continue
            if start and sound:  # sound from 0 and picture from 5: a gap, not a late beginning
                continue
            name = f"{codec}-{b_frames}-{sound}-{start}.{ending}"
            made.append(pytest.param(name, codec, b_frames, sound, start, id=name))
    return made


QUICK = {
    "libx264-2-2.7-0.0.mp4",
    "libx264-2-0.0-5.0.mp4",
    "libx264-0-2.7-0.0.mkv",
    "libx264-2-4.0-0.0.mkv",
    "libx264-2-0.0-5.0.mkv",
    "libvpx-0-2.7-0.0.webm",
    "libvpx-0-0.0-5.0.webm",
    "libx264-2-0.0-0.0.avi",
    "mpeg4-2-2.7-0.0.avi",
    "mpeg1video-0-0.0-0.0.mpg",
    "mpeg2video-2-2.7-0.0.mpg",
    "libx264-2-2.7-0.0.ts",
    "flv-0-2.7-0.0.flv",
    "libx264-2-2.7-0.0.flv",
    "wmv2-0-0.0-0.0.wmv",
    "libx264-2-0.0-0.0.h264",
}


def _run(tmp_path: Path, name: str, codec: str, b_frames: int, sound: float, start: float) -> None:
    ending = name.rpartition(".")[2]
    form = {"h264": "h264", "wmv": "asf"}.get(ending)
    check(
        tmp_path / name,
        codec=codec,
        b_frames=b_frames,
        sound=sound,
        sound_codec=SOUND.get(ending, "aac"),
        start=start,
        form=form,
    )


@pytest.mark.parametrize(
    ("name", "codec", "b_frames", "sound", "start"), [row for row in rows() if row.id in QUICK]
)
def test_containers_that_were_wrong(
    tmp_path: Path, name: str, codec: str, b_frames: int, sound: float, start: float
) -> None:
    _run(tmp_path, name, codec, b_frames, sound, start)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "b_frames", "sound", "start"), [row for row in rows() if row.id not in QUICK]
)
def test_every_container_and_codec(
    tmp_path: Path, name: str, codec: str, b_frames: int, sound: float, start: float
) -> None:
    _run(tmp_path, name, codec, b_frames, sound, start)


def test_the_quick_rows_are_rows() -> None:
    assert {row.id for row in rows()} >= QUICK


def test_a_cover_is_no_moving_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_film(path, FRAMES, "libx264", cover=True, b_frames=2)
    put_cover_first(path)
    with av.open(str(path)) as container:
        assert [s.codec_context.name for s in container.streams.video] == ["mjpeg", "h264"]
    sampled = sample_frames(path, 7, lambda image: np.array(number(image)))
    assert sampled.images.tolist() == [3, 11, 18, 26, 34, 41, 49]


def test_a_cover_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_film(path, 0, "libx264", cover=True, sound=1.0)
    with pytest.raises(UndecodableError, match=r"a\.mp4: has a cover only"):
        sample_frames(path, 7, np.asarray)


def test_a_picture_that_begins_after_the_sound(tmp_path: Path) -> None:
    check(tmp_path / "a.mkv", codec="libx264", start=2.0, sound=1.0)


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_frames_stay_as_long_as_they_are_shown(tmp_path: Path, ending: str) -> None:
    times = [*(i / 10 for i in range(10)), 1.0, 4.0, 6.9]
    images = [np.full((48, 64, 3), brightness(i), np.uint8) for i in range(len(times))]
    write_video(tmp_path / f"a.{ending}", images, times)
    shown = sample_frames(tmp_path / f"a.{ending}", 6, lambda image: np.array(number(image)))
    # Middles of six spans of 7 seconds, and nothing within a tenth of a second of a change.
    assert shown.images.tolist() == [5, 10, 10, 11, 11, 11]


CUT = [
    ("avi", "mpeg4", "mp2"),
    ("avi", "libx264", "mp2"),
    ("wmv", "wmv2", "mp2"),
    ("flv", "libx264", "aac"),
    ("mkv", "libx264", "aac"),
    ("mp4", "libx264", "aac"),
]
"""Containers that say how long they are, with codec and sound."""


@pytest.mark.parametrize("sound", [0.0, 1.2, 2.7])
@pytest.mark.parametrize("share", [0.3, 0.5])
@pytest.mark.parametrize(("ending", "codec", "voice"), CUT)
def test_a_video_that_is_cut_is_skipped(
    tmp_path: Path, ending: str, codec: str, voice: str, share: float, sound: float
) -> None:
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    form = "asf" if ending == "wmv" else None
    write_film(whole, FRAMES, codec, sound=sound, sound_codec=voice, form=form)
    assert len(sample_frames(whole, 7, lambda image: np.array(number(image))).images) == 7
    content = whole.read_bytes()
    cut.write_bytes(content[: round(share * len(content))])
    with pytest.raises(UndecodableError) as caught:
        sample_frames(cut, 7, np.asarray)
    if ending in ("wmv", "flv") or (ending == "avi" and sound):
        assert re.search(r"cut\.\w+: breaks off at \d\.\d of [23]\.\d seconds$", str(caught.value))


@pytest.mark.parametrize(("ending", "codec"), [("ts", "libx264"), ("mpg", "mpeg2video")])
def test_a_cut_stream_that_states_no_length_is_a_shorter_video(
    tmp_path: Path, ending: str, codec: str
) -> None:
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    write_film(whole, FRAMES, codec)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    there = decoded(cut)
    assert 0 < len(there) < FRAMES
    sampled = sample_frames(cut, 7, lambda image: np.array(number(image))).images.tolist()
    wanted = [there[int(len(there) * (i + 0.5) / 7)] for i in range(7)]
    assert np.abs(np.subtract(sampled, wanted)).max() <= 1


def test_a_live_recording_in_asf_states_no_length(tmp_path: Path) -> None:
    path = tmp_path / "a.wmv"
    write_film(path, FRAMES, "wmv2", form="asf")
    assert stated_length(path) == pytest.approx(FRAMES / 25)
    content = bytearray(path.read_bytes())
    flags = content.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")) + 88
    content[flags] |= 1
    path.write_bytes(content)
    assert stated_length(path) == 0
    path.write_bytes(content[:40])
    assert stated_length(path) == 0


def test_a_picture_of_an_unknown_codec_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    write_film(path, 5, "mpeg4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZZ"))
    with pytest.raises(UndecodableError, match=r"a\.avi: has a picture of an unknown codec"):
        sample_frames(path, 7, np.asarray)
