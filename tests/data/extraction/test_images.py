"""Images as videos of one frame: folders, lists of published protocols, damaged files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hashbench import load_dataset
from hashbench.cli.extraction import Forecast
from hashbench.data import read_card
from hashbench.data.extraction import Job, extract, list_clips, list_videos
from hashbench.data.extraction.decoding import UndecodableError
from hashbench.data.extraction.for_card import extract_parts, parts_of
from hashbench.data.extraction.images import read_image
from hashbench.data.extraction.shards import Shards
from hashbench.errors import DataError, UsageError
from hashbench.files.atomic import replacing
from hashbench.workspace import Silent

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


class MeanColour:
    """An extractor whose features can be told from the picture: the mean of each channel."""

    dims = 3
    identity = "mean-colour"

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        return image.mean(axis=(0, 1)).astype(np.float32)

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        return images.astype(np.float32)


def draw(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)


def test_modes_of_images_become_rgb(tmp_path: Path) -> None:
    Image.new("L", (3, 2), 70).save(tmp_path / "grey.png")
    palette = Image.new("P", (3, 2), 1)
    palette.putpalette([0, 0, 0, 9, 8, 7])
    palette.save(tmp_path / "few.png")
    for name, colour in {"grey.png": (70, 70, 70), "few.png": (9, 8, 7)}.items():
        found = read_image(tmp_path / name, lambda image: image)
        assert found.images.shape == (1, 2, 3, 3)
        assert (found.images == colour).all()


def test_sixteen_bits_of_grey_keep_their_range(tmp_path: Path) -> None:
    grey = np.array([[0, 257 * 70, 65535]], np.uint16)
    for name in ("grey.png", "grey.tif", "grey.ppm"):
        Image.fromarray(grey).save(tmp_path / name)
        found = read_image(tmp_path / name, lambda image: image).images
        assert found.dtype == np.uint8
        assert found[0, 0].tolist() == [[0, 0, 0], [70, 70, 70], [255, 255, 255]]
    for dtype in (np.float32, np.int32):
        Image.fromarray(np.full((2, 3), 0.5).astype(dtype)).save(tmp_path / "f.tif")
        with pytest.raises(UndecodableError, match=r"f\.tif: its values have no known range"):
            read_image(tmp_path / "f.tif", lambda image: image)


def test_photos_are_turned_as_the_camera_noted(tmp_path: Path) -> None:
    picture = Image.new("RGB", (6, 4), (0, 0, 0))
    picture.paste((255, 255, 255), (0, 0, 6, 1))
    exif = Image.Exif()
    exif[0x0112] = 6  # its top is at the right
    picture.save(tmp_path / "x.png", exif=exif)
    found = read_image(tmp_path / "x.png", lambda image: image).images
    assert found.shape == (1, 6, 4, 3)
    assert (found[0, :, 3] == 255).all()
    assert not found[0, :, :3].any()
    picture.save(tmp_path / "x.png", exif=b"Exif\0\0no such thing")
    assert read_image(tmp_path / "x.png", lambda image: image).images.shape == (1, 4, 6, 3)


def test_a_folder_of_images_becomes_a_set_of_single_vectors(tmp_path: Path) -> None:
    for i in range(6):
        draw(tmp_path / "images" / "red" / f"{i}.png", (200 + i, 0, 0))
        draw(tmp_path / "images" / "blue" / f"{i}.PNG", (0, 0, 200 + i))
    (tmp_path / "images" / "red" / "broken.png").write_bytes(b"no image at all")
    job = Job(list_clips(tmp_path / "images"), tmp_path / "out.h5", 1, "colours", "mean")
    report = extract(job, MeanColour())
    assert [reason.rpartition(": ")[2] for reason in report.failed.values()] == ["not an image"]
    found = load_dataset(report.card)
    assert found.query.frames == 1
    reds = found.query.labels.multi_hot[:, found.card.class_names.index("red")]
    np.testing.assert_array_equal(found.query.take(slice(None))[:, 0, 0] > 100, reds)


def test_images_beside_videos_are_no_videos(tmp_path: Path) -> None:
    draw(tmp_path / "a" / "thumbnail.jpg", (1, 2, 3))
    (tmp_path / "a" / "film.mp4").touch()
    assert [path.name for path in list_videos(tmp_path)] == ["film.mp4"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "not an image"), (b"\x89PNG\r\n\x1a\n", ""), (None, "no such file")],
)
def test_what_is_no_image_is_one_line(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UndecodableError, match=f"x.png: .*{reason}") as caught:
        read_image(path, lambda image: image)
    assert "\n" not in str(caught.value)


def test_a_cut_image_is_damaged(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "x.png")
    whole = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UndecodableError, match=r"x\.png: "):
        read_image(tmp_path / "x.png", lambda image: image)


LISTS = """
name = "few"
version = "1"
licence = "none"
citation = "none"
frames = 1
dims = 0
classes = 2
profile = "image"

[protocol]
train = "train"
query = "query"
database = "train"

[splits.train]
feats = "train.npy"
labels = "train.txt"

[splits.query]
feats = "test.npy"
labels = "test.txt"
"""


def write_lists(folder: Path) -> Path:
    """Write lists whose order is not that of the names, with the paths of another machine."""
    for i in range(4):
        draw(folder / "images" / f"{i}.png", (10 * i, 0, 0))
    (folder / "train.txt").write_text("/home/x/images/2.png 1 0\n/home/x/images/0.png 0 1\n")
    (folder / "test.txt").write_text("images/3.png 0 1\nimages/1.png 1 0\n")
    (folder / "card.toml").write_text(LISTS)
    return folder / "card.toml"


def test_features_come_in_the_order_of_the_lists(tmp_path: Path) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    out = tmp_path / "out"
    parts = parts_of(card, tmp_path / "in")
    paths = extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())
    assert [path.name for path in paths] == ["train.npy", "train.txt", "test.npy", "test.txt"]
    assert np.load(out / "train.npy")[:, 0].tolist() == [20, 0]
    assert np.load(out / "test.npy")[:, 0].tolist() == [30, 10]
    found = load_dataset(tmp_path / "in" / "card.toml", data_root=out)
    assert found.query.labels.multi_hot.tolist() == [[False, True], [True, False]]
    assert not [path for path in out.iterdir() if "partial" in path.name]
    with pytest.raises(UsageError, match=r"train.npy exists already"):
        extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())


def test_an_image_that_cannot_be_read_leaves_no_array(tmp_path: Path) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    (tmp_path / "in" / "images" / "0.png").write_bytes(b"nothing")
    parts = parts_of(card, tmp_path / "in")
    with pytest.raises(DataError, match=r"0.png: not an image: rows follow the list"):
        extract_parts(card, parts, tmp_path / "out", MeanColour(), "mean", progress=Silent())
    assert not (tmp_path / "out" / "train.npy").exists()


class Counting(MeanColour):
    """The same, which says how many images it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, images: NDArray[Any]) -> NDArray[np.float32]:
        self.seen += len(images)
        return super().__call__(images)


@pytest.mark.parametrize("bad", ["0", "1"])  # in the first part, in the second
def test_it_goes_on_where_an_image_was_mended(tmp_path: Path, bad: str) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    image = tmp_path / "in" / "images" / f"{bad}.png"
    out = tmp_path / "out"
    parts = parts_of(card, tmp_path / "in")
    for content in (b"nothing", b"nothing either"):
        image.write_bytes(content)
        with pytest.raises(DataError, match="mend the files and run again"):
            extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())
    draw(image, (77, 0, 0))
    second = Counting()
    extract_parts(card, parts, out, second, "mean", progress=Silent())
    assert second.seen == 1
    found = [*np.load(out / "train.npy")[:, 0], *np.load(out / "test.npy")[:, 0]]
    assert found == [{bad: 77}.get(name, 10 * int(name)) for name in "2031"]
    assert not list(out.glob("*.partial"))


def test_an_image_that_changed_after_it_was_seen_makes_another_job(tmp_path: Path) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    parts = parts_of(card, tmp_path / "in")
    (tmp_path / "in" / "images" / "1.png").write_bytes(b"nothing")
    for colour, error in ((0, DataError), (7, UsageError)):
        if colour:
            draw(tmp_path / "in" / "images" / "0.png", (colour, 255, 9))
        with pytest.raises(error, match=r"run again|half-done job with other"):
            extract_parts(card, parts, tmp_path / "out", MeanColour(), "mean", progress=Silent())


@pytest.mark.parametrize("at", range(4))
def test_it_goes_on_where_it_was_killed_while_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    parts, out = parts_of(card, tmp_path / "in"), tmp_path / "out"
    left = iter(range(at))

    def dying(path: Path) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return replacing(path)

    with monkeypatch.context() as patch:
        patch.setattr("hashbench.data.extraction.for_card.replacing", dying)
        with pytest.raises(KeyboardInterrupt):
            extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())
    second = Counting()
    extract_parts(card, parts, out, second, "mean", progress=Silent())
    assert second.seen == 0
    assert np.load(out / "test.npy")[:, 0].tolist() == [30, 10]
    assert (out / "test.txt").read_bytes() == (tmp_path / "in" / "test.txt").read_bytes()


def test_it_ends_where_it_was_killed_while_it_tidied_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = read_card(write_lists(tmp_path / "in"))
    parts, out = parts_of(card, tmp_path / "in"), tmp_path / "out"

    def dying(shards: Shards) -> None:
        next(shards.folder.glob("*.npz")).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Shards, "remove", dying)
        with pytest.raises(KeyboardInterrupt):
            extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())
    second = Counting()
    extract_parts(card, parts, out, second, "mean", progress=Silent())
    assert second.seen == 0
    assert not list(out.glob("*.partial"))


def test_labels_of_another_list_are_left_alone(tmp_path: Path) -> None:
    card = read_card(write_lists(tmp_path))
    parts = parts_of(card, tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "test.txt").write_text("images/3.png 1 0\n")
    with pytest.raises(UsageError, match=r"test\.txt exists already with other labels"):
        extract_parts(card, parts, out, MeanColour(), "mean", progress=Silent())
    assert (out / "test.txt").read_text() == "images/3.png 1 0\n"
    extract_parts(
        card, parts, tmp_path, MeanColour(), "mean", progress=Silent()
    )  # beside the lists
    assert np.load(tmp_path / "train.npy").shape == (2, 3)


def test_a_split_without_labels_has_no_images(tmp_path: Path) -> None:
    card = write_lists(tmp_path)
    card.write_text(LISTS.replace('labels = "train.txt"\n', ""))
    with pytest.raises(DataError, match=r"card\.toml: splits\.train names 1 feats and 0 labels"):
        parts_of(read_card(card), tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("test.txt", "images/9.png 0 1\n", "test.txt: names images/9.png, which is missing below"),
        ("test.txt", "../../etc/passwd 0 1\n", "which is missing below"),
        ("train.txt", "", "holds no line"),
    ],
)
def test_lists_that_name_what_is_not_there(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    card = read_card(write_lists(tmp_path))
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        parts_of(card, tmp_path)


def test_folders_of_classes_where_labels_are_an_array(tmp_path: Path) -> None:
    card = tmp_path / "in" / "card.toml"
    for part, each in (("train", 3), ("test", 2)):
        for number, name in enumerate(("zebra", "ant")):
            for i in range(each):
                draw(tmp_path / "in" / part / name / f"{i}.png", (100 * number + i, 0, 0))
    text = LISTS.replace("train.txt", "x_train_labels.npy").replace("test.txt", "x_test_labels.npy")
    text = text.replace("train.npy", "x_train.npy").replace("test.npy", "x_test.npy")
    card.write_text(
        text.replace('profile = "image"', 'profile = "image"\nclass_names = ["zebra", "ant"]')
    )
    out = tmp_path / "out"
    parts = parts_of(read_card(card), tmp_path / "in")
    extract_parts(read_card(card), parts, out, MeanColour(), "mean", progress=Silent())
    assert np.load(out / "x_train_labels.npy").tolist() == [1, 1, 1, 0, 0, 0]
    assert np.load(out / "x_train.npy")[:, 0].tolist() == [100, 101, 102, 0, 1, 2]
    draw(tmp_path / "in" / "test" / "bee" / "0.png", (1, 1, 1))
    with pytest.raises(DataError, match="subfolders are ant, bee, zebra; few has the classes"):
        parts_of(read_card(card), tmp_path / "in")


def test_from_the_shell(hashbench_command: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    write_lists(tmp_path / "in")
    given = ("data", "extract", tmp_path / "in", "--model", "hog-color", "--out", tmp_path / "out")
    (tmp_path / "a b").symlink_to(tmp_path / "in")
    done = hashbench_command(*given, "--for", tmp_path / "a b" / "card.toml")
    assert done.returncode == 0, done.stderr
    assert f"--dataset '{tmp_path / 'a b' / 'card.toml'}' --data-root" in done.stderr
    assert done.stdout.split()[0].endswith("train.npy")
    assert np.load(tmp_path / "out" / "test.npy").shape == (2, 1956)
    wrong = hashbench_command(*given, "--for", "coco", "--frames", "1")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "--frames is the card's own" in wrong.stderr
    wrong = hashbench_command(*given, "--for", "fcvid")
    assert "is no set of image files" in wrong.stderr


def test_how_long_it_will_take_is_said_once_where_it_is_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heard: list[tuple[str, float, float | None, dict[str, float | str]]] = []

    class Sink:
        def update(
            self, task: str, completed: float, total: float | None = None, **fields: float | str
        ) -> None:
            heard.append((task, completed, total, fields))

    sink = Forecast(Sink())
    sink.update("extract", 64, 12000, seconds_left=7500.0)
    sink.update("extract", 64, 70, seconds_left=0.5)
    sink.update("extract", 65, 12000, failed=1)
    assert capsys.readouterr().err == "about 2 h for the other 11,936, by the first 64\n"
    assert heard[-1] == ("extract", 65, 12000, {"failed": 1})


def test_the_time_that_is_left_is_that_of_a_batch(tmp_path: Path) -> None:
    for i in range(130):
        draw(tmp_path / "images" / "ab"[i % 2] / f"{i}.png", (i, 0, 0))
    told: list[float] = []

    class Sink:
        def update(
            self, task: str, completed: float, total: float | None = None, **fields: float | str
        ) -> None:
            if "seconds_left" in fields:
                told.append(float(fields["seconds_left"]))

    job = Job(list_clips(tmp_path / "images"), tmp_path / "out.h5", 1, "few", "mean")
    extract(job, MeanColour(), Sink())
    assert len(told) == 1
    assert told[0] > 0
