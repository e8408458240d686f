"""The front page: methods over boards, the boards, and what was measured last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hashbench.leaderboards.board import Board
from hashbench.leaderboards.front_page import Aggregate, aggregate
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words
from hashbench.site.links import board_address
from hashbench.site.measured import Measured

TERMS = (
    "A board ranks codes of one data set by mAP@20, ties expected. Its page names the protocol.",
    "Mean rank: over all code lengths, each the middle of the places left open by comparisons.",
    "± half of the 95 % interval (t) of the mean over boards, where there are two or more.",
    "Boards count alike, and methods are compared where they were measured.",
    "§ trained with labels.",
)


def front(every: Sequence[Board], found: Mapping[str, Measured]) -> dict[str, Any]:
    """Return what the template of the front page is given.

    Parameters
    ----------
    every : sequence of Board
    found : mapping of str to Measured
        Those that have records, by name.
    """
    over = aggregate({name: one.summary for name, one in found.items()})
    return {
        "terms": TERMS,
        "overall": _overall(over, list(found)),
        "boards": _boards(every, found),
        "data": {
            "methods": [
                {"label": one.method, "supervised": one.supervised, "control": False}
                for one in over
            ]
        },
    }


def _overall(over: Sequence[Aggregate], names: Sequence[str]) -> Sheet | None:
    if not over:
        return None
    best = min((one.mean for one in over if len(one.ranks) == len(names)), default=None)
    lines = []
    for one in over:
        half = "" if one.half is None else f"± {one.half:.1f}"
        first = len(one.ranks) == len(names) and one.mean == best
        entries = [
            Entry(one.mean, f"{one.mean:.1f}", best=first, suffix=half),
            Entry(len(one.ranks), str(len(one.ranks))),
            *(
                Entry(one.ranks.get(name), f"{one.ranks[name]:.1f}" if name in one.ranks else
                      NOTHING)
                for name in names
            ),
        ]  # fmt: skip
        lines.append(Line(one.method, tuple(entries), sign="§" if one.supervised else ""))
    columns = (Column("mean rank"), Column("boards"), *(Column(name) for name in names))
    return Sheet("Methods over all boards", "", "method", columns, tuple(lines))


def _boards(every: Sequence[Board], found: Mapping[str, Measured]) -> Sheet:
    lines = []
    for board in every:
        one, link = found.get(board.dataset), board_address(board.dataset)
        if one is None:
            entries = (Entry(None, NOTHING), Entry(None, NOTHING), Entry(None, NOTHING),
                       words("reported numbers only"))  # fmt: skip
        else:
            methods = sum(not method.first.method.control for method in one.methods)
            queries = one.section.results[0].record.dataset.n_query
            entries = (
                Entry(methods, str(methods)),
                Entry(len(one.ap), f"{len(one.ap):,}"),
                Entry(queries, f"{queries:,}"),
                words(one.last_change or NOTHING),
            )
        lines.append(Line(board.dataset, entries, link=link))
    columns = (Column("methods"), Column("records"), Column("queries"),
               Column("last measured", "text"))  # fmt: skip
    return Sheet("Boards", "", "board", columns, tuple(lines))
