"""What is known of a board's methods, in ``methods.json``.

Plugins say it, and not every machine that renders or checks a board has them all. So the board
keeps what its submitters' plugins said, and a plugin that is installed has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from hashbench.files.atomic import write_json
from hashbench.files.schema import one_of, sequence, table, text, whole
from hashbench.runs.facts import Facts, authored_facts, method_facts
from hashbench.specs import CHOSEN_ON

if TYPE_CHECKING:
    from hashbench.leaderboards.board import Board
    from hashbench.runs import Record

Described = Mapping[tuple[str, str], Facts]
"""What is known of methods, by their name and distribution."""

_METHODS = sequence(
    table(
        {"method": text(), "distribution": text()},
        {
            "year": whole(1, 9999),
            "venue": text(),
            "paper": text(),
            "program": text(),
            "licence": text(),
            "chosen_on": one_of(*CHOSEN_ON),
            "how": text(),
        },
    )
)


def describe(board: Board, records: Iterable[Record]) -> Described:
    """Return what is known of the methods of some records, but for codes by their authors.

    Raises
    ------
    DataError
        If the board's file is damaged.
    """
    kept = read_described(board)
    methods = {
        (record.method.name, record.method.distribution)
        for record in records
        if record.authored is None and not record.method.control
    }
    found = {key: method_facts(*key) or kept.get(key) for key in sorted(methods)}
    return {key: facts for key, facts in found.items() if facts is not None}


def facts_for(record: Record, described: Described) -> Facts:
    """Return what is known of the method of a record."""
    if record.authored is not None:
        return authored_facts(record.authored)
    return described.get((record.method.name, record.method.distribution), Facts())


def read_described(board: Board) -> Described:
    """Return what :func:`write_described` wrote; nothing where there is no file.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    found = board.read("methods.json", _METHODS, "a table of methods") or []
    return {(one.pop("method"), one.pop("distribution")): Facts(**one) for one in map(dict, found)}


def write_described(board: Board, described: Described) -> None:
    """Write ``methods.json`` into the folder of a board."""
    write_json(board.folder / "methods.json", to_json(described))


def to_json(described: Described) -> Sequence[Mapping[str, Any]]:
    """Return what is known as JSON values, without what is empty."""
    plain = {field.name: field.default for field in fields(Facts)}
    return [
        {"method": method, "distribution": distribution}
        | {name: value for name, value in asdict(facts).items() if value != plain[name]}
        for (method, distribution), facts in described.items()
    ]
