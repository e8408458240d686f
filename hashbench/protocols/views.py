"""What an experiment shows, from records alone: sheets and charts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hashbench.protocols.grid import Grid
from hashbench.protocols.sheets import Column, Entry, Line, Sheet, measured, printed
from hashbench.reports import Selection, charts, read, sections
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.reported import Printed, find, look_up, sources
from hashbench.reports.results import Result, Section
from hashbench.reports.tables import Row, Score, Table, table


def sheets(grid: Grid) -> list[Sheet]:
    """Return the sheets of an experiment within one data set, for every profile and tie rule.

    A sheet a code length with K across, or a sheet a K with code lengths across.
    """
    found = []
    for profile in grid.plan.profiles:
        for ties in grid.plan.measures.ties:
            tables = _tables(grid, profile, ties)
            if tables and grid.experiment.shows in ("by-bits", "curves"):
                found += [_by_bits(grid, tables[k]) for k in grid.experiment.k]
            elif tables:
                found += [_by_k(grid, tables, bits) for bits in grid.experiment.bits]
    return found


def parameter_charts(grid: Grid) -> list[Chart]:
    """Return mAP over the rows, one line a K and one panel a code length (Fig. 7)."""
    found = []
    for profile in grid.plan.profiles:
        for ties in grid.plan.measures.ties:
            tables = _tables(grid, profile, ties)
            panels = tuple(
                Panel(f"{bits} bits", _over_rows(grid, tables, bits))
                for bits in grid.experiment.bits
                if tables
            )
            if any(panel.curves for panel in panels):
                terms = next(iter(tables.values())).terms
                found.append(
                    Chart(
                        stem(grid, profile, ties),
                        f"{grid.experiment.title}: mAP@K on {_dataset(grid)}, {terms}",
                        grid.experiment.across,
                        "mAP@K (%)",
                        False,
                        panels,
                        tuple(row.label for row in grid.experiment.rows),
                    )
                )
    return found


def curve_charts(grid: Grid) -> list[Chart]:
    """Return mAP over K, a panel a code length (Fig. 8), and over code lengths."""
    section = _section(grid)
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


def scores(grid: Grid, profile: str, ties: str) -> dict[tuple[str, int, int], Score]:
    """Return every score by row label, code length and K."""
    return {
        (row.label, bits, k): row.scores[place]
        for k, one in _tables(grid, profile, ties).items()
        for row in one.rows
        for place, bits in enumerate(one.bits)
    }


def _by_k(grid: Grid, tables: dict[int, Table], bits: int) -> Sheet:
    first = next(iter(tables.values()))
    theirs = find(grid.experiment.reported, first.dataset.name, bits)
    blocks = [(f"mAP@{k}", one, bits, k, theirs) for k, one in tables.items()]
    return _sheet(grid, f"mAP@K (%) on {first.dataset}, {bits} bits", blocks)


def _by_bits(grid: Grid, one: Table) -> Sheet:
    name, ids = one.dataset.name, grid.experiment.reported
    blocks = [(f"{b} bits", one, b, one.k, find(ids, name, b)) for b in one.bits]
    return _sheet(grid, one.title, blocks)


def _sheet(
    grid: Grid, title: str, blocks: Sequence[tuple[str, Table, int, int, list[Printed]]]
) -> Sheet:
    columns: list[Column] = []
    entries: dict[str, list[Entry]] = {row.label: [] for row in grid.experiment.rows}
    notes: list[str] = []
    for head, one, bits, k, theirs in blocks:
        rows = {row.label: row for row in one.rows}
        compare = any(look_up(theirs, label, k) is not None for label in entries)
        columns += [Column(head), *([Column(head, "reported")] if compare else [])]
        for label, line in entries.items():
            line.append(measured(rows[label].scores[one.bits.index(bits)]))
            if compare:
                line.append(printed(look_up(theirs, label, k)))
        notes += sources(theirs) if compare else ()
        notes += [text if letter.isalpha() else f"{letter} {text}" for letter, text in one.legend]
    signs = {row.label: row.sign for _, one, *_ in blocks for row in one.rows}
    return Sheet(
        f"{grid.experiment.title}: {title}",
        blocks[0][1].terms,
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


def _tables(grid: Grid, profile: str, ties: str) -> dict[int, Table]:
    section = _section(grid)
    if section is None:
        return {}
    return {k: table(section, k, profile, ties) for k in grid.experiment.k}


def _section(grid: Grid) -> Section | None:
    labels = grid.labels
    results = [_named(result, labels) for result in read(grid.records())]
    found = sections(results)
    return found[0] if found else None


def _named(result: Result, labels: dict[str, str]) -> Result:
    return replace(result, method=replace(result.method, label=labels[result.method.label]))


def _dataset(grid: Grid) -> str:
    return grid.plan.cells[0].dataset.name
