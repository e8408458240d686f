"""The table of a board's methods: published where, trained how, chosen on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hashbench.leaderboards.described import Described, facts_for
from hashbench.leaderboards.overview import Overall
from hashbench.leaderboards.standings import Standing
from hashbench.reports.formats.markdown import escape, table
from hashbench.reports.rows import sign_of
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words
from hashbench.runs import Record
from hashbench.runs.facts import Facts

PARAMETERS = (
    "parameters: numbers that the fitted method holds for encoding, learnt or drawn, without its "
    "decoder, at its greatest length and over its variants"
)
CHOSEN = (
    "chosen on: what the defaults of its parameters were chosen on or, of codes by their authors, "
    "the checkpoint"
)


def methods_sheet(
    found: Sequence[Overall], records: Mapping[str, Record], described: Described
) -> Sheet:
    """Return one row a method, whatever its parameters, in the order of the board.

    Parameters
    ----------
    found : sequence of Overall
    records : mapping of str to Record
        By key.
    described : mapping
        As of :func:`hashbench.leaderboards.described.describe`.
    """
    lines = []
    for (name, _, _), rows in _by_method(found, records).items():
        record = records[rows[0].keys[0]]
        facts = facts_for(record, described)
        entries = (
            words(facts.paper or NOTHING),
            Entry(facts.year, str(facts.year or NOTHING)),
            words(facts.venue or NOTHING),
            _program(facts),
            words(facts.licence or NOTHING),
            _parameters([records[key] for row in rows for key in row.keys]),
            words(facts.chosen_on),
            words(_trained_on(record)),
        )
        lines.append(Line(name, entries, sign=sign_of(rows[0].method)))
    columns = (
        Column("paper", "text"),
        Column("year"),
        Column("venue", "text"),
        Column("program", "text"),
        Column("licence of the program", "text"),
        Column("parameters"),
        Column("chosen on", "text"),
        Column("trained on", "text"),
    )
    return Sheet("Methods: published where, chosen on what", "", "method", columns, tuple(lines))


def methods_table(
    found: Sequence[Overall], records: Mapping[str, Record], described: Described
) -> list[str]:
    """Return the lines of the table in markdown; none where there is no competitor.

    The paper's line holds venue and year, which therefore have no columns of their own here.
    """
    sheet = methods_sheet(found, records, described)
    if not sheet.lines:
        return []
    kept = [i for i, column in enumerate(sheet.columns) if column.head not in ("year", "venue")]
    narrow = Sheet(
        "", "", sheet.across, tuple(sheet.columns[i] for i in kept),
        tuple(Line(line.label, tuple(line.entries[i] for i in kept), sign=line.sign)
              for line in sheet.lines),
    )  # fmt: skip
    told = [f"- {escape(line)}" for line in (PARAMETERS, CHOSEN, *how_chosen(described))]
    return ["## Methods", "", *table(narrow), "", *told, ""]


def _by_method(
    found: Sequence[Overall], records: Mapping[str, Record]
) -> dict[tuple[str, str, bool], list[Standing]]:
    """Return the rows at greatest length by method, distribution, and whether it is authored."""
    methods: dict[tuple[str, str, bool], list[Standing]] = {}
    for one in found:
        if not one.first.method.control:
            record = records[one.first.keys[0]]
            by = record.method.name, record.method.distribution, record.authored is not None
            methods.setdefault(by, []).append(one.first)
    return methods


def how_chosen(described: Described) -> list[str]:
    """Return a line on each way in which parameters were chosen, with the methods."""
    names: dict[str, list[str]] = {}
    for (method, _), facts in described.items():
        if facts.how:
            names.setdefault(facts.how, []).append(method)
    return [f"{', '.join(dict.fromkeys(methods))}: {how}" for how, methods in names.items()]


def _program(facts: Facts) -> Entry:
    if facts.address:
        return Entry(None, "program", link=facts.address)
    return words(facts.program or NOTHING)


def _parameters(records: Sequence[Record]) -> Entry:
    counts = {record.n_parameters for record in records if record.n_parameters is not None}
    if not counts:
        return Entry(None, NOTHING)
    least, most = min(counts), max(counts)
    return Entry(most, f"{most:,}" if least == most else f"{least:,}{NOTHING}{most:,}")


def _trained_on(record: Record) -> str:
    if record.authored is None:
        return "train"
    return str(record.authored.get("trained_on") or "unknown")
