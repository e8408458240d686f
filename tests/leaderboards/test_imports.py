"""Leaderboards and experiments are rooms beside each other: neither imports the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hashbench

ROOT = Path(hashbench.__file__).parent


def imported(room: str) -> Iterator[tuple[str, str]]:
    """Yield (file, module) for every import of a room, those inside functions included."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                yield from ((path.name, f"{base}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("leaderboards", ("experiments", "retrieval", "search", "cli")),
        ("experiments", ("leaderboards", "cli")),
        ("reports", ("leaderboards", "experiments", "retrieval", "cli")),
    ],
)
def test_no_import_crosses_or_runs_up(room: str, forbidden: tuple[str, ...]) -> None:
    found = list(imported(room))
    assert len(found) > 20
    prefixes = tuple(f"hashbench.{name}." for name in forbidden)
    assert [one for one in found if f"{one[1]}.".startswith(prefixes)] == []
