"""Imports follow the table of rooms in CONTRIBUTING.md, and none goes round in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "hashbench"
ALL_ABOVE = "all above"


@dataclass(frozen=True)
class Room:
    """A row of the table: the modules and folders it names, and the rooms it may import."""

    names: tuple[str, ...]
    allowed: tuple[str, ...]


def rooms() -> list[Room]:
    """Return the rows of the table headed ``room``, in order, from the bottom of the house up."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = re.search(r"^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    assert table is not None, "CONTRIBUTING.md lacks the table that begins with '| room |'"
    found: list[Room] = []
    for row in table[1].splitlines():
        names, _, allowed = (cell.strip() for cell in row.strip("|").split("|"))
        above = tuple(name for room in found for name in room.names)
        listed = above if allowed == ALL_ABOVE else tuple(re.findall(r"`([^`]+)`", allowed))
        found.append(Room(tuple(re.findall(r"`([^`]+)`", names)), listed))
    return found


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below ``hashbench``, as ``ranking/ties``."""
    paths = sorted(PACKAGE.rglob("*.py"))
    found = {str(path.relative_to(PACKAGE).with_suffix("")): path for path in paths}
    found = {name: path for name, path in found.items() if not name.startswith("templates/")}
    return {name.removesuffix("__init__").rstrip("/"): path for name, path in found.items()}


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the package that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            candidates = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for candidate in candidates:
            if candidate.partition(".")[0] == "hashbench":
                name = "/".join(candidate.split(".")[1:])
                yield name if name in known else name.rpartition("/")[0]


def graph() -> dict[str, set[str]]:
    """Return what each module imports; the package itself is the module with an empty name."""
    known = modules()
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def room_of(module: str, table: list[Room]) -> int | None:
    """Return the row that names ``module`` or, failing that, the nearest folder around it."""
    while module:
        for index, room in enumerate(table):
            if module in room.names:
                return index
        module = module.rpartition("/")[0]
    return None


def test_every_module_has_a_room() -> None:
    table = rooms()
    homeless = [m for m in modules() if m not in ("", "__main__") and room_of(m, table) is None]
    assert homeless == []


def test_every_name_in_the_table_exists() -> None:
    known = modules()
    for room in rooms():
        for name in room.names:
            assert name in known or (PACKAGE / name).is_dir(), f"{name}: no such module or folder"


def test_no_arrow_of_the_table_runs_up() -> None:
    above: set[str] = set()
    for room in rooms():
        assert set(room.allowed) <= above, f"{room.names}: {set(room.allowed) - above} is not above"
        above |= set(room.names)


def test_a_room_imports_what_its_row_allows() -> None:
    table = rooms()
    wrong = []
    for module, targets in graph().items():
        here = room_of(module, table)
        for target in sorted(targets):
            there = room_of(target, table)
            if here is None or there is None or here == there:
                continue
            if not set(table[there].names) & set(table[here].allowed):
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_no_import_goes_round_in_a_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_module_imports_the_package_that_names_them_all() -> None:
    assert [module for module, targets in graph().items() if "" in targets] == []


def test_the_architecture_page_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = {name.rstrip("/") for name in re.findall(r"`([^`\n]+)`", text)}
    missing = [name for room in rooms() for name in room.names if name not in shown]
    assert missing == []
