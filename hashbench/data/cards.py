"""Cards: one TOML file a data set, saying what it is, where its files are and how it is used."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hashbench.data.cardkeys import (
    count,
    digest,
    file,
    files,
    flag,
    folder,
    folders,
    key,
    name,
    one_of,
    optional_digest,
    optional_file,
    share,
    text,
    texts,
)

SCHEMA = 1
"""The version of the card format that this release reads."""

ROLES = ("train", "query", "database")
"""The parts that splits play, in the table ``[protocol]``."""

VALIDATION = "validation"
"""A further part, which a protocol may have: what to choose parameters and checkpoints on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One part of a data set, such as ``train``.

    Parameters
    ----------
    videos : int, optional
        How many there must be.
    feats : tuple of str
        Files that follow each other as one array, HDF5, ``.npy`` or Parquet; none where a plugin
        makes the videos.
    feats_key : str
        Name of the array (n, frames, dims) or (n, dims) in each file.
    labels : tuple of str
        ``.mat``, ``.npy`` or HDF5 files of class ids or multi-hot rows; none for no labels.
    labels_key : str
        Name of the array in each ``.mat`` or HDF5 file.
    first_of_class, last_of_class : int
        How many of each class, in the order of the files, make up the split; 0 for all rows.
    rows : str
        A file of row numbers that make up the split, ``.txt`` or ``.npy``; empty for all rows.
    without : str
        A split of the same files whose rows this one leaves out.
    rows_sha256 : str, optional
        Digest of the row numbers, ascending int64, as a check.
    """

    videos: int | None = key(count(1), "number of videos, as a check", default=None)
    feats: tuple[str, ...] = key(
        files, "HDF5, `.npy` or Parquet files, one after the other", default=()
    )
    feats_key: str = key(text, "name of the features in them", default="feats")
    labels: tuple[str, ...] = key(
        files, "files of labels, or `.txt` lists of images, one after the other", default=()
    )
    labels_key: str = key(text, "name of the labels in them", default="labels")
    first_of_class: int = key(
        count(0), "only so many of each class, the first in the order of the files", default=0
    )
    last_of_class: int = key(
        count(0), "only so many of each class, the last in the order of the files", default=0
    )
    rows: str = key(
        optional_file, "only the rows whose numbers this `.txt` or `.npy` lists", default=""
    )
    without: str = key(text, "a split of the same files whose rows are left out", default="")
    rows_sha256: str | None = key(
        optional_digest, "digest of the row numbers, as a check", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One file of features and one of labels, divided by a seeded draw into train and query.

    Parameters
    ----------
    features, labels : str
        The files; features as in a :class:`Split`, or ``.npy`` or Parquet.
    features_key, labels_key : str
        Names of the arrays in them; ``""`` for labels that need no name.
    share : float
        Share of each class that is trained on and ranked; the others are queries.
    seed : int
        Of the draw.
    features_sha256, labels_sha256 : str
        Digests of the files.
    """

    features: str = key(file)
    labels: str = key(file)
    features_sha256: str = key(digest)
    labels_sha256: str = key(digest)
    features_key: str = key(text, "name of the features in their file", default="feats")
    labels_key: str = key(text, "name of the labels in their file", default="")
    share: float = key(share, "share of each class to train on and to rank", default=0.8)
    seed: int = key(count(0), "seed of the draw", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a data set.

    Parameters
    ----------
    name, version, licence, citation : str
        As shown to people; ``version`` changes whenever the content does.
    frames, dims, classes : int
        Feature vectors a video that are used, their length, and the number of classes; ``dims``
        and ``classes`` are 0 on the card of a family, whose members bring their own. With files,
        ``dims`` 0 takes features of any length.
    profile : str
        The measure profile that the field uses for this set.
    splits : mapping of str to Split
        The parts by name.
    train, query, database : str
        Which split plays which part. ``query == database`` ranks a set against itself.
    validation : str
        The split to choose parameters and checkpoints on; empty for none.
    protocol : str
        The protocol's name, such as ``"fcvid-2018"``; the set's own where it has no other. Numbers
        of two protocols never share a table.
    stored_frames : int
        Feature vectors a video in the files, of which the first ``frames`` are used; 0 where
        any number from ``frames`` up will do.
    folder : str
        Folder of the files below the data root, unless they lie in the root itself.
    folder_aliases : tuple of str
        What the folder is called in published trees.
    first_class : int
        The class id that means the first class: 0, or 1 as MATLAB counts.
    unlabelled : str
        What a video without any label is relevant to: ``"nothing"``, or ``"others"``: to all
        others without a label, which then are one further class.
    standardize : bool
        Whether each dimension is brought to mean 0 and variance 1, as measured on ``train``.
    sha256 : str, optional
        Digest of all that the set yields.
    summary, source : str
        One line on what it is; where it comes from.
    extractor, extractor_identity : str
        The extractor that made the features, and all that decides them, such as the digest of its
        weights; empty where they are not known.
    class_names : tuple of str
        Name of each class; empty where they are not known.
    generator : mapping
        Parameters for the plugin that makes the videos.
    draw : Draw, optional
        The files that the splits are drawn from, where they are not files of their own.
    path : Path, optional
        Where the card was read.
    """

    name: str = key(name)
    version: str = key(text)
    licence: str = key(text)
    citation: str = key(text)
    frames: int = key(count(1))
    dims: int = key(count(0))
    classes: int = key(count(0))
    profile: str = key(text)
    summary: str = key(text, "one line on what the set is", default="")
    source: str = key(text, "where it comes from", default="")
    extractor: str = key(
        text, "extractor that made the features, as `data extract` writes it", default=""
    )
    extractor_identity: str = key(
        text, "what decides its features, such as the digest of its weights", default=""
    )
    stored_frames: int = key(
        count(0),
        "frames in the files, of which the first `frames` are used, or 0 for any number",
        default=0,
        otherwise="frames",
    )
    folder: str = key(
        folder, "folder of the files below the data root", default="", otherwise="name"
    )
    folder_aliases: tuple[str, ...] = key(
        folders, "what the folder is called in published trees", default=()
    )
    first_class: int = key(count(0), "1 if class ids count from 1, as in MATLAB", default=0)
    unlabelled: Literal["nothing", "others"] = key(
        one_of("nothing", "others"),
        'what a video without a label is relevant to, `"nothing"` or `"others"`',
        default="nothing",
    )
    standardize: bool = key(
        flag,
        "`true` gives every dimension mean 0 and variance 1, with cached moments of train",
        default=False,
    )
    sha256: str | None = key(
        optional_digest, "digest of the content, as `data verify` prints it", default=None
    )
    class_names: tuple[str, ...] = key(texts, "name of each class", default=())
    splits: Mapping[str, Split]
    query: str
    database: str
    train: str = "train"
    validation: str = ""
    protocol: str = ""
    generator: Mapping[str, Any] = field(default_factory=dict)
    draw: Draw | None = None
    path: Path | None = None

    @property
    def roles(self) -> dict[str, str]:
        """Which split plays which part."""
        further = {VALIDATION: self.validation} if self.validation else {}
        return {role: getattr(self, role) for role in ROLES} | further

    @property
    def ranked(self) -> set[str]:
        """The splits that are asked, ranked or chosen on, which need labels."""
        return {split for role, split in self.roles.items() if role != "train"}

    @property
    def protocol_name(self) -> str:
        """The protocol's name, or the set's own where it has no other."""
        return self.protocol or self.name

    @property
    def has_files(self) -> bool:
        """Whether the videos come from files; otherwise a plugin makes them."""
        return self.draw is not None or any(split.feats for split in self.splits.values())

    @property
    def n_classes(self) -> int:
        """Number of classes, the class of all unlabelled videos included where there is one."""
        return self.classes + (self.unlabelled == "others")


def with_argument(card: Card, argument: str, dims: int, classes: int) -> Card:
    """Return a family's card as that of its member ``argument``."""
    return dataclasses.replace(card, name=f"{card.name}:{argument}", dims=dims, classes=classes)
