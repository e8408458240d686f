"""The formats that tables are written in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hashbench.reports.formats.csv_json import as_json
from hashbench.reports.formats.latex import latex
from hashbench.reports.formats.markdown import markdown
from hashbench.reports.formats.terminal import terminal
from hashbench.reports.tables import Table

RENDERERS: dict[str, Callable[[Sequence[Table]], str]] = {
    "table": terminal,
    "markdown": markdown,
    "json": as_json,
    "latex": latex,
}
"""Format -> the function that writes tables in it; CSV is written from the results instead."""
