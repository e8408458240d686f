"""What was measured last, as a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hashbench.leaderboards.board import K
from hashbench.leaderboards.standings import Standing
from hashbench.site.board_page import interval, places
from hashbench.site.links import board_address
from hashbench.site.measured import Measured

MOST = 100
"""Items that a feed holds, the last ones."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a board whose records came in, or were last added to, on one day.

    Attributes
    ----------
    day : str
    board, method, text : str
    bits : int
    keys : tuple of str
        Of its records.
    """

    day: str
    board: str
    method: str
    bits: int
    text: str
    keys: tuple[str, ...]


def items(found: Iterable[Measured]) -> list[Item]:
    """Return the rows whose day is known, the last first."""
    made = [
        Item(day, one.name, row.label, row.bits, _text(row), row.keys)
        for one in found
        for rows in one.rows.values()
        for row in rows
        if (day := one.day(row))
    ]
    in_order = sorted(made, key=lambda item: (item.board, item.method, item.bits))
    return sorted(in_order, key=lambda item: item.day, reverse=True)[:MOST]


def feed(last: Iterable[Item], address: str) -> dict[str, Any]:
    """Return the feed as JSON values.

    Parameters
    ----------
    last : iterable of Item
    address : str
        Where the site is published, with a slash at its end; relative addresses where it is empty.
    """
    about = {"home_page_url": f"{address}index.html", "feed_url": f"{address}feed.json"}
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "hashbench boards: measured last",
        **(about if address else {}),
        "items": [
            {
                "id": _identity(item),
                "url": f"{address}{board_address(item.board)}#bits-{item.bits}",
                "title": f"{item.method} at {item.bits} bits on {item.board}",
                "content_text": item.text,
                "date_published": f"{item.day}T00:00:00Z",
                "tags": [item.board, item.method],
            }
            for item in last
        ],
    }


def _text(row: Standing) -> str:
    rank = "control" if row.rank is None else f"rank {places(row)}"
    return f"mAP@{K} {interval(row)} %, {rank}, {len(row.seeds)} seeds, by {', '.join(row.by)}"


def _identity(item: Item) -> str:
    """Return what tells this item from an earlier one of the same row."""
    parts = "\n".join([item.board, item.day, *item.keys])
    return hashlib.sha256(parts.encode()).hexdigest()
