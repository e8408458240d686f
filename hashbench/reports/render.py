"""The formats that tables are written in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hashbench.reports.latex import latex
from hashbench.reports.markdown import markdown
from hashbench.reports.tables import Table
from hashbench.reports.terminal import terminal
from hashbench.reports.tidy import as_json

RENDERERS: dict[str, Callable[[Sequence[Table]], str]] = {
    "table": terminal,
    "markdown": markdown,
    "json": as_json,
    "latex": latex,
}
"""Format -> the function that writes tables in it; CSV is written from the results instead."""
