"""Whole extractions: what is written, what is skipped, and going on after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from making_videos import brightness, write_count
from numpy.typing import NDArray

from hashbench.data import load_dataset
from hashbench.data.extraction import Clip, Job, extract, list_clips
from hashbench.data.extraction.shards import Shards
from hashbench.data.loading import open_splits
from hashbench.errors import DataError, UsageError

PLUGIN = '''
import time
import numpy as np
import hashbench


class Mean:
    """Mean colour and its double, slowly enough to be killed."""

    dims = 6

    def __init__(self, weights, device):
        self.identity = f"mean:{weights}"

    def prepare(self, image):
        return image.mean(axis=(0, 1))

    def __call__(self, images):
        time.sleep(PAUSE)
        return np.concatenate([images, 2 * images], axis=1).astype(np.float32)


@hashbench.hookimpl
def hashbench_register_extractors():
    return [hashbench.ExtractorSpec(
        name="mean-colour", summary="mean colour", target="mean_colour:Mean", reference="none",
    )]
'''


class Mean:
    """The same extractor, in this process."""

    dims = 6
    identity = "mean"

    def __init__(self) -> None:
        self.seen = 0

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = image.mean(axis=(0, 1))
        return mean

    def __call__(self, images: NDArray[np.float64]) -> NDArray[np.float32]:
        self.seen += len(images)
        return np.concatenate([images, 2 * images], axis=1).astype(np.float32)


def videos(folder: Path, classes: int = 2, each: int = 6) -> Path:
    for label in range(classes):
        for i in range(each):
            write_count(folder / f"class{label}" / f"{i}.mp4", 20 + 3 * i + label)
    return folder


def test_features_card_and_report(tmp_path: Path) -> None:
    folder = videos(tmp_path / "videos")
    (folder / "class0" / "broken.mp4").write_text("no video")
    write_count(folder / "class1" / "short.mp4", 2)
    clips = list_clips(folder)
    out = tmp_path / "out" / "mine.h5"
    report = extract(Job(clips, out, 4, "mine", "mean"), Mean())
    assert list(report.failed) == [str(folder / "class0" / "broken.mp4")]
    assert report.repeated == {str(folder / "class1" / "short.mp4"): 2}
    written = json.loads(out.with_suffix(".report.json").read_text())
    assert written["videos"] == 13
    assert written["failed"] == report.failed
    assert not list(tmp_path.rglob("*.partial*"))
    dataset = load_dataset(report.card, cache=tmp_path / "cache")
    assert dataset.card.class_names == ("class0", "class1")
    assert not dataset.self_retrieval
    assert dataset.labelled_train is not dataset.query
    assert len(dataset.database) == len(dataset.train) == 10
    assert len(dataset.train) + len(dataset.query) == 13
    with h5py.File(out) as file:
        for name, split in [("database", dataset.database), ("query", dataset.query)]:
            paths = [path.decode() for path in file[name]["paths"]]
            listed = [str(clip.path) for clip in clips if clip.split == name]
            assert paths == [path for path in listed if path not in report.failed]
            for row, path in enumerate(paths):
                assert split.labels.ids[row] == int("class1" in path)
                n = 2 if "short" in path else 20 + 3 * int(Path(path).stem) + ("class1" in path)
                frames = [int(n * (i + 0.5) / 4) for i in range(4)]
                np.testing.assert_allclose(
                    split.take(slice(row, row + 1))[0, :, 0],
                    [brightness(frame) for frame in frames],
                    atol=2,
                )


def test_validation_videos_are_kept_and_play_no_part(tmp_path: Path) -> None:
    for split in ["train", "test", "validation"]:
        videos(tmp_path / "videos" / split, each=2)
    clips = list_clips(tmp_path / "videos")
    report = extract(Job(clips, tmp_path / "a.h5", 4, "a", "mean"), Mean())
    card, splits, failures = open_splits(report.card)
    assert {name: len(split) for name, split in splits.items()} == {"train": 4, "test": 4, "val": 4}
    assert not failures
    assert card.roles == {"train": "train", "query": "test", "database": "test"}
    assert card.class_names == ("class0", "class1")
    assert len(load_dataset(report.card, cache=tmp_path / "cache").train) == 4


def test_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = list_clips(videos(tmp_path / "videos"))
    job = Job(clips, tmp_path / "a.h5", 4, "a", "mean")
    monkeypatch.setattr("hashbench.data.extraction.extracting._BATCH_FRAMES", 8)
    monkeypatch.setattr("hashbench.data.extraction.shards._VIDEOS", 2)

    class Dies(Mean):
        def __call__(self, images: NDArray[np.float64]) -> NDArray[np.float32]:
            if self.seen >= 24:
                raise KeyboardInterrupt
            return super().__call__(images)

    with pytest.raises(KeyboardInterrupt):
        extract(job, Dies())
    assert not (tmp_path / "a.h5").exists()
    damaged = tmp_path / "a.h5.partial" / "99999999.npz"
    damaged.write_bytes(b"half a file")
    second = Mean()
    report = extract(job, second)
    assert report.resumed == 6
    assert second.seen == 24
    whole = extract(Job(clips, tmp_path / "b.h5", 4, "b", "mean"), Mean())
    with h5py.File(tmp_path / "a.h5") as a, h5py.File(tmp_path / "b.h5") as b:
        for split in ["database", "query"]:
            for key in ["feats", "labels", "paths"]:
                np.testing.assert_array_equal(a[split][key][()], b[split][key][()])
    assert load_dataset(report.card).sha256 == load_dataset(whole.card).sha256


def test_another_job_in_the_way(tmp_path: Path) -> None:
    clips = list_clips(videos(tmp_path / "videos", each=3))
    job = Job(clips, tmp_path / "a.h5", 4, "a", "mean")

    class Dies(Mean):
        def __call__(self, images: NDArray[np.float64]) -> NDArray[np.float32]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(job, Dies())
    with pytest.raises(UsageError, match="half-done job with other videos, frames or weights"):
        extract(Job(clips, tmp_path / "a.h5", 5, "a", "mean"), Mean())
    extract(job, Mean())
    with pytest.raises(UsageError, match=r"a\.h5 exists already"):
        extract(job, Mean())


def test_a_split_without_a_sound_video(tmp_path: Path) -> None:
    write_count(tmp_path / "good.mp4", 10)
    clips = [
        Clip(tmp_path / "good.mp4", ("a",), "train"),
        Clip(tmp_path / "missing.mp4", ("a",), "test"),
    ]
    with pytest.raises(DataError, match=r"split 'test' is empty.*missing\.mp4: No such file"):
        extract(Job(clips, tmp_path / "a.h5", 4, "a", "mean"), Mean())


def test_killed_on_the_command_line(tmp_path: Path, python: str) -> None:
    folder = videos(tmp_path / "videos", each=4)
    (folder / "class0" / "broken.mp4").write_text("no video")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "mean_colour.py").write_text(PLUGIN.replace("PAUSE", "0.5"))
    out = tmp_path / "mine.h5"
    command = [
        *(python, "-m", "hashbench", "--plugins-dir", str(plugins)),
        *("data", "extract", str(folder), "--out", str(out)),
        *("--model", "mean-colour", "--frames", "64"),  # a batch a video
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + 60
        while not (tmp_path / "mine.h5.partial" / "job.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        first.send_signal(signal.SIGKILL)
    assert not out.exists()
    (plugins / "mean_colour.py").write_text(PLUGIN.replace("PAUSE", "0"))
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert second.stdout.strip() == str(out.with_suffix(".toml"))
    assert "skipped" in second.stderr
    assert "broken.mp4" in second.stderr
    assert "8 videos of 9 extracted" in second.stderr
    assert load_dataset(out.with_suffix(".toml")).train.shape[1:] == (64, 6)


def test_a_damaged_file_of_features_is_removed_with_a_line(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "a.h5.partial")
    shards.begin("one job")
    shards.add(0, np.full((2, 3), 7, np.float32), 2)
    shards.flush()
    (path,) = shards.folder.glob("*.npz")
    content = path.read_bytes()
    path.write_bytes(content.replace(np.full(6, 7, np.float32).tobytes(), bytes(24)))
    assert shards.done() == {0}
    with pytest.raises(DataError, match=r"00000000\.npz: damaged.*removed: run again") as caught:
        list(shards.read())
    assert "\n" not in str(caught.value)
    assert shards.done() == set()
