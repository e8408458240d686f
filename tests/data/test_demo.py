"""The folder of small videos: real files, in classes that mean frames confuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
import av

from hashbench.data.demo import CLASSES, VIDEOS, write_demo
from hashbench.data.loading import frame_images, load_dataset
from hashbench.errors import UsageError


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "videos"
    write_demo(out)
    return out


def test_files_are_videos_of_two_seconds(demo: Path) -> None:
    paths = sorted(demo.rglob("*.*"))
    assert len(paths) == CLASSES * VIDEOS
    assert {path.suffix for path in paths} == {".mp4"}
    with av.open(str(paths[7])) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        seconds = float(container.duration or 0) / 1e6
    assert len(frames) == 24
    assert frames[0].shape == (128, 128, 3)
    assert seconds == pytest.approx(2, abs=0.1)


def test_a_video_shows_the_digits_of_its_class(demo: Path) -> None:
    """Against the frames of digit-stories, drawn again and enlarged by hand."""
    dataset = load_dataset("digit-stories")
    folder = sorted(demo.iterdir())[0]
    one = dataset.card.class_names.index(folder.name)
    row = np.flatnonzero(dataset.labelled_train.labels.ids == one)[:1]
    drawn = frame_images("digit-stories", "train", row)
    assert drawn is not None
    with av.open(str(folder / "00.mp4")) as container:
        shown = np.stack([f.to_ndarray(format="gray") for f in container.decode(video=0)])
    wanted = np.kron(drawn[0], np.ones((1, 16, 16)))
    # The codec loses a little at the edges of the enlarged pixels.
    assert np.abs(shown - wanted).mean() < 8


def test_three_classes_are_others_in_another_order(demo: Path) -> None:
    digits = [sorted(c for c in folder.name if c.isdigit()) for folder in demo.iterdir()]
    assert len(digits) == CLASSES
    assert all(digits.count(one) >= 2 for one in digits)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(UsageError, match="there is something already; name a new folder"):
        write_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
