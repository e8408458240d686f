"""Equally spaced frames of real video files, sound and damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making_videos import brightness, grey, turn_clockwise, write_count, write_video
from numpy.typing import NDArray

from hashbench.data.extraction import decoding
from hashbench.data.extraction.decoding import UndecodableError, sample_frames


def shown(path: Path, count: int) -> tuple[list[int], int]:
    """Return the numbers of the frames sampled, told by their brightness, and how many differ."""

    def mean(image: NDArray[np.uint8]) -> NDArray[np.float64]:
        return np.array(image.mean())

    sampled = sample_frames(path, count, mean)
    assert sampled.images.shape == (count,)
    return [round((level - brightness(0)) / 3) for level in sampled.images], sampled.distinct


def expected(frames: int, count: int) -> list[int]:
    """Return the frames on show in the middle of ``count`` equal spans."""
    return [int(frames * (i + 0.5) / count) for i in range(count)]


@pytest.mark.parametrize("gop", [1, 10, 250])
@pytest.mark.parametrize("count", [1, 4, 24, 75])
def test_frames_in_the_middle_of_equal_spans(tmp_path: Path, gop: int, count: int) -> None:
    write_count(tmp_path / "a.mp4", 75, gop=gop)
    assert shown(tmp_path / "a.mp4", count) == (expected(75, count), count)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.ts", "libx264")]
)
def test_other_containers(tmp_path: Path, name: str, codec: str) -> None:
    write_count(tmp_path / name, 60, codec=codec)
    frames, distinct = shown(tmp_path / name, 6)
    assert distinct == 6
    # A transport stream begins and ends at times of its own: within a frame or two.
    assert np.abs(np.subtract(frames, expected(60, 6))).max() <= (2 if name == "a.ts" else 1)


def test_seeks_instead_of_decoding_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_count(tmp_path / "a.mp4", 75, gop=5)
    decoded = []
    original = decoding._time
    monkeypatch.setattr(decoding, "_time", lambda f: decoded.append(f.pts) or original(f))
    assert shown(tmp_path / "a.mp4", 3)[0] == expected(75, 3)
    assert len(set(decoded)) < 30


def test_variable_frame_rate(tmp_path: Path) -> None:
    # Ten frames in the first second, then two that each stand for about three seconds.
    times = [*(i / 10 for i in range(10)), 1.0, 4.0, 6.9]
    write_video(tmp_path / "a.mp4", [grey(i) for i in range(13)], times)
    frames, distinct = shown(tmp_path / "a.mp4", 20)
    # How long the last frame stays is for the container to say: a tenth of a second at most.
    for end in [6.9, 7.0]:
        wanted = end * (np.arange(20) + 0.5) / 20
        off = np.array(frames) - (np.searchsorted(times, wanted, side="right") - 1)
        assert np.abs(off).max() <= 1
        assert np.count_nonzero(off) <= 2
    assert distinct == len(set(frames)) < 20


def test_rotated(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :32] = 255  # bright on the left: turned clockwise, bright on top
    write_video(tmp_path / "a.mp4", [image] * 10)
    turn_clockwise(tmp_path / "a.mp4")
    upright = sample_frames(tmp_path / "a.mp4", 2, np.asarray).images
    assert upright.shape == (2, 64, 48, 3)
    assert upright[:, :30].mean() > 200
    assert upright[:, 34:].mean() < 50


def test_short_videos_show_frames_again(tmp_path: Path) -> None:
    write_count(tmp_path / "one.mp4", 1)
    assert shown(tmp_path / "one.mp4", 24) == ([0] * 24, 1)
    write_count(tmp_path / "five.mp4", 5)
    assert shown(tmp_path / "five.mp4", 10) == ([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], 5)


@pytest.mark.parametrize("front", [True, False])
def test_truncated(tmp_path: Path, front: bool) -> None:
    path = tmp_path / "a.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3)).astype(np.uint8)
    write_video(path, list(noise), front=front)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UndecodableError, match=r"a\.mp4: \S.*$"):
        shown(path, 24)


def test_breaks_off_in_a_container_that_forgives(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3)).astype(np.uint8)
    write_video(path, list(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UndecodableError, match=r"breaks off at [12]\.\d of 4\.0 seconds"):
        shown(path, 24)


def test_no_video(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("this is a letter, not a video")
    with pytest.raises(UndecodableError, match=r"a\.mp4: "):
        shown(tmp_path / "a.mp4", 4)
    (tmp_path / "b.mp4").write_bytes(b"")
    with pytest.raises(UndecodableError, match=r"b\.mp4: "):
        shown(tmp_path / "b.mp4", 4)
    with pytest.raises(UndecodableError, match=r"none\.mp4: No such file"):
        shown(tmp_path / "none.mp4", 4)


def test_sound_without_picture(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(UndecodableError, match="has no picture"):
        shown(tmp_path / "a.mp4", 4)
