"""Cards: one TOML file a data set, saying what it is, where its files are and how it is used."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from hashbench.errors import DataError
from hashbench.names import unknown

SCHEMA = 1
"""The version of the card format that this release reads."""

_Cast = TypeVar("_Cast", str, int, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One part of a data set, such as ``train``.

    Parameters
    ----------
    videos : int, optional
        How many there must be.
    feats : tuple of str
        HDF5 files that follow each other as one array; none where a plugin makes the videos.
    feats_key : str
        Name of the array (n, frames, dims) in each file.
    labels : tuple of str
        ``.mat``, ``.npy`` or HDF5 files of class ids or multi-hot rows; none for no labels.
    labels_key : str
        Name of the array in each ``.mat`` or HDF5 file.
    """

    videos: int | None = None
    feats: tuple[str, ...] = ()
    feats_key: str = "feats"
    labels: tuple[str, ...] = ()
    labels_key: str = "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a data set.

    Parameters
    ----------
    name, version, licence, citation : str
        As shown to people; ``version`` changes whenever the content does.
    frames, dims, classes : int
        Feature vectors a video that are used, their length, and the number of classes; ``dims``
        and ``classes`` are 0 on the card of a family, whose members bring their own.
    profile : str
        The measure profile that the field uses for this set.
    splits : mapping of str to Split
        The parts by name.
    train, query, database : str
        Which split plays which part. ``query == database`` ranks a set against itself.
    stored_frames : int
        Feature vectors a video in the files, of which the first ``frames`` are used; 0 where
        any number from ``frames`` up will do.
    folder : str
        Folder of the files below the data root, unless they lie in the root itself.
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
    class_names : tuple of str
        Name of each class; empty where they are not known.
    generator : mapping
        Parameters for the plugin that makes the videos.
    path : Path, optional
        Where the card was read.
    """

    name: str
    version: str
    licence: str
    citation: str
    frames: int
    dims: int
    classes: int
    profile: str
    splits: Mapping[str, Split]
    query: str
    database: str
    train: str = "train"
    stored_frames: int = 0
    folder: str = ""
    first_class: int = 0
    unlabelled: Literal["nothing", "others"] = "nothing"
    standardize: bool = False
    sha256: str | None = None
    summary: str = ""
    source: str = ""
    class_names: tuple[str, ...] = ()
    generator: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None

    @property
    def has_files(self) -> bool:
        """Whether the videos come from files; otherwise a plugin makes them."""
        return any(split.feats for split in self.splits.values())

    @property
    def n_classes(self) -> int:
        """Number of classes, the class of all unlabelled videos included where there is one."""
        return self.classes + (self.unlabelled == "others")


def read_card(path: Path | str) -> Card:
    """Read a card.

    Parameters
    ----------
    path : Path or str
        A TOML file.

    Raises
    ------
    DataError
        If it is missing, is not TOML, lacks a key, has one that means nothing, or names a file
        outside its folder; the message names file and key.
    """
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such card") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a card in TOML ({error})") from error
    return _Reader(path).card(table)


_TOP = {"schema", "name", "version", "licence", "citation", "summary", "source", "sha256"}
_TOP |= {"frames", "stored_frames", "dims", "classes", "class_names", "first_class", "unlabelled"}
_TOP |= {"profile", "standardize", "folder", "protocol", "splits", "generator"}
_PROTOCOL = {"train", "query", "database"}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks each key of one card, so that a message can name it."""

    path: Path

    def card(self, table: Mapping[str, Any]) -> Card:
        self._known(table, "", _TOP)
        schema = self._get(table, "schema", int, SCHEMA)
        if schema > SCHEMA:
            raise DataError(f"{self.path}: schema {schema} is newer than this release's {SCHEMA}")
        protocol = self._table(table, "protocol")
        self._known(protocol, "protocol.", _PROTOCOL)
        splits = {
            name: self._split(f"splits.{name}.", self._table(splits_table, name, "splits."))
            for splits_table in [self._table(table, "splits")]
            for name in splits_table
        }
        roles = {
            "train": self._get(protocol, "train", str, "train", "protocol."),
            "query": self._get(protocol, "query", str, where="protocol."),
            "database": self._get(protocol, "database", str, where="protocol."),
        }
        for role, split in roles.items():
            if split not in splits:
                raise DataError(
                    f"{self.path}: protocol.{role} is {split!r}, "
                    f"which is none of the splits ({', '.join(splits) or 'none'})"
                )
        frames = self._count(table, "frames", 1)
        card = Card(
            name=self._get(table, "name", str),
            version=self._get(table, "version", str),
            licence=self._get(table, "licence", str),
            citation=self._get(table, "citation", str),
            frames=frames,
            dims=self._count(table, "dims", 0),
            classes=self._count(table, "classes", 0),
            profile=self._get(table, "profile", str),
            splits=MappingProxyType(splits),
            **roles,
            stored_frames=self._count(table, "stored_frames", 0, frames),
            folder=self._get(table, "folder", str, "") or self._get(table, "name", str),
            first_class=self._count(table, "first_class", 0, 0),
            unlabelled=self._unlabelled(table),
            standardize=self._get(table, "standardize", bool, False),
            sha256=self._get(table, "sha256", str, "") or None,
            summary=self._get(table, "summary", str, ""),
            source=self._get(table, "source", str, ""),
            class_names=self._strings(table, "class_names"),
            generator=MappingProxyType(
                dict(self._table(table, "generator")) if "generator" in table else {}
            ),
            path=self.path,
        )
        if 0 < card.stored_frames < frames:
            raise DataError(
                f"{self.path}: stored_frames must be 0 or at least frames, {frames}, "
                f"not {card.stored_frames}"
            )
        if not _stays_inside(card.folder):
            raise DataError(f"{self.path}: folder is {card.folder!r}, outside the data root")
        if card.class_names and len(card.class_names) != card.classes:
            raise DataError(
                f"{self.path}: {len(card.class_names)} class_names for {card.classes} classes"
            )
        return card

    def _split(self, where: str, table: Mapping[str, Any]) -> Split:
        self._known(table, where, {field.name for field in dataclasses.fields(Split)})
        split = Split(
            videos=self._count(table, "videos", 1, where=where) if "videos" in table else None,
            feats=self._strings(table, "feats", where),
            feats_key=self._get(table, "feats_key", str, "feats", where),
            labels=self._strings(table, "labels", where),
            labels_key=self._get(table, "labels_key", str, "labels", where),
        )
        for name in (*split.feats, *split.labels):
            if not _stays_inside(name):
                raise DataError(f"{self.path}: {where[:-1]} names {name!r}, outside the data root")
        return split

    def _unlabelled(self, table: Mapping[str, Any]) -> Literal["nothing", "others"]:
        value = self._get(table, "unlabelled", str, "nothing")
        if value == "others":
            return "others"
        if value != "nothing":
            raise DataError(f"{self.path}: unlabelled is {value!r}; 'nothing' or 'others' is known")
        return "nothing"

    def _known(self, table: Mapping[str, Any], where: str, known: set[str]) -> None:
        for key in table:
            if key not in known:
                raise DataError(f"{self.path}: {unknown('key', where + key, _under(where, known))}")

    def _table(self, table: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
        if key not in table:
            raise DataError(f"{self.path}: lacks the table [{where}{key}]")
        value = table[key]
        if not isinstance(value, dict):
            raise DataError(f"{self.path}: {where}{key} must be a table, not {value!r}")
        return value

    def _get(
        self,
        table: Mapping[str, Any],
        key: str,
        kind: type[_Cast],
        default: _Cast | None = None,
        where: str = "",
    ) -> _Cast:
        if key not in table:
            if default is None:
                raise DataError(f"{self.path}: lacks the key {where}{key}")
            return default
        value = table[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise DataError(f"{self.path}: {where}{key} must be {_KINDS[kind]}, not {value!r}")
        return value

    def _count(
        self,
        table: Mapping[str, Any],
        key: str,
        least: int,
        default: int | None = None,
        where: str = "",
    ) -> int:
        value = self._get(table, key, int, default, where)
        if value < least:
            raise DataError(f"{self.path}: {where}{key} must be at least {least}, not {value}")
        return value

    def _strings(self, table: Mapping[str, Any], key: str, where: str = "") -> tuple[str, ...]:
        value = table.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise DataError(
                f"{self.path}: {where}{key} must be a string or a list of them, not {value!r}"
            )
        return tuple(values)


_KINDS: dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false"}


def _under(where: str, known: set[str]) -> list[str]:
    return [where + key for key in known]


def _stays_inside(name: str) -> bool:
    """Tell whether ``name`` is relative and climbs nowhere, read as any system would read it."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return not (posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts)


def with_argument(card: Card, argument: str, dims: int, classes: int) -> Card:
    """Return a family's card as that of its member ``argument``."""
    return dataclasses.replace(card, name=f"{card.name}:{argument}", dims=dims, classes=classes)
