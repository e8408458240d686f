"""What a board's pages show of two-stage search: a table a length, and a figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hashbench.leaderboards.board import Board
from hashbench.leaderboards.standings import Standing
from hashbench.leaderboards.two_stage import TwoStage, read_two_stage
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.rows import sign_of
from hashbench.reports.sheet import Column, Entry, Line, Sheet

CHART = "recall-over-rescored"

MEANING = (
    "Codes find the first K' by Hamming distance, and the exact cosine of the mean frames puts "
    "them in order. In percent, the mean over queries and seeds of the share of the {find} nearest "
    "by cosine that are found so. Labels do not matter, ties are expected, and no query finds "
    "itself. Rows stand as in the tables of mAP."
)


@dataclass(frozen=True, slots=True)
class TwoStagePart:
    """What a page has of it; nothing for a board that says nothing.

    Attributes
    ----------
    lines : tuple of str
        Markdown.
    charts : tuple of Chart
    """

    lines: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()


def two_stage_part(board: Board, rows: Mapping[int, Sequence[Standing]]) -> TwoStagePart:
    """Return the part of a board's page that is about two-stage search.

    Parameters
    ----------
    board : Board
    rows : mapping of int to sequence of Standing
        By code length.
    """
    told = read_two_stage(board)
    sheets = {} if told is None else two_stage_sheets(told, rows)
    if told is None or not sheets:
        return TwoStagePart()
    chart = two_stage_chart(board, told, rows)
    lines = [
        f"## Two-stage search: {measure(told)}",
        "",
        MEANING.format(find=told.find),
        "",
        f"![{escape(chart.title)}]({quote(f'{board.dataset}/{chart.stem}.svg')})",
        "",
    ]
    for bits, sheet in sheets.items():
        lines += [
            "<details>",
            f"<summary>Recall by K' at {bits} bits</summary>",
            "",
            *table(sheet),
            "",
            "</details>",
            "",
        ]
    return TwoStagePart(tuple(lines), (chart,))


def two_stage_sheets(told: TwoStage, rows: Mapping[int, Sequence[Standing]]) -> dict[int, Sheet]:
    """Return a table for each length at which a row was measured: a column a K'."""
    columns = tuple(Column(f"K' = {k}") for k in told.first)
    sheets = {}
    for bits, here in rows.items():
        found = {row: recall for row in here if (recall := told.of(row.keys)) is not None}
        ranked = [recall for row, recall in found.items() if not row.method.control]
        best = [f"{100 * max(column):.2f}" for column in zip(*ranked, strict=True)]
        lines = []
        for row, recall in found.items():
            texts = [f"{100 * value:.2f}" for value in recall]
            marked = [
                not row.method.control and text == top
                for text, top in zip(texts, best or texts, strict=True)
            ]
            entries = tuple(
                Entry(100 * value, text, best=mark)
                for value, text, mark in zip(recall, texts, marked, strict=True)
            )
            lines.append(Line(row.label, entries, sign=sign_of(row.method)))
        if lines:
            title = f"{measure(told)}, {bits} bits"
            sheets[bits] = Sheet(title, "", "method", columns, tuple(lines))
    return sheets


def record_sheet(told: TwoStage | None, key: str) -> Sheet | None:
    """Return the table of one record; None where it was not measured."""
    recall = None if told is None else told.of([key])
    if told is None or recall is None:
        return None
    lines = tuple(
        Line(f"K' = {k}", (Entry(100 * value, f"{100 * value:.2f}"),))
        for k, value in zip(told.first, recall, strict=True)
    )
    column = Column(f"recall@{told.find} (%)")
    return Sheet(f"Two-stage search: {measure(told)}", "", "rescored", (column,), lines)


def two_stage_chart(board: Board, told: TwoStage, rows: Mapping[int, Sequence[Standing]]) -> Chart:
    """Return recall over K', at the greatest of the lengths that most methods have."""
    counts = Counter(
        bits for bits, here in rows.items() for row in here if told.of(row.keys) is not None
    )
    bits = max(counts, key=lambda length: (counts[length], length))
    curves = []
    for row in rows[bits]:
        recall = told.of(row.keys)
        if recall is not None:
            points = tuple(
                (k, round(100 * value, 4), None)
                for k, value in zip(told.first, recall, strict=True)
            )
            label = f"{row.label} {sign_of(row.method)}".strip()
            curves.append(Curve(label, row.method.control, row.method.supervised, points))
    title = f"recall@{told.find} of exact cosine on {board.dataset}, {bits} bits"
    up = f"recall@{told.find} (%)"
    return Chart(CHART, title, "K' rescored", up, False, (Panel("", tuple(curves)),))


def measure(told: TwoStage) -> str:
    """Return the measure in words."""
    return f"recall@{told.find} of exact cosine after rescoring the first K'"
