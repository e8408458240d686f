"""Tables, data frames and curves from records alone; nothing here trains or ranks.

Everything is imported on first use: the command line reads the names of the formats at start-up.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashbench.reports.curves import charts as charts
    from hashbench.reports.documents import report as report
    from hashbench.reports.figures import draw as draw
    from hashbench.reports.frames import frame as frame
    from hashbench.reports.results import read as read
    from hashbench.reports.results import sections as sections
    from hashbench.reports.score_tables import Table as Table
    from hashbench.reports.score_tables import tables as tables
    from hashbench.reports.selection import Selection as Selection
    from hashbench.reports.sheet import Document as Document
    from hashbench.reports.sheet import Sheet as Sheet
    from hashbench.reports.summary import summarise as summarise

__all__ = [
    "Document",
    "Selection",
    "Sheet",
    "Table",
    "charts",
    "draw",
    "frame",
    "read",
    "report",
    "sections",
    "summarise",
    "tables",
]

_WHERE = {
    "Document": "hashbench.reports.sheet",
    "Selection": "hashbench.reports.selection",
    "Sheet": "hashbench.reports.sheet",
    "Table": "hashbench.reports.score_tables",
    "charts": "hashbench.reports.curves",
    "draw": "hashbench.reports.figures",
    "frame": "hashbench.reports.frames",
    "read": "hashbench.reports.results",
    "report": "hashbench.reports.documents",
    "sections": "hashbench.reports.results",
    "summarise": "hashbench.reports.summary",
    "tables": "hashbench.reports.score_tables",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
