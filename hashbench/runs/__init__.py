"""Grids of cells, their execution, and the records they leave."""

from hashbench.runs.record import DatasetInfo, MethodInfo, Record
from hashbench.runs.store import Store

__all__ = ["DatasetInfo", "MethodInfo", "Record", "Store"]
