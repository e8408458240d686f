"""Addresses within a site, and those of the documentation that it stands beside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hashbench.reports.results import MethodId
from hashbench.runs.packed import file_name


@dataclass(frozen=True, slots=True)
class Links:
    """Where pages lead to.

    Parameters
    ----------
    out : Path
        Where the site will lie.
    docs : str
        The folder of the built documentation, from there; empty where there is none.
    """

    out: Path
    docs: str = ""

    @property
    def home(self) -> str:
        """The first page of the documentation, from the front page; empty where there is none."""
        return f"{self.docs.rstrip('/')}/index.html" if self.docs else ""

    def method(self, method: MethodId) -> str:
        """Return the page of one of our methods, from the front page; empty where there is none."""
        if not self.docs or method.distribution != "hashbench":
            return ""
        name = "controls" if method.control else method.label.partition("[")[0]
        page = f"{self.docs.rstrip('/')}/methods/{file_name(name)}.html"
        # The folder may not be there yet, so that no path could go through it.
        there = os.path.normpath(os.path.join(os.path.realpath(self.out), page))  # noqa: PTH118
        return page if Path(there).is_file() else ""


def board_address(name: str) -> str:
    """Return the page of a board, from the front page; its files lie in a folder beside it."""
    return f"boards/{name}.html"


def record_address(key: str) -> str:
    """Return the page of a record, from the front page."""
    return f"record/{key}.html"
