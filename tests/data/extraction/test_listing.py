"""Lists of videos from folders and CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashbench.data.extraction import list_clips
from hashbench.errors import DataError, UsageError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_subfolder_is_a_class(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{c}/{i}.mp4" for c in ["run", "jump"] for i in range(6)), "run/notes.txt")
    clips = list_clips(tmp_path)
    assert len(clips) == 12
    for name in ["run", "jump"]:
        splits = [clip.split for clip in clips if clip.labels == (name,)]
        assert sorted(splits) == ["database"] * 4 + ["query"] * 2
    assert list_clips(tmp_path) == clips
    halves = [clip.split for clip in list_clips(tmp_path, 0.5)]
    assert halves.count("query") == 6


def test_splits_as_folders(tmp_path: Path) -> None:
    touch(tmp_path, "train/run/a.MP4", "train/jump/b.mkv", "test/run/fast/c.webm")
    found = {(clip.path.name, clip.labels, clip.split) for clip in list_clips(tmp_path)}
    assert found == {
        ("a.MP4", ("run",), "train"),
        ("b.mkv", ("jump",), "train"),
        ("c.webm", ("run/fast",), "test"),
    }


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        (("train", "test", "val"), ["test", "train", "val"]),
        (("train", "test", "validation"), ["test", "train", "val"]),
        (("Train", "TEST", "Validation"), ["test", "train", "val"]),
        (("train", "query", "Database"), ["database", "query", "train"]),
    ],
)
def test_names_of_splits(tmp_path: Path, folders: tuple[str, ...], splits: list[str]) -> None:
    touch(tmp_path, *(f"{f}/{c}/{i}.mp4" for f in folders for c in "ab" for i in range(3)))
    clips = list_clips(tmp_path)
    assert sorted({clip.split for clip in clips}) == splits
    assert {clip.labels for clip in clips} == {("a",), ("b",)}
    assert len(clips) == 18
    table = [f"{c.path},{c.labels[0]},{c.path.parts[-3]}" for c in clips]
    (tmp_path / "list.csv").write_text("\n".join(["path,label,split", *table]))
    assert list_clips(tmp_path / "list.csv") == clips


@pytest.mark.parametrize(
    "left",
    [".ipynb_checkpoints/a/0.mp4", "__MACOSX/train/a/0.mp4", "train/a/._0.mp4",
     "train/.ipynb_checkpoints/0.mp4", "train/__MACOSX/a/0.mp4", ".hidden.mp4",
     "notes/readme.txt"],
)  # fmt: skip
def test_what_systems_leave_behind_is_no_video(tmp_path: Path, left: str) -> None:
    touch(tmp_path, "train/a/0.mp4", "test/a/0.mp4", left)
    assert [(clip.labels, clip.split) for clip in list_clips(tmp_path)] == [
        (("a",), "test"),
        (("a",), "train"),
    ]


@pytest.mark.parametrize(
    "other", ["unused/a/0.mp4", "holdout/0.mp4", "stray.mp4", "train2/a/0.mp4"]
)
def test_anything_else_beside_splits_is_an_error_that_names_it(tmp_path: Path, other: str) -> None:
    touch(tmp_path, "train/a/0.mp4", "test/a/0.mp4", other)
    with pytest.raises(DataError, match=f"'{other.split('/')[0]}' lies beside test, train"):
        list_clips(tmp_path)


def test_one_split_in_two_folders(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{f}/a/0.mp4" for f in ("train", "test", "val", "validation")))
    with pytest.raises(DataError, match="val and validation are one split"):
        list_clips(tmp_path)


def test_classes_too_small_to_draw_from(tmp_path: Path) -> None:
    touch(tmp_path, "a/0.mp4", "b/0.mp4")
    with pytest.raises(DataError, match="too small to draw queries from"):
        list_clips(tmp_path)


def test_csv(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "path,label,split\nv/a.mp4,run; jump,test\nb.mp4,,train\n/c.mp4,run,query\n"
        "d.mp4,run,database\n"
    )
    clips = list_clips(file)
    assert [clip.labels for clip in clips] == [("run", "jump"), (), ("run",), ("run",)]
    assert [clip.split for clip in clips] == ["test", "train", "query", "database"]
    assert clips[0].path == tmp_path / "v" / "a.mp4"
    assert clips[2].path == Path("/c.mp4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\n", "lacks the column 'path'; the header is file, label"),
        ("path\na.mp4\n", "lacks the column 'label'"),
        ("path,label\n", "no video or image found"),
        ("path,label,split\na.mp4,run,dev\n", "line 2: split 'dev'; one of database, query"),
        ("path,label\n,run\n", "line 2: names no path"),
        ("path,label,split\na.mp4,,test\n", "line 2: a.mp4 has no label"),
        ("path,label,split\na.mp4,run,train\nb.mp4,run,\n", "some have none"),
        ("path,label,split\na.mp4,run,train\n", "splits found: train; train and test, or"),
    ],
)
def test_wrong_csv(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        list_clips(tmp_path / "list.csv")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_headers_as_spreadsheets_write_them(tmp_path: Path, separator: str) -> None:
    lines = ["\ufeffPath, Label ,SPLIT", "a.mp4,run,train", "b.mp4,run,test"]
    file = tmp_path / "list.csv"
    file.write_text("\n".join(lines).replace(",", separator), encoding="utf-8")
    found = [(clip.path.name, clip.labels, clip.split) for clip in list_clips(file)]
    assert found == [("a.mp4", ("run",), "train"), ("b.mp4", ("run",), "test")]


def test_wrong_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder or CSV"):
        list_clips(tmp_path / "none")
    with pytest.raises(DataError, match="no video or image found"):
        list_clips(tmp_path)
    with pytest.raises(UsageError, match="between 0 and 1"):
        list_clips(tmp_path, 1.5)
    touch(tmp_path, "a.mp4")
    with pytest.raises(DataError, match=r"a\.mp4: lies in no subfolder"):
        list_clips(tmp_path)
