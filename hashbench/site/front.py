"""The front page: methods over boards, the boards, and what was measured last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hashbench.leaderboards.board import Board
from hashbench.leaderboards.front_page import (
    BOARD_COLUMNS,
    NEIGHBOURS,
    SUPERVISED,
    TERMS,
    Aggregate,
    aggregate,
    board_entries,
    over_boards,
)
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words
from hashbench.site.links import board_address
from hashbench.site.measured import Measured


def front(every: Sequence[Board], found: Mapping[str, Measured]) -> dict[str, Any]:
    """Return what the template of the front page is given.

    Parameters
    ----------
    every : sequence of Board
    found : mapping of str to Measured
        Those that have records, by name.
    """
    summaries = {name: one.summary for name, one in found.items()}
    over = aggregate(summaries)
    return {
        "terms": [_sentence(term) for term in (*TERMS, SUPERVISED)],
        "overall": _overall(over, summaries),
        "boards": _boards(every, found),
        "boards_note": _sentence(NEIGHBOURS),
        "data": {
            "methods": [
                {"label": one.method, "supervised": one.supervised, "control": False}
                for one in over
            ]
        },
    }


def _overall(over: Sequence[Aggregate], summaries: Mapping[str, Mapping[str, Any]]) -> Sheet | None:
    if not over:
        return None
    return Sheet("Methods over all boards", "", "method", *over_boards(summaries, over))


def _sentence(term: str) -> str:
    return f"{term[0].upper()}{term[1:]}."


def _boards(every: Sequence[Board], found: Mapping[str, Measured]) -> Sheet:
    lines = []
    for board in sorted(every, key=lambda board: board.dataset not in found):
        one, link = found.get(board.dataset), board_address(board.dataset)
        if one is None:
            nothing = (Entry(None, NOTHING),) * len(BOARD_COLUMNS)
            entries = (*nothing, words("reported numbers only"))
        else:
            methods = sum(not method.first.method.control for method in one.methods)
            queries = one.section.results[0].record.dataset.n_query
            told = board_entries(methods, list(one.rows), queries, board, one.last_change)
            entries = (*told[:-1], Entry(len(one.ap), f"{len(one.ap):,}"), told[-1])
        lines.append(Line(board.dataset, entries, link=link))
    columns = (*BOARD_COLUMNS[:-1], Column("records"), Column("last measured", "text"))
    return Sheet("Boards", "", "board", columns, tuple(lines))
