"""Rows of words and counts as a printable document, such as the lists of methods and data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hashbench.reports.sheet import Column, Document, Entry, Line, Sheet

if TYPE_CHECKING:
    from pandas import DataFrame


def listed(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    right: bool = False,
    data: Any = None,
) -> Document:
    """Return one table, ready to be written in any format.

    Parameters
    ----------
    title : str
        What stands above it.
    columns : sequence of Column
        The first is the label of each line; the head of a column is its key in the rows.
    rows : sequence of mapping
        What is shown, by the heads; CSV has the same columns.
    right : bool
        Whether labels are set to the right, as numbers are.
    data : JSON values, optional
        What JSON says instead of ``rows``.

    Examples
    --------
    >>> columns = Column("name", "text"), Column("videos")
    >>> document = listed("Sets", columns, [{"name": "toy", "videos": 1200}])
    >>> document.sheets[0].lines[0].name, document.sheets[0].lines[0].entries[0].text
    ('toy', '1,200')
    """
    first, *others = columns
    lines = [
        Line(_shown(row[first.head]), tuple(Entry(None, _shown(row[c.head])) for c in others))
        for row in rows
    ]
    sheet = Sheet(title, "", first.head, tuple(others), tuple(lines), right=right)

    def frame() -> DataFrame:
        from pandas import DataFrame

        heads = [column.head for column in columns]
        return DataFrame([[row[head] for head in heads] for row in rows], columns=heads)

    return Document((sheet,), list(rows) if data is None else data, frame)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
