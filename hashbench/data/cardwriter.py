"""Cards as TOML text."""

from __future__ import annotations

import json
from pathlib import Path

from hashbench.data.cards import SCHEMA, Card, Split
from hashbench.files.atomic import write_text


def write_card(path: Path, card: Card) -> None:
    """Write ``card`` so that :func:`hashbench.data.read_card` reads it back."""
    write_text(path, card_text(card))


def card_text(card: Card) -> str:
    """Return ``card`` as TOML; what has its default value is left out."""
    plain: dict[str, object] = {
        "schema": SCHEMA,
        "name": card.name,
        "version": card.version,
        "licence": card.licence,
        "citation": card.citation,
        "frames": card.frames,
        "dims": card.dims,
        "classes": card.classes,
        "profile": card.profile,
    }
    optional: dict[str, tuple[object, object]] = {
        "summary": (card.summary, ""),
        "source": (card.source, ""),
        "stored_frames": (card.stored_frames, card.frames),
        "folder": (card.folder, card.name),
        "first_class": (card.first_class, 0),
        "unlabelled": (card.unlabelled, "nothing"),
        "standardize": (card.standardize, False),
        "sha256": (card.sha256, None),
        "class_names": (list(card.class_names), []),
    }
    plain |= {key: value for key, (value, default) in optional.items() if value != default}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items()]
    lines += ["", "[protocol]"]
    lines += [f"{role} = {_toml(getattr(card, role))}" for role in ("train", "query", "database")]
    for name, split in card.splits.items():
        lines += ["", f"[splits.{name}]", *_split_lines(split)]
    if card.generator:
        lines += ["", "[generator]"]
        lines += [f"{key} = {_toml(value)}" for key, value in card.generator.items()]
    return "\n".join(lines) + "\n"


def _split_lines(split: Split) -> list[str]:
    values: dict[str, tuple[object, object]] = {
        "videos": (split.videos, None),
        "feats": (list(split.feats), []),
        "feats_key": (split.feats_key, "feats"),
        "labels": (list(split.labels), []),
        "labels_key": (split.labels_key, "labels"),
    }
    return [f"{k} = {_toml(value)}" for k, (value, default) in values.items() if value != default]


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON writes strings, whole numbers and truth values as TOML does, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
