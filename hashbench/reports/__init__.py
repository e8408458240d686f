"""Tables and curves from records alone; nothing here trains or ranks."""

from hashbench.reports.curves import charts
from hashbench.reports.figures import draw
from hashbench.reports.results import read, sections
from hashbench.reports.selection import Selection
from hashbench.reports.summary import summarise
from hashbench.reports.tables import Table, tables

__all__ = ["Selection", "Table", "charts", "draw", "read", "sections", "summarise", "tables"]
