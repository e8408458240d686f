"""The feature file, and what its card says, from the finished videos of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
from numpy.typing import NDArray

from hashbench.data.cards import Card, Split
from hashbench.data.converting import CHUNK_BYTES
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.listing import Clip
from hashbench.data.extraction.shards import Shards
from hashbench.errors import DataError
from hashbench.files.atomic import replacing

if TYPE_CHECKING:
    from hashbench.data.extraction.job import Job


def assemble(
    job: Job, extractor: Extractor, shards: Shards, failed: dict[str, str]
) -> tuple[Card, dict[str, int]]:
    """Write the feature file; return its card, and the short videos with their frame counts."""
    done = shards.done()
    places, splits = _places(job, done, failed)
    classes = sorted({label for clip in job.clips for label in clip.labels})
    repeated: dict[str, int] = {}
    with replacing(job.out) as temporary, h5py.File(temporary, "w") as file:
        for name, rows in splits.items():
            _prepare(file.create_group(name), job, rows, extractor.dims, classes)
        for row, features, distinct in shards.read():
            split, place = places[row]
            file[f"{split}/feats"][place] = features
            if distinct < job.frames:
                repeated[str(job.clips[row].path)] = distinct
    return _card(job, extractor, splits, classes), dict(sorted(repeated.items()))


def _places(
    job: Job, done: set[int], failed: dict[str, str]
) -> tuple[dict[int, tuple[str, int]], dict[str, list[int]]]:
    """Return split and place of each finished row, and the rows of each split in order."""
    splits: dict[str, list[int]] = {clip.split: [] for clip in job.clips}
    places = {}
    for row in sorted(done):
        rows = splits[job.clips[row].split]
        places[row] = job.clips[row].split, len(rows)
        rows.append(row)
    for split, rows in splits.items():
        if not rows:
            first = next(iter(failed.values()), "none was listed")
            raise DataError(f"split {split!r} is empty: no video of it decodes ({first})")
    return places, splits


def _prepare(group: h5py.Group, job: Job, rows: list[int], dims: int, classes: list[str]) -> None:
    chunk = min(len(rows), max(1, CHUNK_BYTES // (4 * job.frames * dims)))
    shape = (len(rows), job.frames, dims)
    group.create_dataset("feats", shape, np.float32, chunks=(chunk, *shape[1:]))
    clips = [job.clips[row] for row in rows]
    if any(clip.labels for clip in clips):
        group["labels"] = _multi_hot(clips, classes)
    group["paths"] = [str(clip.path) for clip in clips]


def _multi_hot(clips: list[Clip], classes: list[str]) -> NDArray[np.uint8]:
    hot = np.zeros((len(clips), len(classes)), np.uint8)
    for row, clip in enumerate(clips):
        hot[row, [classes.index(label) for label in clip.labels]] = 1
    return hot


def _card(job: Job, extractor: Extractor, splits: dict[str, list[int]], classes: list[str]) -> Card:
    labelled = {name: any(job.clips[row].labels for row in rows) for name, rows in splits.items()}
    return Card(
        name=job.name,
        version="1",
        licence="not stated",
        citation="not stated",
        summary=f"extracted by hashbench with {job.model}",
        source=extractor.identity,
        extractor=job.model,
        extractor_identity=extractor.identity,
        frames=job.frames,
        stored_frames=job.frames,
        folder=job.name,
        dims=extractor.dims,
        classes=len(classes),
        class_names=tuple(classes),
        profile="strict",
        query="query" if "query" in splits else "test",
        database="database" if "database" in splits else "test",
        train="train" if "train" in splits else "database",
        splits={
            name: Split(
                videos=len(rows),
                feats=(job.out.name,),
                feats_key=f"{name}/feats",
                labels=(job.out.name,) if labelled[name] else (),
                labels_key=f"{name}/labels",
            )
            for name, rows in splits.items()
        },
    )
