"""Lists of videos with their classes and splits, from a folder or a CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashbench.data.extraction.images import IMAGE_SUFFIXES, is_image
from hashbench.errors import DataError, UsageError
from hashbench.names import few

SUFFIXES = frozenset(
    ".3gp .avi .flv .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv".split()  # noqa: SIM905
)
"""What a folder is searched for; a CSV may name any file."""

_SPLITS = {
    "train": "train",
    "test": "test",
    "query": "query",
    "database": "database",
    "val": "val",
    "validation": "val",
}
"""What folders and lists call a split, in small letters, and its name."""

_SEED = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """One video file.

    Parameters
    ----------
    path : Path
        Where it lies.
    labels : tuple of str
        Its classes.
    split : str
        ``"train"``, ``"test"``, ``"query"``, ``"database"`` or ``"val"``.
    """

    path: Path
    labels: tuple[str, ...]
    split: str


def list_clips(videos: Path, test_share: float = 1 / 3) -> list[Clip]:
    """List the videos of a folder or a CSV file, in an order that does not change.

    Parameters
    ----------
    videos : Path
        A folder whose subfolders are the classes, or are ``train`` and ``test`` with the classes
        in them, of videos or, where there is none, of images. Or a CSV file with the columns
        ``path``, ``label`` (several parted by ``;``) and, if wanted, ``split``. Names of splits
        are read in any case, and ``validation`` as ``val``.
        Hidden files and folders, and ``__MACOSX``, are left out.
    test_share : float
        Share of each class that becomes the queries where no split is given. The others become
        the database, which is trained on as well.

    Raises
    ------
    UsageError
        If there is no such folder or file, or ``test_share`` is not between 0 and 1.
    DataError
        If it holds no video, a folder beside those of the splits is none, or a line of the CSV
        cannot be used.
    """
    if not 0 < test_share < 1:
        raise UsageError(f"--test-share must lie between 0 and 1, not {test_share}")
    if videos.is_dir():
        clips = _from_folder(videos)
    elif videos.is_file():
        clips = _from_csv(videos)
    else:
        raise UsageError(f"{videos}: no such folder or CSV file")
    for clip in clips:
        if any("\ud800" <= c <= "\udfff" for c in f"{clip.path}{''.join(clip.labels)}"):
            raise DataError(f"{str(clip.path)!a}: a name that is not UTF-8; rename the file")
    if not clips:
        raise DataError(
            f"{videos}: no video or image found; a subfolder a class, or a CSV, is needed"
        )
    if not any(clip.split for clip in clips):
        return _split(videos, clips, test_share)
    _check_roles(videos, clips)
    return clips


def are_images(videos: Path, clips: Sequence[Clip]) -> bool:
    """Whether clips are images rather than videos, by their names.

    Raises
    ------
    DataError
        If some are and some are not.
    """
    images = [is_image(clip.path) for clip in clips]
    if any(images) and not all(images):
        one, other = clips[images.index(True)].path.name, clips[images.index(False)].path.name
        raise DataError(
            f"{videos}: {one} is an image and {other} a video; images have one frame and make a "
            "set of their own"
        )
    return all(images)


def list_videos(videos: Path) -> list[Path]:
    """List videos whose classes do not matter, in an order that does not change.

    Parameters
    ----------
    videos : Path
        A folder, with or without subfolders; a CSV file with the column ``path``; or one video.

    Raises
    ------
    UsageError
        If there is no such folder or file.
    DataError
        If it holds no video, or a line of the CSV names none.
    """
    if videos.is_dir():
        found = _files(videos)
    elif videos.is_file() and videos.suffix.lower() == ".csv":
        lines = _csv_lines(videos, {"path"})
        found = [videos.parent / _path(videos, number, line) for number, line in lines]
    elif videos.is_file():
        found = [videos]
    else:
        raise UsageError(f"{videos}: no such folder, CSV or video")
    if not found:
        raise DataError(f"{videos}: no video or image found")
    return found


def _from_folder(folder: Path) -> list[Clip]:
    found = _files(folder)
    named = _split_folders(folder, {path.relative_to(folder).parts[0] for path in found})
    clips = []
    for path in found:
        parts = path.relative_to(folder).parts
        classes = parts[bool(named) : -1]
        if not classes:
            raise DataError(f"{path}: lies in no subfolder, and so has no class")
        clips.append(Clip(path, ("/".join(classes),), named.get(parts[0], "")))
    return clips


def _files(folder: Path) -> list[Path]:
    """Return the videos below a folder, or its images where it has no video.

    Images beside videos are thumbnails and the like.
    """
    seen = [path for path in folder.rglob("*") if not _is_left_behind(path.relative_to(folder))]
    for wanted in (SUFFIXES, IMAGE_SUFFIXES):
        found = sorted(p for p in seen if p.suffix.lower() in wanted and p.is_file())
        if found:
            return found
    return []


def _is_left_behind(path: Path) -> bool:
    """Say whether a name is one that systems and tools leave behind."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _split_folders(folder: Path, tops: set[str]) -> dict[str, str]:
    """Return the split of each folder; none where the folders are classes.

    Raises
    ------
    DataError
        If some are splits and some are not, or two are the same split.
    """
    named = {top: _SPLITS[top.lower()] for top in sorted(tops) if top.lower() in _SPLITS}
    others = sorted(tops - named.keys())
    if named and others:
        raise DataError(
            f"{folder}: {others[0]!r} lies beside {', '.join(named)} and is no split; "
            f"move it away, or name the videos in a CSV ({_listed()} are splits)"
        )
    for split in set(named.values()):
        same = [top for top, name in named.items() if name == split]
        if len(same) > 1:
            raise DataError(f"{folder}: {' and '.join(same)} are one split; one folder is needed")
    return named


def _from_csv(file: Path) -> list[Clip]:
    lines = _csv_lines(file, {"path", "label"})
    return [_from_line(file, number, line) for number, line in lines]


def _csv_lines(file: Path, needed: set[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the lines of a CSV, each with its number, by the names of the columns."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, delimiter=_separator(lines.readline()))
            lines.seek(0)
            header = list(reader.fieldnames or ())
            reader.fieldnames = [name.strip().lower() for name in header]
            missing = sorted(needed - set(reader.fieldnames))
            if missing:
                raise DataError(
                    f"{file}: lacks the column {missing[0]!r}; the header is {few(header)}"
                )
            return [(reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: not a readable CSV ({error})") from error


def _path(file: Path, number: int, line: dict[str, str]) -> str:
    if not line["path"]:
        raise DataError(f"{file}, line {number}: names no path")
    return line["path"]


def _separator(header: str) -> str:
    """Return what parts the columns of a CSV: the one of three that its header has most of."""
    return max(",;\t", key=header.count)


def _from_line(file: Path, number: int, line: dict[str, str]) -> Clip:
    labels = tuple(dict.fromkeys(x.strip() for x in (line["label"] or "").split(";") if x.strip()))
    given = (line.get("split") or "").strip()
    split = _SPLITS.get(given.lower(), given)
    path = _path(file, number, line)
    if split and split not in _SPLITS.values():
        raise DataError(f"{file}, line {number}: split {split!r}; one of {_listed()} is needed")
    if not labels and split not in ("train", "val"):
        raise DataError(f"{file}, line {number}: {path} has no label")
    # A path in the list is relative to the list.
    return Clip(file.parent / path, labels, split)


def _split(videos: Path, clips: Sequence[Clip], test_share: float) -> list[Clip]:
    """Draw queries from each class; the same clips always give the same ones."""
    random = np.random.RandomState(_SEED)
    splits = ["database"] * len(clips)
    for name in sorted({clip.labels for clip in clips}):
        rows = [row for row, clip in enumerate(clips) if clip.labels == name]
        for row in random.permutation(rows)[: round(len(rows) * test_share)]:
            splits[row] = "query"
    if len(set(splits)) == 1:
        raise DataError(
            f"{videos}: classes of {len(clips)} videos are too small to draw queries from; "
            "name splits, or choose another --test-share"
        )
    return [Clip(c.path, c.labels, split) for c, split in zip(clips, splits, strict=True)]


def _check_roles(videos: Path, clips: Sequence[Clip]) -> None:
    bare = next((clip for clip in clips if not clip.split), None)
    if bare is not None:
        raise DataError(f"{bare.path}: some videos have a split and some have none")
    there = {clip.split for clip in clips}
    if "train" not in there or not ("test" in there or {"query", "database"} <= there):
        raise DataError(
            f"{videos}: splits found: {', '.join(sorted(there))}; "
            "train and test, or train, query and database, are needed"
        )


def _listed() -> str:
    return ", ".join(sorted(_SPLITS))
