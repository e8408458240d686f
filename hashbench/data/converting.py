"""Sets written anew: one HDF5 file per split, laid out for streaming, and a card with a digest."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hashbench.data.cards import Card, Split
from hashbench.data.cardwriter import write_card
from hashbench.data.hdf5 import H5Source
from hashbench.data.streaming import ahead
from hashbench.data.verifying import content_sha256, look
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.files.atomic import check_room, replacing, sweep
from hashbench.files.hdf5 import array_of, reading
from hashbench.files.locks import lock
from hashbench.workspace import Progress, Silent

CHUNK_BYTES = 1 << 20
"""A chunk holds whole videos of about this size together: one read of the disk."""

_BLOCK_BYTES = 1 << 25


def convert(
    card: Card,
    splits: dict[str, Videos],
    folder: Path,
    dtype: str = "float32",
    progress: Progress | None = None,
) -> Path:
    """Write all splits of a set into ``folder`` and return the path of the new card.

    The frames that the card uses are written, chunked in whole videos and not compressed, and
    each label file as ``.npy``. Names of videos are kept. The card comes last: a folder that has
    it is whole. Called again after a kill, it keeps the splits that were finished.

    Parameters
    ----------
    card, splits
        As :func:`hashbench.data.loading.open_splits` returns them.
    folder : Path
        Made where it is missing.
    dtype : str
        ``"float32"`` or ``"float16"``.
    progress : Progress, optional
        Told the videos written.

    Raises
    ------
    DataError
        If a value is NaN, infinite, or too large for float16.
    UsageError
        If another process is converting to the folder, or it holds a file of such a name that no
        earlier call made, or that the set is read from.
    """
    with lock(folder / ".lock", wait=False) as held:
        if not held:
            raise UsageError(f"{folder}: another process is converting to it")
        return _converted(card, splits, folder, dtype, progress or Silent())


def _converted(
    card: Card, splits: dict[str, Videos], folder: Path, dtype: str, sink: Progress
) -> Path:
    for name, videos in splits.items():
        _check_free(folder, name, videos.has_labels, splits)
    total = sum(map(len, splits.values()))
    done = 0
    written, reread = {}, {}
    for name, videos in splits.items():
        path = folder / f"{name}.h5"
        _write(path, videos, np.dtype(dtype), sink, done, total)
        labels: tuple[str, ...] = ()
        if videos.has_labels:
            labels = (_labels_file(name),)
            hot = videos.labels.multi_hot[:, : card.classes]
            with replacing(folder / labels[0]) as temporary, temporary.open("wb") as file:
                np.save(file, hot.astype(np.uint8), allow_pickle=False)
        written[name] = Split(videos=len(videos), feats=(path.name,), labels=labels)
        reread[name] = Videos(H5Source([path]), videos.labels if videos.has_labels else None)
        done += len(videos)
    looked = {name: look(videos.source, sink) for name, videos in reread.items()}
    new = dataclasses.replace(
        card,
        splits=written,
        stored_frames=card.frames,
        first_class=0,
        folder=card.name,
        generator={},
        draw=None,
        source=_source(card),
        sha256=content_sha256(looked, reread),
    )
    path = folder / "card.toml"
    for split in written.values():
        for name in (*split.feats, *split.labels, path.name):
            sweep(folder / name)
    write_card(path, new)
    return path


def _source(card: Card) -> str:
    """Return where a set comes from: a split that was drawn is files of its own from now on."""
    draw = card.draw
    if draw is None:
        return card.source
    drawn = (
        f"{draw.share:g} of each class of {draw.features} and {draw.labels}, drawn with seed "
        f"{draw.seed} (sha256 {draw.features_sha256} and {draw.labels_sha256})"
    )
    return f"{card.source}; {drawn}" if card.source else drawn


def _check_free(folder: Path, name: str, labelled: bool, splits: dict[str, Videos]) -> None:
    """Raise UsageError where writing the split ``name`` would replace a file of somebody else's."""
    path = folder / f"{name}.h5"
    if not path.exists():
        # Labels are written after the features: alone, they are of somebody else.
        path = folder / _labels_file(name)
        if not (labelled and path.exists()):
            return
    elif _origin(path) is not None:
        read = (part for videos in splits.values() for part in _files_of(videos.source))
        if not any(path.samefile(one) for one in read):
            return
    raise UsageError(f"{path}: exists, and converting would replace it; name a new folder")


def _files_of(source: Any) -> list[Path]:
    """Return the files of arrays that a source reads."""
    while hasattr(source, "source"):
        source = source.source
    return [part.path for part in getattr(source, "parts", ())]


def _labels_file(name: str) -> str:
    return f"{name}_labels.npy"


def _write(
    path: Path, videos: Videos, dtype: np.dtype[np.generic], sink: Progress, done: int, total: int
) -> None:
    n, frames, dims = videos.shape
    origin = hashlib.sha256(f"{videos.signature()}:{dtype}".encode()).hexdigest()
    if _origin(path) == origin:
        return
    row = dtype.itemsize * frames * dims
    chunk = min(n, max(1, CHUNK_BYTES // row))
    check_room(path, n * row)
    step = max(1, _BLOCK_BYTES // (4 * frames * dims) // chunk) * chunk
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        out = file.create_dataset("feats", (n, frames, dims), dtype, chunks=(chunk, frames, dims))
        for rows, features in ahead(videos.batches(step)):
            with np.errstate(over="ignore"):
                narrowed = features.astype(dtype)
            if not np.isfinite(narrowed).all():
                bad = int(rows[~np.isfinite(narrowed).all(axis=(1, 2))][0])
                raise DataError(
                    f"{videos.name}: video {bad} has a value that {dtype} cannot hold; use float32"
                )
            out[int(rows[0]) : int(rows[-1]) + 1] = narrowed
            sink.update("convert", done + int(rows[-1]) + 1, total)
        if names := videos.ids():
            file["paths"] = names  # as data extract names them
        # Says that the file is whole and of what; it gets its name only now in any case.
        out.attrs["origin"] = origin


def _origin(path: Path) -> str | None:
    """Return what a finished file was converted from; None where there is no such file."""
    try:
        with reading(path) as file:
            return str(array_of(file, path, "feats").attrs["origin"])
    except DataError:
        return None
