"""Choosing rows and code lengths of a report, their order, and what rows are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.reports.results import Result, Section


def chosen(
    found: Sequence[Section],
    methods: Sequence[str] | None = None,
    bits: Collection[int] | None = None,
    labels: Mapping[str, str] | None = None,
) -> list[Section]:
    """Return the sections with some of their rows and lengths, under other labels.

    Parameters
    ----------
    found : sequence of Section
    methods : sequence of str, optional
        Labels of rows, in any case and in the order to show them. A name without brackets means
        all rows of the method where none is called just that.
    bits : collection of int, optional
        Code lengths.
    labels : mapping, optional
        What to call a row, by its label.

    Raises
    ------
    UsageError
        If no row or length is what is asked for, or two rows would be called the same.
    """
    rows = {result.method.label for section in found for result in section.results}
    order = None if methods is None else _order(methods, rows)
    if bits is not None:
        _check_bits(bits, {result.bits for section in found for result in section.results})
    named = _named(labels or {}, rows)
    sections = []
    for section in found:
        kept = tuple(
            _shown(result, order, named)
            for result in section.results
            if (order is None or result.method.label in order)
            and (bits is None or result.bits in bits)
        )
        if kept:
            sections.append(replace(section, results=kept))
    if found and not sections:
        listed = ",".join(map(str, sorted(bits or ())))
        raise UsageError(
            f"--bits {listed}: no record of {', '.join(methods or ())} has this length"
        )
    return sections


def _order(methods: Sequence[str], rows: Collection[str]) -> dict[str, int]:
    """Return the place of each row that is asked for."""
    order: dict[str, int] = {}
    for name in methods:
        for row in _meant(name, rows):
            order.setdefault(row, len(order))
    return order


def _meant(name: str, rows: Collection[str]) -> list[str]:
    exact = [row for row in rows if row.casefold() == name.casefold()]
    meant = exact or sorted(r for r in rows if r.casefold().startswith(f"{name.casefold()}["))
    if not meant:
        raise unknown("method in the records", name, sorted(rows))
    return meant


def _check_bits(bits: Collection[int], known: Collection[int]) -> None:
    for length in bits:
        if length not in known:
            listed = ",".join(map(str, sorted(known)))
            raise UsageError(f"--bits {length}: no record has this length; they have {listed}")


def _named(labels: Mapping[str, str], rows: Collection[str]) -> dict[str, str]:
    named: dict[str, str] = {row: row for row in rows}
    for name, label in labels.items():
        meant = _meant(name, rows)
        if len(meant) > 1:
            raise UsageError(f"--label {name}={label}: {name} is {len(meant)} rows; name one")
        named[meant[0]] = label
    twice = [label for label in named.values() if list(named.values()).count(label) > 1]
    if twice:
        raise UsageError(f"--label: two rows would be called {twice[0]!r}")
    return named


def _shown(result: Result, order: Mapping[str, int] | None, named: Mapping[str, str]) -> Result:
    old = result.method.label
    place = 0 if order is None else order[old]
    return replace(result, method=replace(result.method, label=named[old], place=place))
