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
from hashbench.leaderboards.summary import read_summary
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet

NAME = "README.md"

_TERMS = """\
- a board ranks codes of one data set by mAP@20, ties expected; its page says under which protocol
- mean rank: of all code lengths of a board, each the middle of the places that the comparisons \
leave open
- over boards: the mean of the boards' mean ranks, with its 95 % interval (t) where there are two \
or more; boards count alike, and methods are compared where they were measured
"""


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
        Half of the width of its 95 % interval; None for one board.
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
    lines = ["# Boards", "", *_TERMS.splitlines(), ""]
    if summaries:
        lines += ["## Over all boards", "", *table(_sheet(summaries)), ""]
    lines += ["## Boards", "", *_list(every, summaries), "", "---", ""]
    lines += ["Rendered by `hashbench leaderboard build`; not to be edited by hand."]
    return "\n".join(lines) + "\n"


def write_front_page(root: Path) -> Path:
    """Render the page above the boards of a folder, and return its file."""
    path = root / NAME
    with lock(root / ".front-page.lock"):
        sweep(path)
        write_text(path, front_page(root))
    return path


def _sheet(summaries: Mapping[str, Mapping[str, Any]]) -> Sheet:
    columns = (Column("mean rank"), Column("boards"), *(Column(name) for name in summaries))
    found = aggregate(summaries)
    best = min((one.mean for one in found if len(one.ranks) == len(summaries)), default=None)
    lines = []
    for one in found:
        half = "" if one.half is None else f"± {one.half:.1f}"
        whole = len(one.ranks) == len(summaries)
        entries = [
            Entry(one.mean, f"{one.mean:.1f}", best=whole and one.mean == best, suffix=half),
            Entry(None, str(len(one.ranks))),
            *(
                Entry(
                    one.ranks.get(name), f"{one.ranks[name]:.1f}" if name in one.ranks else NOTHING
                )
                for name in summaries
            ),
        ]
        lines.append(Line(one.method, tuple(entries), sign="§" if one.supervised else ""))
    return Sheet("", "", "method", columns, tuple(lines))


def _rank(mean: float | None) -> Entry:
    return Entry(mean, NOTHING if mean is None else f"{mean:.1f}")


def _list(every: Sequence[Board], summaries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for board in every:
        told = summaries.get(board.dataset)
        if told is None:
            what = "reported numbers only"
        else:
            count = sum(not one["control"] for one in told["methods"])
            what = f"{count} methods, {told['queries']:,} queries"
            what += f", last change {told['last_change']}" if told["last_change"] else ""
        lines.append(f"- [{escape(board.dataset)}]({board.dataset}.md): {what}")
    return lines


def _mean(values: Sequence[float]) -> tuple[float, float | None]:
    from scipy.stats import t

    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, None
    error = statistics.stdev(values) / len(values) ** 0.5
    return mean, float(t.ppf(0.975, len(values) - 1)) * error
