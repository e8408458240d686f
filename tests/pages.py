"""The documentation as data: its pages, their fenced blocks and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<text>.*?)^(?P=indent)```\s*$",
    re.DOTALL | re.MULTILINE,
)
_ENDS = {"&&", "||", "|", ";", ">", ">>", "<", "&", "2>"}


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its title (a file's name, often) and its text."""

    language: str
    title: str
    text: str
    line: int


def pages() -> list[Path]:
    """Return every page of the site, and the README files that people read in the repository."""
    return [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        title = re.search(r'title="([^"]+)"', match["rest"])
        found.append(
            Block(
                match["language"],
                title[1] if title else "",
                match["text"],
                text.count("\n", 0, match.start()) + 1,
            )
        )
    return found


def commands(script: str, program: str = "hashbench") -> Iterator[list[str]]:
    """Yield the arguments of every call of ``program`` in a shell script."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        call: list[str] = []
        for token in [*lexer, ";"]:
            if token not in _ENDS:
                call.append(token)
                continue
            if call[:1] == [program]:
                yield call[1:]
            call = []
