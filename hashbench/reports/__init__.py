"""Tables, data frames and curves from records alone; nothing here trains or ranks.

pandas and matplotlib are imported when a data frame or a figure is asked for.
"""

from hashbench.reports.curves import charts
from hashbench.reports.documents import report
from hashbench.reports.figures import draw
from hashbench.reports.frames import frame
from hashbench.reports.results import read, sections
from hashbench.reports.selection import Selection
from hashbench.reports.sheet import Document, Sheet
from hashbench.reports.summary import summarise
from hashbench.reports.tables import Table, tables

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
