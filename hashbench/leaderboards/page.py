"""A board as markdown, the same bytes for the same records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hashbench.files.inside import CONTROL
from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.board_charts import board_charts
from hashbench.leaderboards.described import Described, describe
from hashbench.leaderboards.entries import places, ranked, within
from hashbench.leaderboards.methods_table import methods_table
from hashbench.leaderboards.overview import Overall, exact_score, overall
from hashbench.leaderboards.repeat_notes import Repeats, last_change, repeats
from hashbench.leaderboards.reported_page import reported_elsewhere
from hashbench.leaderboards.standings import Standing, clusters_of, section_of, standings
from hashbench.leaderboards.summary import summary_of
from hashbench.leaderboards.terms import FALLING_SIGN, FEATURES, terms
from hashbench.leaderboards.two_stage_page import two_stage_part
from hashbench.reports.curves import Chart
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.reported import reported
from hashbench.reports.results import Section
from hashbench.reports.rows import sign_of
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, numbered, words
from hashbench.runs.packed import packed_places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.ranking.intervals import Interval
    from hashbench.runs import Record

REPEATED = (
    "Repeated by others; the numbers above are those of the row's own records, whatever was "
    "found again:"
)


@dataclass(frozen=True, slots=True)
class Composed:
    """What is written of a board.

    Attributes
    ----------
    page : str
        Markdown.
    summary : dict, optional
        As :func:`hashbench.leaderboards.summary.summary_of`; None where nothing was measured.
    charts : tuple of Chart
        Its figures.
    described : mapping
        What is known of its methods.
    """

    page: str
    summary: dict[str, Any] | None
    charts: tuple[Chart, ...]
    described: Described


def render(board: Board, ap: Mapping[str, NDArray[np.float64]] | None = None) -> str:
    """Return the markdown of a board; see :func:`compose`."""
    return compose(board, ap).page


def compose(
    board: Board,
    ap: Mapping[str, NDArray[np.float64]] | None = None,
    records: Sequence[Record] | None = None,
) -> Composed:
    """Return the page of a board, and what lies beside it.

    Parameters
    ----------
    board : Board
    ap : mapping of str to ndarray of shape (n_query,), optional
        AP@20 of each query by the record's key, where it is known from ranking the same codes.
        What is not in it is ranked.
    records : sequence of Record, optional
        The board's, where they are read already.

    Raises
    ------
    VerificationError
        If its records cannot stand on one board.
    DataError
        If codes or labels are missing or damaged.
    """
    section = section_of(board, records)
    lines = [f"# {board.dataset}", ""]
    summary, charts = None, []
    described: Described = {}
    if section is None:
        lines += ["Nothing has been measured for this board; it holds reported numbers only.", ""]
    else:
        rows = standings(board, section, ap or {})
        sheet = _Page(board, section)
        found = overall(rows, exact_score(board.features()))
        charts = board_charts(board, found)
        queries = section.results[0].record.dataset.n_query
        summary = summary_of(found, queries, sheet.last_change)
        lines += terms(board, section, rows, sheet.last_change)
        lines += _overview(found, list(rows), sheet)
        lines += _figures(board, charts)
        by_key = {result.key: result.record for result in section.measured}
        described = describe(board, by_key.values())
        lines += methods_table(found, by_key, described)
        for bits, here in rows.items():
            lines += _length(bits, here, sheet)
        lines += _features(board, section)
        stage = two_stage_part(board, rows)
        lines, charts = [*lines, *stage.lines], [*charts, *stage.charts]
    lines += reported_elsewhere(reported(board.dataset))
    lines += [
        "---",
        "",
        "Rendered by `hashbench leaderboard build` from the records, codes and labels in "
        f"`{board.dataset}/`; not to be edited by hand."
        if section is not None
        else "Rendered by `hashbench leaderboard build`; not to be edited by hand.",
    ]
    return Composed("\n".join(lines) + "\n", summary, tuple(charts), described)


class _Page:
    """What the rows of one board link to, and what is known of their submission."""

    def __init__(self, board: Board, section: Section) -> None:
        self._board = board
        places = packed_places(board.folder, [result.record for result in section.results])
        self._files = {
            key: f"{path.relative_to(board.root).as_posix()}#L{line}"
            for key, (path, line) in places.items()
        }
        self._days = board.dates()
        self.repeats = repeats(board, section)

    @property
    def last_change(self) -> str:
        """The day on which the last record or repetition came in; empty where none is known."""
        return last_change(self._files, self._days, self.repeats)

    def day(self, row: Standing) -> str:
        """Return the day on which the last record of a row came in."""
        return max(self._days.get(key, "") for key in row.keys) or NOTHING

    def link(self, row: Standing) -> str:
        """Return the address of the page of a row's method, or nothing where there is none."""
        method = "controls" if row.method.control else row.method.label.partition("[")[0]
        page = self._board.docs / "methods" / f"{method}.md"
        there = row.method.distribution == "hashbench" and page.is_file()
        return f"../docs/methods/{method}.md" if there else ""

    def records(self, row: Standing) -> str:
        """Return links to the records of a row, by seed."""
        files = [quote(self._files[key], safe="/#") for key in row.keys]
        return ", ".join(f"[{s}]({f})" for s, f in zip(row.seeds, files, strict=True))

    def reproduced(self, row: Standing) -> dict[str, list[int]]:
        """Return who found the same codes, each with the seeds."""
        found: dict[str, list[int]] = {}
        for seed, key in zip(row.seeds, row.keys, strict=True):
            for by in self.repeats.get(key, Repeats()).same:
                found.setdefault(by, []).append(seed)
        return found


def _overview(found: Sequence[Overall], lengths: Sequence[int], page: _Page) -> list[str]:
    """One row a method, by mean rank, controls last."""
    lines = []
    for one in found:
        entries = [
            Entry(None, NOTHING if one.mean_rank is None else f"{one.mean_rank:.1f}"),
            *(
                ranked(one.by_bits[bits]) if bits in one.by_bits else Entry(None, NOTHING)
                for bits in lengths
            ),
            Entry(None, NOTHING if one.normalised is None else f"{one.normalised:.2f}"),
        ]
        first = one.first
        sign, link = _signs_of(list(one.by_bits.values())), page.link(first)
        lines.append(Line(first.label, tuple(entries), sign=sign, link=link))
    columns = (
        Column("mean rank"),
        *(Column(f"{bits} bits") for bits in lengths),
        Column(f"normalised, {max(lengths)} bits"),
    )
    sheet = Sheet("", "", "method", columns, tuple(lines))
    return ["## All lengths: mAP and rank", "", *table(sheet), ""]


def _figures(board: Board, charts: Sequence[Chart]) -> list[str]:
    lines = []
    for chart in charts:
        lines += [f"![{escape(chart.title)}]({quote(f'{board.dataset}/{chart.stem}.svg')})", ""]
    return lines


_COLUMNS = (
    Column("method", "text"),
    Column(f"mAP@{K}"),
    Column("tie mass"),
    Column("encode videos/s"),
    Column("bytes/video"),
    Column("seeds", "text"),
    Column("measured by", "text"),
    Column("reproduced by", "text"),
    Column("date", "text"),
)


def _length(bits: int, found: Sequence[Standing], page: _Page) -> list[str]:
    lines = tuple(_line(row, page) for row in found)
    return [
        f"## {bits} bits",
        "",
        "<details>",
        f"<summary>Rows, commands and records at {bits} bits</summary>",
        "",
        *table(Sheet("", "", "rank", _COLUMNS, lines, right=True)),
        "",
        *_repeated(found, page),
        *(f"- {escape(row.label)}: {_made(row)}; seeds {page.records(row)}" for row in found),
        "",
        "</details>",
        "",
    ]


def _made(row: Standing) -> str:
    """Return the command of a row, or what is known of codes by their authors."""
    return escape(row.authors) if row.authors else _code(row.command)


def _code(text: str) -> str:
    """Return ``text`` as code on one line, between more backquotes than it has in a row."""
    line = CONTROL.sub("?", text)
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{line}{space}{fence}"


def _line(row: Standing, page: _Page) -> Line:
    return Line(
        places(row),
        (
            Entry(None, row.label, suffix=_signs(row), link=page.link(row)),
            _mean(row.interval),
            Entry(None, NOTHING if row.tie_mass is None else f"{row.tie_mass:.3f}"),
            Entry(None, NOTHING if row.speed is None else f"{row.speed:,.0f}"),
            Entry(None, str(row.bytes_per_video)),
            words(", ".join(map(str, row.seeds))),
            words(", ".join(row.by)),
            words(str(len(page.reproduced(row)) or NOTHING)),
            words(page.day(row)),
        ),
    )


def _signs(row: Standing) -> str:
    return _signs_of([row])


def _signs_of(rows: Sequence[Standing]) -> str:
    """Return what marks a method, ↓ where any of the rows was still falling."""
    return sign_of(rows[0].method) + (FALLING_SIGN if any(row.falling for row in rows) else "")


def _repeated(found: Sequence[Standing], page: _Page) -> list[str]:
    """Return who reproduced which row, and by how much codes that differ differ."""
    lines = []
    for row in found:
        for by, seeds in page.reproduced(row).items():
            told = numbered("seed", seeds)
            lines.append(f"- {escape(row.label)}, {told}: the same codes by {escape(by)}")
        for seed, key in zip(row.seeds, row.keys, strict=True):
            for other in page.repeats.get(key, Repeats()).other:
                cpu = other.record.host.get("cpu")
                lines.append(
                    f"- {escape(row.label)}, seed {seed}: other codes by "
                    f"{escape(', '.join(other.by))}"
                    + (f" on {escape(str(cpu))}" if cpu else "")
                    + f", mAP@{K} {100 * other.mean:.2f}, {100 * other.difference:+.2f} points"
                )
    return [REPEATED, "", *lines, ""] if lines else []


def _features(board: Board, section: Section) -> list[str]:
    from hashbench.ranking.intervals import mean_interval

    found = board.features()
    if not found:
        return []
    clusters = clusters_of(board, section)
    lines = [
        # The features are the same with every seed.
        Line(name, (_mean(mean_interval(ap, clusters, deterministic=True)),))
        for name, ap in found.items()
    ]
    column = Column(f"mAP@{K}, profile {section.profile}")
    sheet = Sheet("", "", "control", (column,), tuple(lines))
    return ["## Control: the features before hashing", "", FEATURES, "", *table(sheet), ""]


def _mean(interval: Interval) -> Entry:
    return Entry(100 * interval.mean, within(interval, "*q*"))
