"""Features of raw images in the files that a card names, in the order that it asks for.

The card of an image set names an array for each published part, and for its labels a list file or
an array. From a list file the images are taken line by line. Where labels are an array, the images
of the part lie in a folder of its name with a subfolder a class.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashbench.data.cards import Card
from hashbench.data.extraction.extracting import see_all
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.images import is_image
from hashbench.data.extraction.job import Job
from hashbench.data.extraction.listing import Clip
from hashbench.data.extraction.shards import Shards
from hashbench.data.listfiles import SUFFIX, read_list
from hashbench.errors import DataError, UsageError
from hashbench.files.arrays import new_npy
from hashbench.files.atomic import replacing, sweep
from hashbench.files.locks import lock
from hashbench.workspace import Progress


@dataclass(frozen=True, slots=True)
class Part:
    """One array of a card, and what it is made of.

    Parameters
    ----------
    feats, labels : str
        Names of the files.
    clips : tuple of Clip
        The images in order.
    list_file : Path, optional
        The list that they come from; None where folders are classes.
    """

    feats: str
    labels: str
    clips: tuple[Clip, ...]
    list_file: Path | None


def parts_of(card: Card, images: Path) -> list[Part]:
    """Find the images of every array that a card names.

    Parameters
    ----------
    card : Card
        Of an image set.
    images : Path
        Folder of the lists, or of the parts.

    Raises
    ------
    UsageError
        If the card is of no image set, or there is no such folder.
    DataError
        If a split names no labels, a list or a folder is missing, or it holds other classes than
        the card.
    """
    if card.frames != 1 or not all(split.feats for split in card.splits.values()):
        raise UsageError(f"--for {card.name}: is no set of image files; leave --for out")
    for name, split in card.splits.items():
        if len(split.labels) != len(split.feats):
            raise DataError(
                f"{card.path}: splits.{name} names {len(split.feats)} feats and "
                f"{len(split.labels)} labels; --for finds the images by labels, one for each feats"
            )
    if not images.is_dir():
        raise UsageError(f"{images}: no such folder")
    pairs = {
        feats: labels
        for split in card.splits.values()
        for feats, labels in zip(split.feats, split.labels, strict=True)
    }
    return [_part(card, images, feats, labels) for feats, labels in pairs.items()]


def _part(card: Card, images: Path, feats: str, labels: str) -> Part:
    if labels.endswith(SUFFIX):
        listed = images / labels
        clips = tuple(Clip(_found(images, name, listed), (), "database") for name in _names(listed))
        return Part(feats, labels, clips, listed)
    folder = images / Path(feats).stem.rpartition("_")[2]
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; {card.name} takes the images of a part from it")
    found = sorted(path for path in folder.rglob("*") if is_image(path) and path.is_file())
    clips = tuple(Clip(path, (path.relative_to(folder).parts[0],), "database") for path in found)
    classes = sorted({clip.labels[0] for clip in clips})
    if classes != sorted(card.class_names):
        raise DataError(
            f"{folder}: its subfolders are {', '.join(classes) or 'none'}; {card.name} has the "
            f"classes {', '.join(card.class_names)}"
        )
    return Part(feats, labels, clips, None)


def _names(listed: Path) -> tuple[str, ...]:
    return read_list(listed).paths


def _found(images: Path, name: str, listed: Path) -> Path:
    """Return where a listed image lies; of its published path, the end that is here counts."""
    parts = Path(name).parts
    first = 1 if Path(name).is_absolute() else 0
    for start in range(first, len(parts)):
        path = images.joinpath(*parts[start:])
        if path.is_file() and ".." not in parts:
            return path
    raise DataError(f"{listed}: names {name}, which is missing below {images}")


def extract_parts(
    card: Card,
    parts: list[Part],
    out: Path,
    extractor: Extractor,
    model: str,
    *,
    workers: int = 2,
    progress: Progress,
) -> list[Path]:
    """Write the arrays of features and labels of all parts into a folder; return their paths.

    All parts are one job, and nothing is written before all images are through the network. A
    killed run goes on where it stopped, and so does one whose images were mended. Every image must
    be read, as rows stand for lines.

    Raises
    ------
    UsageError
        If another process is writing there, or other features or labels are.
    DataError
        If an image cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    with lock(out / f".{card.name}.lock", wait=False) as held:
        if not held:
            raise UsageError(f"{out}: another process is extracting to it")
        clips = [clip for part in parts for clip in part.clips]
        job = Job(clips, out / card.name, 1, card.name, model, workers)
        shards = Shards(out / f"{card.name}.partial")
        files = [file for part in parts for file in (out / part.feats, out / part.labels)]
        signature = job.signature(extractor, shards.failed())
        # Killed while it tidied up: what it kept may be gone, and all files are there.
        if not (shards.are_of(signature) and all(file.exists() for file in files)):
            if not shards.are_of(signature):
                _check_free(card, parts, out)
            shards.begin(signature)
            _see(job, extractor, shards, progress)
            _write(card, parts, out, shards, extractor.dims)
        shards.remove()
        return files


def _check_free(card: Card, parts: list[Part], out: Path) -> None:
    """Refuse files that are there, but for labels that are the very same."""
    for part in parts:
        features, labels = out / part.feats, out / part.labels
        if features.exists():
            raise UsageError(f"{features} exists already; name another --out, or remove it")
        same = labels.is_file() and labels.read_bytes() == _labels(card, part)
        if labels.exists() and not same:
            raise UsageError(
                f"{labels} exists already with other labels; name another --out, or remove it"
            )


def _see(job: Job, extractor: Extractor, shards: Shards, progress: Progress) -> None:
    failed = see_all(job, extractor, shards, shards.done(), progress)
    if failed:
        rows = {row for row, clip in enumerate(job.clips) if str(clip.path) in failed}
        shards.keep_failed(rows, job.signature(extractor, rows))
        more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
        raise DataError(
            f"{next(iter(failed.values()))}{more}: rows follow the list, so that none can be left "
            "out; mend the files and run again"
        )


def _write(card: Card, parts: list[Part], out: Path, shards: Shards, dims: int) -> None:
    begin = 0
    for part in parts:
        end = begin + len(part.clips)
        for path in (out / part.feats, out / part.labels):
            sweep(path)
        with replacing(out / part.feats) as temporary:
            array = new_npy(temporary, (len(part.clips), dims))
            for row, features, _ in shards.read():
                if begin <= row < end:
                    array[row - begin] = features[0]
            array.flush()
            del array
        with replacing(out / part.labels) as temporary:
            temporary.write_bytes(_labels(card, part))
        begin = end


def _labels(card: Card, part: Part) -> bytes:
    """Return what the file of a part's labels holds."""
    if part.list_file is not None:
        return part.list_file.read_bytes()
    ids = [card.class_names.index(clip.labels[0]) for clip in part.clips]
    file = io.BytesIO()
    np.save(file, np.array(ids, np.int64))
    return file.getvalue()
