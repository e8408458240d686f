"""Which videos there are, of which class, in which split."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashbench.errors import DataError, UsageError

SUFFIXES = frozenset(
    ".3gp .avi .flv .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv".split()  # noqa: SIM905
)
"""What a folder is searched for; a CSV may name any file."""

_SPLITS = {"train", "test", "query", "database"}
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
        ``"train"``, ``"test"``, ``"query"`` or ``"database"``.
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
        in them; or a CSV file with the columns ``path``, ``label`` (several parted by ``;``) and,
        if wanted, ``split``.
    test_share : float
        Share of each class that becomes the test split where no split is given.

    Raises
    ------
    UsageError
        If there is no such folder or file, or ``test_share`` is not between 0 and 1.
    DataError
        If it holds no video, or a line of the CSV cannot be used.
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
        raise DataError(f"{videos}: no video found; a subfolder a class, or a CSV, is needed")
    if not all(clip.split for clip in clips):
        clips = _split(clips, test_share)
    _check_roles(videos, clips)
    return clips


def _from_folder(folder: Path) -> list[Clip]:
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    tops = {path.relative_to(folder).parts[0] for path in found}
    has_splits = bool(tops) and tops <= _SPLITS
    clips = []
    for path in found:
        parts = path.relative_to(folder).parts
        split = parts[0] if has_splits else ""
        classes = parts[has_splits:-1]
        if not classes:
            raise DataError(f"{path}: lies in no subfolder, and so has no class")
        clips.append(Clip(path, ("/".join(classes),), split))
    return clips


def _from_csv(file: Path) -> list[Clip]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = {"path", "label"} - set(reader.fieldnames or ())
            if missing:
                raise DataError(f"{file}: lacks the column {sorted(missing)[0]!r}")
            return [_from_line(file, reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: not a readable CSV ({error})") from error


def _from_line(file: Path, number: int, line: dict[str, str]) -> Clip:
    labels = tuple(dict.fromkeys(x.strip() for x in (line["label"] or "").split(";") if x.strip()))
    split = (line.get("split") or "").strip()
    if not line["path"]:
        raise DataError(f"{file}, line {number}: names no path")
    if split and split not in _SPLITS:
        raise DataError(f"{file}, line {number}: split {split!r}; one of {_listed()} is needed")
    if not labels and split != "train":
        raise DataError(f"{file}, line {number}: {line['path']} has no label")
    # A path in the list is relative to the list.
    return Clip(file.parent / line["path"], labels, split)


def _split(clips: Sequence[Clip], test_share: float) -> list[Clip]:
    """Draw a test split from each class; the same clips always give the same split."""
    if any(clip.split for clip in clips):
        raise DataError(f"{clips[0].path}: some videos have a split and some have none")
    random = np.random.RandomState(_SEED)
    splits = ["train"] * len(clips)
    for name in sorted({clip.labels for clip in clips}):
        rows = [row for row, clip in enumerate(clips) if clip.labels == name]
        for row in random.permutation(rows)[: round(len(rows) * test_share)]:
            splits[row] = "test"
    return [Clip(c.path, c.labels, split) for c, split in zip(clips, splits, strict=True)]


def _check_roles(videos: Path, clips: Sequence[Clip]) -> None:
    there = {clip.split for clip in clips}
    if "train" not in there or not ("test" in there or {"query", "database"} <= there):
        raise DataError(
            f"{videos}: splits found: {', '.join(sorted(there))}; "
            "train and test, or train, query and database, are needed"
        )


def _listed() -> str:
    return ", ".join(sorted(_SPLITS))
