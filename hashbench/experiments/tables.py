"""Tables and charts of an experiment within one data set, from its records alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hashbench.experiments.grid import Grid
from hashbench.reports import Selection, charts, read, sections
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.reported import Printed, find, look_up, sources
from hashbench.reports.results import Result, Section
from hashbench.reports.rows import Row
from hashbench.reports.score_tables import Table, table
from hashbench.reports.sheet import Column, Entry, Line, Note, Sheet, printed
from hashbench.runs import Record


@dataclass(frozen=True, slots=True)
class _Block:
    """Some columns of a sheet: one K and code length, measured and as printed."""

    head: str
    table: Table
    bits: int
    reported: list[Printed]


def section_of(grid: Grid, records: Sequence[Record]) -> Section | None:
    """Return the records of an experiment with the paper's labels, None if there are none."""
    labels = grid.labels
    found = sections(_named(result, labels) for result in read(records))
    return found[0] if found else None


def sheets(grid: Grid, section: Section | None) -> list[Sheet]:
    """Return the sheets of an experiment within one data set, for every profile and tie policy.

    A sheet a code length with K across, or a sheet a K with code lengths across.
    """
    found = []
    for tables in _tables(grid, section):
        if grid.experiment.shows in ("by-bits", "curves"):
            found += [_by_bits(grid, tables[k]) for k in grid.experiment.k]
        else:
            found += [_by_k(grid, tables, bits) for bits in grid.experiment.bits]
    return found


def parameter_charts(grid: Grid, section: Section | None) -> list[Chart]:
    """Return mAP over the rows, one line a K and one panel a code length (Fig. 7)."""
    found = []
    for tables in _tables(grid, section):
        panels = tuple(
            Panel(f"{bits} bits", _over_rows(grid, tables, bits)) for bits in grid.experiment.bits
        )
        if any(panel.curves for panel in panels):
            one = next(iter(tables.values()))
            found.append(
                Chart(
                    stem(grid, one.profile, one.ties),
                    f"{grid.experiment.title}: mAP@K on {_dataset(grid)}, {one.terms}",
                    grid.experiment.across,
                    "mAP@K (%)",
                    False,
                    panels,
                    tuple(row.label for row in grid.experiment.rows),
                )
            )
    return found


def curve_charts(grid: Grid, section: Section | None) -> list[Chart]:
    """Return mAP over K, a panel a code length (Fig. 8), and over code lengths."""
    if section is None or not section.measured:
        return []
    selection = Selection(grid.experiment.k, grid.plan.profiles, grid.plan.measures.ties)
    return [
        replace(c, stem=f"{grid.experiment.name}-{c.stem}") for c in charts([section], selection)
    ]


def stem(grid: Grid, *parts: str) -> str:
    """Name a figure's file."""
    name = "-".join((grid.experiment.name, _dataset(grid), *parts))
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")


def _tables(grid: Grid, section: Section | None) -> Iterator[dict[int, Table]]:
    """Yield the tables by K, for every profile and tie policy."""
    if section is None:
        return
    for profile in grid.plan.profiles:
        for ties in grid.plan.measures.ties:
            yield {k: table(section, k, profile, ties) for k in grid.experiment.k}


def _by_k(grid: Grid, tables: dict[int, Table], bits: int) -> Sheet:
    first = next(iter(tables.values()))
    theirs = find(grid.experiment.reported, first.dataset.name, bits)
    blocks = [_Block(f"mAP@{k}", one, bits, theirs) for k, one in tables.items()]
    return _sheet(grid, f"mAP@K (%) on {first.dataset}, {bits} bits", blocks)


def _by_bits(grid: Grid, one: Table) -> Sheet:
    name, ids = one.dataset.name, grid.experiment.reported
    blocks = [_Block(f"{b} bits", one, b, find(ids, name, b)) for b in one.bits]
    return _sheet(grid, one.title, blocks)


def _sheet(grid: Grid, title: str, blocks: Sequence[_Block]) -> Sheet:
    columns: list[Column] = []
    entries: dict[str, list[Entry]] = {row.label: [] for row in grid.experiment.rows}
    notes: list[Note] = []
    for block in blocks:
        rows = {row.label: row for row in block.table.rows}
        place, k = block.table.bits.index(block.bits), block.table.k
        reported = {label: look_up(block.reported, label, k) for label in entries}
        beside = any(value is not None for value in reported.values())
        columns.append(Column(block.head, group=block.head))
        columns += [Column(block.head, "reported", block.head)] if beside else []
        for label, line in entries.items():
            line.append(rows[label].scores[place].entry.unmarked)
            line += [printed(reported[label])] if beside else []
        notes += map(Note, sources(block.reported) if beside else ())
        # Letters would clash between tables; what they stand for names its cell anyway.
        notes += [Note(text, "" if sign.isalpha() else sign) for sign, text in block.table.legend]
    signs = {row.label: row.sign for block in blocks for row in block.table.rows}
    return Sheet(
        f"{grid.experiment.title}: {title}",
        blocks[0].table.terms,
        grid.experiment.across,
        tuple(columns),
        tuple(Line(f"{n} {signs[n]}".strip(), tuple(line)) for n, line in entries.items()),
        tuple(dict.fromkeys(notes)),
    )


def _over_rows(grid: Grid, tables: dict[int, Table], bits: int) -> tuple[Curve, ...]:
    widest = max(len(str(k)) for k in tables)
    curves = []
    for k, one in tables.items():
        rows: dict[str, Row] = {row.label: row for row in one.rows}
        points = []
        for place, row in enumerate(grid.experiment.rows):
            score = rows[row.label].scores[one.bits.index(bits)]
            if score.mean is not None:
                spread = None if score.spread is None else 100 * score.spread
                points.append((place, 100 * score.mean, spread))
        if points:
            # Blanks in front, so that 100 comes after 20 in the legend.
            curves.append(Curve(f"K = {k:>{widest}}", False, False, tuple(points)))
    return tuple(curves)


def _named(result: Result, labels: dict[str, str]) -> Result:
    return replace(result, method=replace(result.method, label=labels[result.method.label]))


def _dataset(grid: Grid) -> str:
    return grid.plan.cells[0].dataset.name
