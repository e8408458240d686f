"""Loading of data sets, by name or by card."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.data.cardreader import read_card
from hashbench.data.cards import Card, Draw, Split
from hashbench.data.dataset import VideoDataset
from hashbench.data.featuretypes import WholeNumbersWarning, whole_numbers
from hashbench.data.file_places import FilePlaces
from hashbench.data.overlap import same_videos
from hashbench.data.parquetpart import check_apart
from hashbench.data.selecting import selected_rows, selects
from hashbench.data.sources import FeatureSource
from hashbench.data.subset import SubsetSource
from hashbench.data.videos import Videos
from hashbench.errors import DataError, UsageError
from hashbench.labels import Labels, holds_ids, whole_ids
from hashbench.names import unknown
from hashbench.plugins import registry
from hashbench.specs import DatasetSpec, resolve
from hashbench.workspace import Progress, Silent, default_cache


def load_dataset(
    name: str | Path,
    *,
    data_root: Path | str | None = None,
    cache: Path | str | None = None,
    progress: Progress | None = None,
) -> VideoDataset:
    """Open a data set; features stay on disk until they are asked for.

    Parameters
    ----------
    name : str or Path
        A name that ``hashbench datasets`` lists, in any case, or the path of a card.
    data_root : Path, optional
        Folder of the published files, directly or in a folder of the set's name; by default
        ``$HASHBENCH_DATA``. A card's own folder is searched first.
    cache : Path, optional
        Folder for what is made or computed once; by default that of
        :func:`hashbench.workspace.default_cache`.
    progress : Progress, optional
        Told of whole passes over the files, such as that for the mean frames.

    Raises
    ------
    UsageError
        If there is no such name.
    DataError
        If the card, a file or an array is not what it should be.

    Warns
    -----
    WholeNumbersWarning
        If the features are whole numbers.

    Examples
    --------
    >>> dataset = load_dataset("digit-stories")
    >>> dataset.query.shape, dataset.self_retrieval
    ((2000, 24, 64), True)
    """
    card, spec, argument = find_card(name)
    folder = Path(cache) if cache is not None else default_cache()
    if card.has_files:
        places = FilePlaces.of(card, spec, data_root)
        places.check()
        if card.draw is not None:
            splits, sha256 = _open_drawn(card, card.draw, places, folder)
        else:
            splits = {split: _open_split(card, split, places, folder) for split in card.splits}
            card = with_dims(card, splits)
            sha256 = _files_digest(splits, card.ranked)
    else:
        card, splits, sha256 = _generated(card, spec, argument, folder)
    if unusual := _unusual_roles(card):
        sha256 = hashlib.sha256(f"{sha256}:{unusual}".encode()).hexdigest()
    for videos in splits.values():
        videos.progress = progress or Silent()
    stored = splits[card.query].source.dtype
    if card.has_files and stored.kind in "iu":
        told = whole_numbers(card.name, stored)
        warnings.warn(told, WholeNumbersWarning, stacklevel=2)
    if card.standardize:
        from hashbench.data.standardizing import standardized

        splits = standardized(splits, card.train, folder)
        sha256 = hashlib.sha256(f"{sha256}:standardized".encode()).hexdigest()
    missing = [split for split in sorted(card.ranked) if not splits[split].has_labels]
    if missing:
        raise DataError(f"{card.path}: split {missing[0]!r} is ranked and needs labels")
    query, database = splits[card.query], splits[card.database]
    if query is not database and same_videos(query, database):
        # One set under two names. Other numbers than without self-retrieval, so another digest.
        query, sha256 = database, hashlib.sha256(f"{sha256}:one set".encode()).hexdigest()
    return VideoDataset(
        card=card,
        labelled_train=splits[card.train],
        query=query,
        database=database,
        sha256=sha256,
        validation=splits[card.validation] if card.validation else None,
    )


def open_splits(
    name: str | Path, *, data_root: Path | str | None = None, cache: Path | str | None = None
) -> tuple[Card, dict[str, Videos], dict[str, str]]:
    """Open what can be opened, as stored: for looking at a set rather than working with it.

    Returns
    -------
    card : Card
        The card.
    splits : dict of str to Videos
        The splits that could be opened, not standardised.
    failures : dict of str to str
        What is wrong with each of the others.
    """
    card, spec, argument = find_card(name)
    folder = Path(cache) if cache is not None else default_cache()
    if not card.has_files:
        card, splits, _ = _generated(card, spec, argument, folder)
        return card, splits, {}
    places = FilePlaces.of(card, spec, data_root)
    if card.draw is not None:
        try:
            return card, _open_drawn(card, card.draw, places, folder)[0], {}
        except DataError as error:
            return card, {}, dict.fromkeys(card.splits, str(error))
    splits, failures = {}, {}
    for split in card.splits:
        try:
            splits[split] = _open_split(card, split, places, folder)
        except DataError as error:
            failures[split] = str(error)
    return with_dims(card, splits), splits, failures


def _generated(
    card: Card, spec: DatasetSpec | None, argument: str | None, cache: Path
) -> tuple[Card, dict[str, Videos], str]:
    if spec is None or spec.generator is None:
        raise DataError(f"{card.path}: no split names feats, and only a plugin can make videos")
    from hashbench.data.generated import generated

    return generated(card, spec, argument, cache)


def find_card(name: str | Path) -> tuple[Card, DatasetSpec | None, str | None]:
    """Return the card behind a name or path, its spec if it has one, and a family's argument.

    Raises
    ------
    UsageError
        If there is no such name, or a family lacks its argument.
    DataError
        If the card is damaged.
    """
    text = str(name)
    if isinstance(name, Path) or text.endswith(".toml") or "/" in text or os.sep in text:
        return read_card(Path(name)), None, None
    base, _, argument = text.partition(":")
    shelf = registry().datasets
    if argument and base.casefold() in shelf.entries and not shelf.get(base).family:
        raise unknown("dataset", text, shelf.names())
    spec = shelf.get(base)
    if spec.family and not argument:
        raise UsageError(f"dataset {spec.name} is a family: name a member, {spec.name}:NAME")
    return read_card(spec.card), spec, argument or None


def registered_name(card: Card) -> str | None:
    """Return the name under which a plugin makes the videos of ``card``; None where it does not."""
    shelf = registry().datasets
    base = card.name.partition(":")[0]
    if card.has_files or base.casefold() not in shelf.entries:
        return None
    return card.name if shelf.get(base).card == card.path else None


def frame_images(name: str, split: str, rows: NDArray[np.int64]) -> NDArray[np.uint8] | None:
    """Return the frames of some videos of a generated set, for people to look at.

    Parameters
    ----------
    name : str
        A name that ``hashbench datasets`` lists.
    split : str
        Such as ``"test"``.
    rows : ndarray of int64, shape (m,)
        Which videos.

    Returns
    -------
    ndarray of uint8, shape (m, frames, height, width) or (m, frames, height, width, 3), or None
        None where the set brings features only.
    """
    card, spec, _ = find_card(name)
    if spec is None or spec.images is None:
        return None
    drawn: NDArray[np.uint8] = resolve(spec.images)(card, split, np.asarray(rows, np.int64))
    return drawn


def _open_drawn(
    card: Card, draw: Draw, places: FilePlaces, cache: Path
) -> tuple[dict[str, Videos], str]:
    from hashbench.data.drawing import drawn

    found = drawn(card, draw, places.found(draw.features), places.found(draw.labels), cache)
    return found, hashlib.sha256(repr(draw).encode()).hexdigest()


def _open_split(card: Card, name: str, places: FilePlaces, cache: Path) -> Videos:
    from hashbench.data.hdf5 import H5Source

    split = card.splits[name]
    if not split.feats:
        raise DataError(f"{card.path}: splits.{name} names no feats")
    source = H5Source([places.found(file) for file in split.feats], split.feats_key)
    where = source.parts[0].path
    n, frames, dims = source.shape
    enough = frames == card.stored_frames or (not card.stored_frames and frames >= card.frames)
    if not enough or (card.dims and dims != card.dims):
        expected = card.stored_frames or f"at least {card.frames}"
        raise DataError(
            f"{where}: {split.feats_key!r} holds {frames} frames of {dims} dimensions; "
            f"the card says {expected} of {card.dims or 'any number'}"
        )
    labels = None
    there = all(places.find(file) is not None for file in split.labels)
    if split.labels and (there or places.needs_labels(name)):
        labels = _read_split_labels(card, split, places, [part.shape[0] for part in source.parts])
    features: FeatureSource = source
    if selects(split):
        rows = selected_rows(card, name, labels, n, places.found)
        features, labels = SubsetSource(source, rows), None if labels is None else labels[rows]
    if split.videos is not None and features.shape[0] != split.videos:
        raise DataError(
            f"{where}: split {name} holds {features.shape[0]} videos; the card says {split.videos}"
        )
    return Videos(features, labels, name=f"{card.name}/{name}", frames=card.frames, cache=cache)


def with_dims(card: Card, splits: Mapping[str, Videos]) -> Card:
    """Return a card that takes features of any length with the length of those that are there.

    Raises
    ------
    DataError
        If splits have features of different lengths.
    """
    if card.dims or not splits:
        return card
    (first, videos), *others = splits.items()
    for name, other in others:
        if other.dims != videos.dims:
            raise DataError(
                f"{card.name}: features of split {first} have {videos.dims} dimensions, those of "
                f"{name} {other.dims}; one extractor must have made all"
            )
    return dataclasses.replace(card, dims=videos.dims)


def _read_split_labels(card: Card, split: Split, places: FilePlaces, sizes: list[int]) -> Labels:
    from hashbench.data.listfiles import read_split_labels

    paths = [places.found(name) for name in split.labels]
    for path in {places.found(name) for name in split.feats}.intersection(paths):
        check_apart(path, split.feats_key, split.labels_key)
    if len(paths) == len(sizes):
        arrays = [
            read_split_labels(p, split.labels_key, n) for p, n in zip(paths, sizes, strict=True)
        ]
    else:
        arrays = [read_split_labels(path, split.labels_key) for path in paths]
    total = sum(map(len, arrays))
    if total != sum(sizes):
        raise DataError(f"{paths[0]}: {total} labels for {sum(sizes)} videos")
    joined = []
    for path, array in zip(paths, arrays, strict=True):
        try:
            if holds_ids(array, card.classes):
                array = _from_zero(whole_ids(array), card)
            joined.append(Labels.from_array(array, card.classes).multi_hot)
        except DataError as error:
            hint = ""
            if holds_ids(array, card.classes) and array.min() == 1 and array.max() == card.classes:
                hint = "; ids that count from 1 need first_class = 1 on the card"
            raise DataError(f"{path}: {error}{hint}") from None
    return with_others(Labels(np.concatenate(joined)), card)


def _from_zero(ids: NDArray[np.int64], card: Card) -> NDArray[np.int64]:
    """Return class ids that count from 0, whatever the first one is on the card."""
    last = card.classes - 1
    if card.first_class and len(ids) and ids.min() == 0 and ids.max() == last:
        raise DataError(
            f"class ids are 0 to {last}, and first_class = {card.first_class} makes the first "
            "class none; ids that count from 0 need first_class = 0 on the card"
        )
    return ids - card.first_class


def with_others(labels: Labels, card: Card) -> Labels:
    """Give all unlabelled videos one further class where the card says so."""
    if card.unlabelled == "nothing":
        return labels
    others = ~labels.multi_hot.any(axis=1, keepdims=True)
    return Labels(np.concatenate([labels.multi_hot, others], axis=1))


def _files_digest(splits: Mapping[str, Videos], ranked: Collection[str]) -> str:
    """Digest labels, shapes and a sample of the features: reading all of them takes minutes.

    Labels count where they are ranked: those of training videos may be there or not.
    """
    from hashbench.files.digests import array_sha256

    digest = hashlib.sha256()
    for name in sorted(splits):
        videos = splits[name]
        sample = np.unique(np.linspace(0, len(videos) - 1, min(_SAMPLE, len(videos)), dtype=int))
        digest.update(f"{name}:{videos.shape}:{array_sha256(videos.take(sample))}:".encode())
        if name in ranked and videos.has_labels:
            digest.update(array_sha256(videos.labels.multi_hot).encode())
    return digest.hexdigest()


_USUAL = {
    "train": ("train",),
    "query": ("query", "test"),
    "database": ("database", "test", "train"),
    "validation": ("val", "validation"),
}
"""Splits that play a part by their name. Which of them do follows from which are ranked."""


def _unusual_roles(card: Card) -> str:
    """Name the parts that a split plays against its name.

    The same splits with queries and database exchanged are another protocol, so another digest.
    """
    roles = card.roles.items()
    return ",".join(f"{role}={split}" for role, split in roles if split not in _USUAL[role])


_SAMPLE = 64
"""Videos of a split whose features enter the digest of a set read from files."""
