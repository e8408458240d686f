"""Reading of cards: every key is checked, and a message names file and key."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hashbench.data.cardkeys import default_of, keys
from hashbench.data.cardkeys import name as plain_name
from hashbench.data.cards import ROLES, SCHEMA, VALIDATION, Card, Draw, Split
from hashbench.errors import DataError
from hashbench.files.documents import read_toml
from hashbench.names import spelled, unknown

_TABLES = {"protocol", "splits", "generator", "draw"}


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
        table = read_toml(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such card") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise DataError(f"{path}: not a card in TOML ({error})") from error
    return _Reader(path).card(table)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The file of one card, for messages."""

    path: Path

    def card(self, table: Mapping[str, Any]) -> Card:
        declared = keys(Card)
        table = self._spelled(table, declared)
        self._known(table, "", {"schema", *declared, *_TABLES})
        schema = table.get("schema", SCHEMA)
        if not isinstance(schema, int) or isinstance(schema, bool):
            raise DataError(f"{self.path}: schema must be a whole number, not {schema!r}")
        if schema > SCHEMA:
            raise DataError(f"{self.path}: schema {schema} is newer than this release's {SCHEMA}")
        protocol = self._table(table, "protocol")
        roles = self._roles({key: value for key, value in protocol.items() if key != "id"})
        described = self._table(table, "splits")
        splits = {
            name: self._split(f"splits.{name}.", self._table(described, name, "splits."))
            for name in (self._plain(name, "the name of a split") for name in described)
        }
        for role, split in roles.items():
            if split not in splits:
                raise DataError(
                    f"{self.path}: protocol.{role} is {split!r}, "
                    f"which is none of the splits ({', '.join(splits) or 'none'})"
                )
        for name, one in splits.items():
            self._selection_agrees(name, one, splits)
        card = Card(
            **self._values(Card, table) | roles,
            protocol=self._protocol_id(protocol.get("id", "")),
            splits=MappingProxyType(splits),
            generator=MappingProxyType(
                dict(self._table(table, "generator")) if "generator" in table else {}
            ),
            draw=self._draw(self._table(table, "draw")) if "draw" in table else None,
            path=self.path,
        )
        self._agrees(card)
        return card

    def _agrees(self, card: Card) -> None:
        """Raise DataError where two keys contradict each other."""
        if 0 < card.stored_frames < card.frames:
            raise DataError(
                f"{self.path}: stored_frames must be 0 or at least frames, {card.frames}, "
                f"not {card.stored_frames}"
            )
        if card.class_names and len(card.class_names) != card.classes:
            raise DataError(
                f"{self.path}: {len(card.class_names)} class_names for {card.classes} classes"
            )

    def _selection_agrees(self, name: str, split: Split, splits: Mapping[str, Split]) -> None:
        """Raise DataError where the rows of a split are given twice or belong to other files."""
        ways = ("first_of_class", "last_of_class", "rows")
        given = [way for way in ways if getattr(split, way)]
        if len(given) > 1:
            raise DataError(f"{self.path}: splits.{name} has both {given[0]} and {given[1]}")
        if not split.without:
            return
        other = splits.get(split.without)
        if other is None or other is split or other.without:
            raise DataError(
                f"{self.path}: splits.{name}.without is {split.without!r}; another split that "
                "leaves none out is needed"
            )
        if other.feats != split.feats:
            raise DataError(
                f"{self.path}: splits.{name} leaves out rows of {split.without}, whose files are "
                "others"
            )

    def _roles(self, table: Mapping[str, Any]) -> dict[str, str]:
        self._known(table, "protocol.", (*ROLES, VALIDATION))
        roles = {"train": "train", **table}
        for role in ROLES:
            if role not in roles:
                raise DataError(f"{self.path}: lacks the key protocol.{role}")
        for role in roles:
            if not isinstance(roles[role], str):
                raise DataError(
                    f"{self.path}: protocol.{role} must be a string, not {roles[role]!r}"
                )
        return roles

    def _protocol_id(self, value: object) -> str:
        return "" if value == "" else self._plain(value, "protocol.id")

    def _plain(self, value: object, what: str) -> str:
        """Return a name that files may be called after."""
        try:
            return plain_name(value)
        except ValueError as error:
            raise DataError(f"{self.path}: {what} {error}") from None

    def _split(self, where: str, table: Mapping[str, Any]) -> Split:
        self._known(table, where, keys(Split))
        return Split(**self._values(Split, table, where))

    def _draw(self, table: Mapping[str, Any]) -> Draw:
        self._known(table, "draw.", keys(Draw))
        return Draw(**self._values(Draw, table, "draw."))

    def _values(self, cls: type[Any], table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """Return the declared keys of a table, those that are not there by their defaults."""
        declared = keys(cls)
        values: dict[str, Any] = {}
        for name, (key, _) in declared.items():
            if name not in table:
                values[name] = default_of(name, declared, values)
                if values[name] is MISSING:
                    raise DataError(f"{self.path}: lacks the key {where}{name}")
                continue
            try:
                values[name] = key.kind(table[name])
            except ValueError as error:
                raise DataError(f"{self.path}: {where}{name} {error}") from None
        return values

    def _spelled(self, table: Mapping[str, Any], declared: Container[str]) -> dict[str, Any]:
        """Return ``table`` with every key as the card declares it."""
        found: dict[str, Any] = {}
        for typed, value in table.items():
            key = spelled(typed, declared)
            if key in found:
                raise DataError(f"{self.path}: {key} comes twice, the other time as {typed}")
            found[key] = value
        return found

    def _known(self, table: Mapping[str, Any], where: str, known: Iterable[str]) -> None:
        listed = {where + key for key in known}
        for key in table:
            if where + key not in listed:
                raise DataError(f"{self.path}: {unknown('key', where + key, listed)}")

    def _table(self, table: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
        if key not in table:
            raise DataError(f"{self.path}: lacks the table [{where}{key}]")
        value = table[key]
        if not isinstance(value, dict):
            raise DataError(f"{self.path}: {where}{key} must be a table, not {value!r}")
        return value
