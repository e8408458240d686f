"""Sets from one array of features and one of labels, divided by a seeded draw."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.cardkeys import MOST
from hashbench.data.cards import Card, Draw, Split
from hashbench.data.cardwriter import card_text, write_card
from hashbench.data.featuretypes import feature_fault
from hashbench.data.parquetpart import check_apart
from hashbench.data.subset import SubsetSource
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.files.inside import is_plain
from hashbench.files.regular import open_regular
from hashbench.labelfiles import read_labels
from hashbench.labels import Labels
from hashbench.randomness import random_state
from hashbench.workspace import default_cache

if TYPE_CHECKING:
    from hashbench.data.hdf5 import H5Source

_BLOCK_BYTES = 1 << 25


def dataset_from_files(
    features: Path | str,
    labels: Path | str,
    *,
    key: str | None = None,
    labels_key: str | None = None,
    split: float = 0.8,
    seed: int = 0,
    name: str | None = None,
    cache: Path | str | None = None,
) -> Path:
    """Write the card of a set whose features and labels are one file each; return its path.

    Parameters
    ----------
    features : Path or str
        ``.npy``, HDF5 or Parquet of single vectors (n, dims) or of videos (n, frames, dims).
    labels : Path or str
        ``.npy``, ``.mat``, HDF5 or Parquet of class ids (n,) or multi-hot rows (n, classes).
    key, labels_key : str, optional
        Names of the arrays in them, where the files leave a choice.
    split : float
        Share of each class to train on and to rank; the others are queries. An item of several
        classes counts as one of its rarest.
    seed : int
        Of the draw.
    name : str, optional
        Of the set; by default that of the file of features.
    cache : Path or str, optional
        Where the card is written. :func:`load_dataset` opens it with the folder that holds both
        files, :func:`common_folder`, as its data root.

    Raises
    ------
    UsageError
        If the share or the seed is out of range, or the name is none.
    DataError
        If a file is not what it should be, features are whole numbers, NaN or infinite, or a class
        has too few members to have one on either side.
    """
    from hashbench.data.hdf5 import H5Source, features_key  # not at every start: h5py is slow

    if not 0 < split < 1:
        raise UsageError(f"--split {split:g}: a share between 0 and 1 is needed, such as 0.8")
    if seed < 0:
        raise UsageError(f"--split-seed {seed}: seeds count from 0")
    if seed > MOST:
        raise UsageError(f"--split-seed {seed}: a card holds seeds up to {MOST}")
    feats, classes = Path(features).resolve(), Path(labels).resolve()
    advice = "give another" if name else "rename the file of features"
    name = name or feats.stem
    if not is_plain(name):
        raise UsageError(f"{name!r} cannot be the name of a data set: {advice}")
    folder = Path(cache) if cache is not None else default_cache()
    source = H5Source([feats], features_key(feats, key))
    if fault := feature_fault(source.shape, source.dtype):
        raise DataError(f"{feats}: features {fault}")
    root = common_folder(feats, classes)
    draw = Draw(
        features=feats.relative_to(root).as_posix(),
        labels=classes.relative_to(root).as_posix(),
        features_key=source.parts[0].key,
        labels_key=labels_key or "",
        features_sha256=_file_sha256(feats, folder, source),
        labels_sha256=_file_sha256(classes, folder),
        share=split,
        seed=seed,
    )
    found = _labels(draw, classes, source.shape[0])
    train = _drawn(found, draw, classes)
    card = Card(
        name=name,
        version="1",
        licence="unknown",
        citation="none",
        frames=source.shape[1],
        dims=source.shape[2],
        classes=found.n_classes,
        profile="strict",
        summary=f"{split:g} of each class to train on and to rank, drawn with seed {seed}",
        splits=MappingProxyType(
            {
                "train": Split(videos=int(train.sum())),
                "query": Split(videos=int((~train).sum())),
            }
        ),
        train="train",
        query="query",
        database="train",
        draw=draw,
    )
    text = hashlib.sha256(card_text(card).encode()).hexdigest()
    path = folder / "cards" / f"{name}-{text[:16]}.toml"
    if not path.is_file():
        write_card(path, card)
    return path


def common_folder(features: Path, labels: Path) -> Path:
    """Return the folder that holds both files, somewhere below it."""
    return Path(os.path.commonpath([features.resolve().parent, labels.resolve().parent]))


def drawn(card: Card, draw: Draw, features: Path, labels: Path, cache: Path) -> dict[str, Videos]:
    """Open the splits of a card with a draw; the files must be those that it was made for.

    Raises
    ------
    DataError
        If a file has changed, or is not what it should be.
    """
    from hashbench.data.hdf5 import H5Source

    source = H5Source([features], draw.features_key)
    said = {features: draw.features_sha256, labels: draw.labels_sha256}
    for path, sha256 in said.items():
        found = _file_sha256(path, cache, source if path == features else None)
        if found != sha256:
            raise DataError(f"{path}: has sha256 {found}; the card of {card.name} says {sha256}")
    if source.shape[1:] != (card.frames, card.dims):
        raise DataError(
            f"{features}: holds {source.shape[1]} frames of {source.shape[2]} dimensions; the card "
            f"says {card.frames} of {card.dims}"
        )
    classes = _labels(draw, labels, source.shape[0])
    train = _drawn(classes, draw, labels)
    return {
        name: Videos(
            SubsetSource(source, rows), classes[rows], name=f"{card.name}/{name}", cache=cache
        )
        for name, rows in (("train", np.flatnonzero(train)), ("query", np.flatnonzero(~train)))
    }


def _labels(draw: Draw, path: Path, n: int) -> Labels:
    if draw.labels == draw.features:
        check_apart(path, draw.features_key, draw.labels_key)
    array = read_labels(path, draw.labels_key or None, n)
    try:
        return Labels.from_array(array)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _drawn(labels: Labels, draw: Draw, path: Path) -> NDArray[np.bool_]:
    """Tell which items are trained on: of each class the share, and one on either side at least."""
    members = labels.multi_hot.sum(axis=0)
    rarest = np.where(labels.multi_hot, members, len(labels) + 1).argmin(axis=1)
    kind = np.where(labels.multi_hot.any(axis=1), rarest, -1)
    order = random_state(draw.seed).permutation(len(labels))
    train = np.zeros(len(labels), bool)
    for one in np.unique(kind):
        rows = order[kind[order] == one]
        wanted = round(draw.share * len(rows))
        train[rows[: min(max(wanted, 1), max(len(rows) - 1, 1))]] = True
    for rows, side in ((train, "to rank"), (~train, "to ask")):
        bare = np.flatnonzero((members > 0) & ~labels.multi_hot[rows].any(axis=0))
        if len(bare):
            ids = labels.class_ids
            shown = int(bare[0] if ids is None else ids[bare[0]])
            raise DataError(
                f"{path}: class {shown} has {int(members[bare[0]])} members, and a split of "
                f"{draw.share:g} leaves it none {side}; leave the class out or split otherwise"
            )
    return train


def _file_sha256(path: Path, cache: Path, source: H5Source | None = None) -> str:
    """Return a file's digest, kept as long as its size and time of change stay the same.

    Features are looked at value by value as well, since a file that is new may hold NaN.
    """
    from hashbench.files.cached import cached

    try:
        with open_regular(path) as file:
            status = os.fstat(file.fileno())
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    key = source.parts[0].key if source is not None else ""
    stamp = f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}:{key}"

    def compute() -> str:
        if source is not None:
            row = source.nbytes // source.shape[0]
            step = max(1, _BLOCK_BYTES // row)
            for start in range(0, source.shape[0], step):
                source.read(start, min(start + step, source.shape[0]))
        with open_regular(path) as file:
            opened: Any = file  # its type lacks readinto, which it has
            return hashlib.file_digest(opened, "sha256").hexdigest()

    def read(kept: Path) -> str | None:
        try:
            text = kept.read_text("ascii")
        except (OSError, ValueError):
            return None
        return text if len(text) == 64 else None

    kept = cache / "digests" / f"{hashlib.sha256(stamp.encode()).hexdigest()}.txt"
    return cached(kept, read, compute, _write)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "ascii")
