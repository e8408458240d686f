"""Cards as TOML text and as JSON values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hashbench.data.cardkeys import default_of, keys
from hashbench.data.cards import SCHEMA, Card
from hashbench.files.atomic import write_text


def write_card(path: Path, card: Card) -> None:
    """Write ``card`` so that :func:`hashbench.data.read_card` reads it back."""
    write_text(path, card_text(card))


def card_text(card: Card) -> str:
    """Return ``card`` as TOML; what has its default value is left out."""
    lines = [f"schema = {SCHEMA}", *_lines(_changed(card)), "", "[protocol]"]
    lines += _lines(({"id": card.protocol} if card.protocol else {}) | card.roles)
    for name, split in card.splits.items():
        lines += ["", f"[splits.{_key(name)}]", *_lines(_changed(split))]
    if card.generator:
        lines += ["", "[generator]", *_lines(card.generator)]
    if card.draw is not None:
        lines += ["", "[draw]", *_lines(_changed(card.draw))]
    return "\n".join(lines) + "\n"


def card_values(card: Card) -> dict[str, Any]:
    """Return all that a card says as JSON values, defaults included."""
    return {
        **_values(card),
        "protocol": {"id": card.protocol_name, **card.roles},
        "splits": {name: _values(split) for name, split in card.splits.items()},
        **({"draw": _values(card.draw)} if card.draw is not None else {}),
    }


def _values(table: Any) -> dict[str, Any]:
    values = {name: getattr(table, name) for name in keys(type(table))}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }


def _changed(table: Any) -> dict[str, Any]:
    """Return the keys of a table that have other values than their defaults."""
    declared = keys(type(table))
    return {
        name: getattr(table, name)
        for name in declared
        if getattr(table, name) != default_of(name, declared, _values(table))
    }


def _lines(values: Any) -> list[str]:
    return [f"{_key(key)} = {_toml(value)}" for key, value in values.items()]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON writes strings, whole numbers and truth values as TOML does, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
