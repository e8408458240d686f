"""The page of a board: one table of all lengths, figures, and the rows of each length folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.described import facts_for
from hashbench.leaderboards.entries import places, ranked, within
from hashbench.leaderboards.methods_table import (
    CHOSEN,
    PARAMETERS,
    how_chosen,
    methods_sheet,
)
from hashbench.leaderboards.repeat_notes import Repeats
from hashbench.leaderboards.reported_page import reported_sheets
from hashbench.leaderboards.standings import Standing, clusters_of
from hashbench.leaderboards.terms import (
    FALLING_SIGN,
    FEATURES,
    meanings,
)
from hashbench.leaderboards.two_stage_page import CHART, MEANING, measure, two_stage_sheets
from hashbench.ranking.cutoffs import plain
from hashbench.reports.reported import notes, reported
from hashbench.reports.rows import sign_of
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words
from hashbench.runs.facts import Facts
from hashbench.site.links import Links
from hashbench.site.measured import Measured


def board_page(board: Board, found: Measured | None, links: Links) -> dict[str, Any]:
    """Return what the template of a board's page is given.

    Parameters
    ----------
    board : Board
    found : Measured, optional
        None where it holds reported numbers only.
    links : Links
    """
    numbers = reported(board.dataset)
    given: dict[str, Any] = {
        "name": board.dataset,
        "reported": [sheet for sheet in reported_sheets(numbers) if sheet is not None],
        "reported_notes": notes(numbers),
        "measured": found is not None,
    }
    if found is None:
        return given
    facts = _facts(found)
    return given | {
        "terms": meanings(found.board, found.section, found.rows),
        "last_change": found.last_change,
        "overall": _overall(found, facts, links),
        "order": [_number(found, one.first) for one in found.methods],
        "known": methods_sheet(
            found.methods, {k: r.record for k, r in found.results.items()}, found.described
        ),
        "known_notes": [PARAMETERS, CHOSEN, *how_chosen(found.described)],
        "lengths": [_length(found, bits, links) for bits in found.rows],
        "features": _features(found),
        "stages": _stages(found),
        "figures": [
            chart for chart in ("map-over-bytes", "map-over-speed") if _drawn(board, chart)
        ],
        "methods": [
            {**look, **_told(facts[label]), "name": label} for label, look in found.looks.items()
        ],
        "data": _data(found, facts),
    }


def _drawn(board: Board, chart: str) -> bool:
    return (board.folder / f"{chart}.svg").is_file()


def _facts(found: Measured) -> dict[str, Facts]:
    results = found.results
    return {
        one.first.label: facts_for(results[one.first.keys[0]].record, found.described)
        for one in found.methods
    }


def _number(found: Measured, row: Standing) -> int:
    return list(found.looks).index(row.label)


def _overall(found: Measured, facts: Mapping[str, Facts], links: Links) -> Sheet:
    """One row a method, by mean rank, controls last."""
    dated = any(one.year or one.venue for one in facts.values())
    lines = []
    for one in found.methods:
        rows = list(one.by_bits.values())
        known = facts[one.first.label]
        entries = [
            Entry(one.mean_rank, NOTHING if one.mean_rank is None else f"{one.mean_rank:.1f}"),
            *(
                ranked(one.by_bits[bits]) if bits in one.by_bits else Entry(None, NOTHING)
                for bits in found.rows
            ),
            Entry(one.normalised, NOTHING if one.normalised is None else f"{one.normalised:.2f}"),
            *([Entry(known.year, str(known.year or NOTHING)), words(known.venue)] if dated else []),
            words(max(found.day(row) for row in rows) or NOTHING),
        ]
        sign = sign_of(one.first.method) + (FALLING_SIGN if any(r.falling for r in rows) else "")
        link = links.method(one.first.method)
        lines.append(Line(one.first.label, tuple(entries), sign=sign, link=link))
    columns = (
        Column("mean rank"),
        *(Column(f"{bits} bits") for bits in found.rows),
        Column(f"normalised, {max(found.rows)} bits"),
        *([Column("year"), Column("venue", "text")] if dated else []),
        Column("last measured", "text"),
    )
    return Sheet("mAP and rank at all lengths", "", "method", columns, tuple(lines))


_COLUMNS = (
    Column("method", "text"),
    Column(f"mAP@{K}"),
    Column("tie mass"),
    Column("encode videos/s"),
    Column("bytes/video"),
    Column("seeds"),
    Column("measured by", "text"),
    Column("reproduced by"),
    Column("last measured", "text"),
)


def _length(found: Measured, bits: int, links: Links) -> dict[str, Any]:
    rows = found.rows[bits]
    return {
        "bits": bits,
        "sheet": Sheet(
            f"Rows at {bits} bits", "", "rank", _COLUMNS,
            tuple(_line(found, row, links) for row in rows), right=True,
        ),
        "order": [_number(found, row) for row in rows],
        "rows": [
            {
                "label": row.label,
                "command": row.command,
                "authors": row.authors,
                "records": list(zip(row.seeds, row.keys, strict=True)),
            }
            for row in rows
        ],
    }  # fmt: skip


def _line(found: Measured, row: Standing, links: Links) -> Line:
    again = {by for key in row.keys for by in found.repeats.get(key, Repeats()).same}
    sign = sign_of(row.method) + (FALLING_SIGN if row.falling else "")
    mass, speed = row.tie_mass, row.speed
    return Line(
        places(row),
        (
            Entry(None, row.label, suffix=sign, link=links.method(row.method)),
            Entry(100 * row.interval.mean, within(row.interval, "q")),
            Entry(mass, NOTHING if mass is None else f"{mass:.3f}"),
            Entry(speed, NOTHING if speed is None else f"{speed:,.0f}"),
            Entry(row.bytes_per_video, str(row.bytes_per_video)),
            Entry(len(row.seeds), str(len(row.seeds))),
            words(", ".join(row.by)),
            Entry(len(again), str(len(again) or NOTHING)),
            words(found.day(row) or NOTHING),
        ),
    )


def _features(found: Measured) -> Sheet | None:
    from hashbench.ranking.intervals import mean_interval

    if not found.features:
        return None
    clusters = clusters_of(found.board, found.section)
    lines = []
    for name, ap in found.features.items():
        one = mean_interval(ap, clusters, deterministic=True)  # with every seed the same
        lines.append(Line(name, (Entry(100 * one.mean, within(one, "q")),)))
    column = Column(f"mAP@{K}, profile {found.section.profile}")
    return Sheet(FEATURES, "", "control", (column,), tuple(lines))


def _stages(found: Measured) -> dict[str, Any]:
    """Return the tables of two-stage search and what they mean; nothing without any."""
    told = found.stages
    sheets = {} if told is None else two_stage_sheets(told, found.rows)
    if told is None or not sheets:
        return {}
    return {
        "title": f"Two-stage search: {measure(told)}",
        "meaning": MEANING.format(find=told.find),
        "lengths": list(sheets.items()),
        "figure": CHART if _drawn(found.board, CHART) else "",
    }


def _told(facts: Facts) -> dict[str, Any]:
    return {
        "year": facts.year,
        "venue": facts.venue,
        "licence": facts.licence,
        "chosen_on": facts.chosen_on,
    }


def _data(found: Measured, facts: Mapping[str, Facts]) -> dict[str, Any]:
    """Return what filters and charts of the page read: fractions, rounded as far as they show."""
    numbers = {label: number for number, label in enumerate(found.looks)}
    return {
        "title": found.name,
        "bits": list(found.rows),
        "nDatabase": found.section.results[0].record.dataset.n_database,
        "ks": [plain(k) for k in found.section.measured[0].scores.k],
        "methods": [{**look, **_told(facts[label])} for label, look in found.looks.items()],
        "rows": [
            {
                "method": numbers[row.label],
                "bits": bits,
                "mean": round(row.interval.mean, 6),
                "half": round((row.interval.high - row.interval.low) / 2, 6),
                "seeds": len(row.seeds),
                "speed": None if row.speed is None else round(row.speed),
                "by_k": _by_k(found, row.keys),
            }
            for bits, rows in found.rows.items()
            for row in rows
        ],
    }


def _by_k(found: Measured, keys: Sequence[str]) -> dict[int | str, float]:
    """Return the mean over seeds of mAP at each K."""
    scores = [found.results[key].scores for key in keys]
    profile = found.section.profile
    values = {k: [s.get(profile, "expected", "AP", k) for s in scores] for k in scores[0].k}
    return {
        plain(k): round(sum(v for v in here if v is not None) / len(here), 6)
        for k, here in values.items()
        if None not in here
    }
