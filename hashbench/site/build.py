"""A site of boards: every page and file of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hashbench.errors import UsageError
from hashbench.leaderboards.board import Board
from hashbench.leaderboards.workers import each, workers
from hashbench.reports.html import plotly_script
from hashbench.site.badges import badge_names, badges
from hashbench.site.board_page import board_page
from hashbench.site.feed import feed, items
from hashbench.site.folder import MARK, copy_board, replacing_site, write
from hashbench.site.front import front
from hashbench.site.links import Links, board_address, record_address
from hashbench.site.measured import Measured, measured
from hashbench.site.record_page import record_page
from hashbench.site.rendering import Templates, asset, script, style
from hashbench.site.tables import PARQUET, write_tables
from hashbench.workspace import Progress, Silent

Say = Callable[[str], None]

_RECENT = 10
"""Rows that the front page lists as measured last."""

_SCRIPTS = {
    "front.js": ("state.js", "filters.js", "front.js"),
    "board.js": ("state.js", "scores.js", "filters.js", "report/figures.js", "board.js"),
    "record.js": ("state.js", "filters.js", "record.js"),
}


@dataclass(frozen=True, slots=True)
class Built:
    """What a site consists of.

    Attributes
    ----------
    out : Path
    boards, records : int
    """

    out: Path
    boards: int
    records: int


def build_site(
    boards: Sequence[Board],
    out: Path,
    *,
    docs: str = "",
    address: str = "",
    say: Say = lambda line: None,
    progress: Progress | None = None,
) -> Built:
    """Write the site of some boards; the same bytes for the same records and releases.

    Parameters
    ----------
    boards : sequence of Board
    out : Path
        The folder of the site. An older site there is replaced when the new one is whole.
    docs : str
        The folder of the built documentation, from ``out``; empty where there is none.
    address : str
        Where the site will be published, for the feed; relative addresses by default.
    say : callable
        Given a line on what is left out.
    progress : Progress, optional
        Told of every board and record.

    Raises
    ------
    UsageError
        If ``out`` holds something else than a site.
    VerificationError
        If a number is not what its codes give.
    DataError, StoreError
        If a file of a board is damaged, or the site cannot be written.
    HashbenchError
        If jinja2 or plotly is not installed.
    """
    if address and not address.startswith(("https://", "http://")):
        raise UsageError(f"--address {address!r} is no address of a site; https://... is")
    sink = progress or Silent()
    library = plotly_script()
    with replacing_site(out) as folder, workers(sum(board.size() for board in boards)):
        found: dict[str, Measured] = {}
        for number, board in enumerate(boards):
            sink.update(f"rank {board.dataset}", number, len(boards))
            if (one := measured(board)) is not None:
                found[board.dataset] = one
        home = address and address.rstrip("/") + "/"
        _write(folder, boards, found, Links(out, docs), home, library, say, sink)
    return Built(out, len(boards), sum(len(one.ap) for one in found.values()))


def _write(
    folder: Path,
    boards: Sequence[Board],
    found: dict[str, Measured],
    links: Links,
    address: str,
    library: str,
    say: Say,
    sink: Progress,
) -> None:
    write(folder, MARK, json.dumps({"schema": 1, "boards": [b.dataset for b in boards]}) + "\n")
    _assets(folder, library)
    files = write_tables(found.values(), folder) if found else []
    if found and PARQUET not in files:
        say(f"{PARQUET} left out: it needs pyarrow, pip install 'hashbench[parquet]'")
    last = items(found.values())
    write(folder, "feed.json", json.dumps(feed(last, address), indent=1) + "\n")
    shared = {"docs_home": links.home, "files": files}
    templates = Templates(shared)
    given = front(boards, found)
    page = templates.render("front.html", root="", last=last[:_RECENT], **given)
    write(folder, "index.html", page)
    for board in boards:
        one = found.get(board.dataset)
        page = templates.render("board.html", root="../", **board_page(board, one, links),
                                badges={} if one is None else badge_names(one))  # fmt: skip
        write(folder, board_address(board.dataset), page)
        if one is not None:
            copy_board(board, folder)
            _records(folder, one, shared, sink)
            for name, values in badges(one):
                write(folder, name, templates.render("badge.svg", **values))


def _assets(folder: Path, library: str) -> None:
    write(folder, "assets/site.css", style())
    write(folder, "assets/remember.js", asset("remember.js"))
    write(folder, "assets/plotly.js", library)
    for name, parts in _SCRIPTS.items():
        write(folder, f"assets/{name}", script(*parts))


def _records(folder: Path, one: Measured, shared: dict[str, Any], sink: Progress) -> None:
    results = one.results
    cells = [(key, row) for rows in one.rows.values() for row in rows for key in row.keys]
    pages = [record_page(one, results[key], row) for key, row in cells]
    for number, _ in enumerate(each(functools.partial(_record, folder, shared), pages)):
        sink.update(f"pages of {one.name}", number, len(cells))


def _record(folder: Path, shared: dict[str, Any], given: dict[str, Any]) -> None:
    page = _templates(json.dumps(shared)).render("record.html", root="../", **given)
    write(folder, record_address(given["key"]), page)


@functools.cache
def _templates(shared: str) -> Templates:
    """Return the templates of a process, which compiles each of them once."""
    return Templates(json.loads(shared))
