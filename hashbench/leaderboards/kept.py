"""What a board keeps of a record: what its codes cannot give again, and the numbers of its tables.

Boards grow by every method, and git keeps each line for good. So curves over whole lists, which are
ranked from the codes where they are drawn, and digits behind the ninth, which the order of a sum
decides, are left out. Models, manifests, paths and loss histories stay in the run directory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hashbench.runs import Record

DIGITS = 9
"""Decimals of a measured number. Half a unit of the last is below what a check lets pass."""


def kept(record: Record) -> Record:
    """Return what a board keeps of a record; the same again of what it returned."""
    files: dict[str, str | None] = {
        "codes": f"codes/{record.key}.npz", "per_query": None, "model": None,
    }  # fmt: skip
    told: dict[str, Any] = {
        name: value
        for name, value in record.diagnostics.items()
        if isinstance(value, int | float | str | bool)
    }
    measured = None if record.evaluation is None else _rounded(record.evaluation | {"full": {}})
    return replace(record, files=files, diagnostics=told, manifest=None, evaluation=measured)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
