"""The page above all boards: how methods stand over data sets."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hashbench.files.atomic import sweep, write_text
from hashbench.files.locks import lock
from hashbench.leaderboards.board import Board, boards
from hashbench.leaderboards.right_neighbours import MEAN, ORDERED, read_neighbours
from hashbench.leaderboards.summary import read_summary
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words

NAME = "README.md"

LEAST_BOARDS = 3
"""Boards from which on a mean over them has an interval: two say too little."""

TERMS = (
    "a board ranks codes of one data set by mAP@20, ties expected; its page names the protocol",
    (
        "mean rank: over the code lengths of a board at which at least half of its methods were "
        "measured, each the middle of the places left open by the comparisons. Methods that "
        "nothing tells apart share the middle place"
    ),
    "the head of a board says how many methods its ranks are out of",
    (
        "over boards: the mean of the boards' mean ranks, with its 95 % interval (t) from "
        f"{LEAST_BOARDS} boards on; boards count alike, and methods on more boards stand first"
    ),
)
SUPERVISED = "§ trained with labels"


NEIGHBOURS = (
    "neighbour precision: how many per cent of a training video's 10 nearest have its class. They "
    "are found by the cosine of mean frames or of frames in order, or drawn by chance. Where few "
    "have it, a method that trusts in neighbours cannot work"
)
BOARD_COLUMNS = (
    Column("methods"),
    Column("bits", "text"),
    Column("queries"),
    Column("neighbour precision by mean frame"),
    Column("by frames in order"),
    Column("by chance"),
    Column("last change", "text"),
)
"""Columns of the table of boards, here and on the site."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A method over boards.

    Attributes
    ----------
    method : str
    supervised : bool
    ranks : mapping of str to float
        Mean rank by board.
    mean : float
    half : float or None
        Half of the width of its 95 % interval; None for fewer than :data:`LEAST_BOARDS` boards.
    """

    method: str
    supervised: bool
    ranks: Mapping[str, float]
    mean: float
    half: float | None


def aggregate(summaries: Mapping[str, Mapping[str, Any]]) -> list[Aggregate]:
    """Return competitors over boards: on the most boards first, then by their mean rank.

    Parameters
    ----------
    summaries : mapping
        What :func:`hashbench.leaderboards.summary.read_summary` returned, by board.
    """
    ranks: dict[tuple[str, bool], dict[str, float]] = {}
    for board, summary in summaries.items():
        for one in summary["methods"]:
            if one["mean_rank"] is not None:
                key = one["method"], one["supervised"]
                ranks.setdefault(key, {})[board] = one["mean_rank"]
    found = [
        Aggregate(method, supervised, here, *_mean(list(here.values())))
        for (method, supervised), here in ranks.items()
    ]
    return sorted(found, key=lambda one: (-len(one.ranks), one.mean, one.method))


def front_page(root: Path) -> str:
    """Return the markdown of the page above the boards of a folder.

    Raises
    ------
    DataError
        If the summary of a board is damaged.
    """
    every = boards(root)
    summaries = {
        board.dataset: summary for board in every if (summary := read_summary(board)) is not None
    }
    found = aggregate(summaries)
    told = [*TERMS, SUPERVISED] if any(one.supervised for one in found) else TERMS
    lines = ["# Boards", "", *(f"- {term}" for term in told), ""]
    if summaries:
        sheet = Sheet("", "", "method", *over_boards(summaries, found))
        lines += ["## Over all boards", "", *table(sheet), ""]
    lines += ["## Boards", "", *_boards(every, summaries, root), "---", ""]
    lines += ["Rendered by `hashbench leaderboard build`; not to be edited by hand."]
    return "\n".join(lines) + "\n"


def write_front_page(root: Path) -> Path:
    """Render the page above the boards of a folder, and return its file."""
    path = root / NAME
    with lock(root / ".front-page.lock"):
        sweep(path)
        write_text(path, front_page(root))
    return path


def over_boards(
    summaries: Mapping[str, Mapping[str, Any]], found: Sequence[Aggregate]
) -> tuple[tuple[Column, ...], tuple[Line, ...]]:
    """Return columns and rows of the table over all boards.

    Parameters
    ----------
    summaries : mapping
        By board.
    found : sequence of Aggregate
        What :func:`aggregate` made of them.
    """
    heads = {name: f"{name}, {_competitors(told)} methods" for name, told in summaries.items()}
    columns = (Column("mean rank"), Column("boards"), *(Column(heads[name]) for name in summaries))
    lines = []
    for one in found:
        half = "" if one.half is None else f"± {one.half:.1f}"
        # None is bold: those on all boards are not the best of those on fewer.
        entries = (
            Entry(one.mean, f"{one.mean:.1f}", suffix=half),
            Entry(len(one.ranks), str(len(one.ranks))),
            *(_rank(one.ranks.get(name)) for name in summaries),
        )
        lines.append(Line(one.method, entries, sign="§" if one.supervised else ""))
    return columns, tuple(lines)


def _rank(mean: float | None) -> Entry:
    return Entry(mean, NOTHING if mean is None else f"{mean:.1f}")


def _competitors(told: Mapping[str, Any]) -> int:
    return sum(not one["control"] for one in told["methods"])


def _boards(
    every: Sequence[Board], summaries: Mapping[str, Mapping[str, Any]], root: Path
) -> list[str]:
    """Return a table of the boards, and a line on those where nothing was measured."""
    rows = [
        Line(board.dataset, _measured(board, summaries[board.dataset]), link=_page(board))
        for board in every
        if board.dataset in summaries
    ]
    lines = []
    if rows:
        lines += [*table(Sheet("", "", "board", BOARD_COLUMNS, tuple(rows))), ""]
        lines += [f"- {NEIGHBOURS}{_more(root)}"]
    bare = [f"[{escape(b.dataset)}]({_page(b)})" for b in every if b.dataset not in summaries]
    lines += [f"- reported numbers only: {', '.join(bare)}"] if bare else []
    return [*lines, ""]


def _page(board: Board) -> str:
    return f"{board.dataset}.md"


def _more(root: Path) -> str:
    page = root.resolve().parent / "docs" / "neighbourhood.md"
    return " ([more](../docs/neighbourhood.md))" if page.is_file() else ""


def board_entries(
    methods: int, lengths: Sequence[int], queries: int, board: Board, last_change: str
) -> tuple[Entry, ...]:
    """Return the entries of a board's row, by :data:`BOARD_COLUMNS`.

    Raises
    ------
    DataError
        If its file on neighbours is damaged.
    """
    found = read_neighbours(board)
    return (
        Entry(methods, str(methods)),
        words(", ".join(map(str, lengths))),
        Entry(queries, f"{queries:,}"),
        *(_percent(None if found is None else found.share(by)) for by in (MEAN, ORDERED)),
        _percent(None if found is None else found.chance),
        words(last_change or NOTHING),
    )


def _measured(board: Board, told: Mapping[str, Any]) -> tuple[Entry, ...]:
    lengths = sorted({row["bits"] for one in told["methods"] for row in one["rows"]})
    return board_entries(_competitors(told), lengths, told["queries"], board, told["last_change"])


def _percent(share: float | None) -> Entry:
    return Entry(None, NOTHING) if share is None else Entry(100 * share, f"{100 * share:.1f}")


def _mean(values: Sequence[float]) -> tuple[float, float | None]:
    from scipy.stats import t

    mean = statistics.fmean(values)
    if len(values) < LEAST_BOARDS:
        return mean, None
    error = statistics.stdev(values) / len(values) ** 0.5
    return mean, float(t.ppf(0.975, len(values) - 1)) * error
