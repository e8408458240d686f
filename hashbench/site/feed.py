"""What was measured last, as a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hashbench.leaderboards.board import K
from hashbench.leaderboards.entries import places, within
from hashbench.leaderboards.standings import Standing
from hashbench.site.links import board_address
from hashbench.site.measured import Measured

MOST = 100
"""Items that a feed holds, the last ones."""


@dataclass(frozen=True, slots=True)
class Item:
    """Rows of one method on a board whose last records came in on one day.

    Attributes
    ----------
    day, board, method : str
    rows : tuple of Standing
        One a code length.
    """

    day: str
    board: str
    method: str
    rows: tuple[Standing, ...]

    @property
    def title(self) -> str:
        """What was measured."""
        return f"{self.method} on {self.board}, {', '.join(map(str, self.lengths))} bits"

    @property
    def lengths(self) -> list[int]:
        """Code lengths."""
        return [row.bits for row in self.rows]

    @property
    def text(self) -> str:
        """How it stands at its greatest length, and who measured."""
        last = self.rows[-1]
        rank = "control" if last.rank is None else f"rank {places(last)}"
        mean = within(last.interval, "q")
        return f"mAP@{K} {mean} % at {last.bits} bits, {rank}, by {', '.join(last.by)}"

    @property
    def identity(self) -> str:
        """What tells this item from an earlier one of the same rows."""
        keys = [key for row in self.rows for key in row.keys]
        return hashlib.sha256("\n".join([self.board, self.day, *keys]).encode()).hexdigest()


def items(found: Iterable[Measured]) -> list[Item]:
    """Return what came in on days that are known, the last first."""
    groups: dict[tuple[str, str, str], list[Standing]] = {}
    for one in found:
        for rows in one.rows.values():
            for row in rows:
                if day := one.day(row):
                    groups.setdefault((day, one.name, row.label), []).append(row)
    made = [Item(*place, tuple(rows)) for place, rows in groups.items()]
    in_order = sorted(made, key=lambda item: (item.board, item.method))
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
                "id": item.identity,
                "url": address + quote(board_address(item.board)),
                "title": item.title,
                "content_text": item.text,
                "date_published": f"{item.day}T00:00:00Z",
                "tags": [item.board, item.method],
            }
            for item in last
        ],
    }
