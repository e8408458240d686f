"""Numbers as printed in publications, to stand beside measured ones and never among them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Printed:
    """mAP@K of some rows at one code length.

    Parameters
    ----------
    id, source, note : str
        The table's name here, where it was printed, and what to know of it.
    dataset, profile : str
        What was measured, and how the source says it was.
    bits : int
    values : mapping of str to mapping of int to float
        Percent, by row label and K.
    flags : mapping of str to str
        By row label: what another source says instead, where two contradict each other.
    """

    id: str
    source: str
    note: str
    dataset: str
    profile: str
    bits: int
    values: Mapping[str, Mapping[int, float]]
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PrintedGain:
    """Gain in mAP@K over training on the evaluated set itself.

    Parameters
    ----------
    id, source, profile : str
        As for :class:`Printed`.
    train, test : str
        Names of the data sets.
    bits, k : int
    values : mapping of str to float
        Percent, by row label.
    """

    id: str
    source: str
    profile: str
    train: str
    test: str
    bits: int
    k: int
    values: Mapping[str, float]

    def get(self, label: str) -> float | None:
        """Return the gain of a row, its label in any case; None if there is none."""
        folded = {name.casefold(): value for name, value in self.values.items()}
        return folded.get(label.casefold())


@dataclass(frozen=True, slots=True)
class Reported:
    """One printed number.

    Attributes
    ----------
    label : str
        The method or variant, as the source names it.
    bits, k : int
    value : float
        mAP@k in percent, or the gain in percent where ``trained_on`` is set.
    profile, source, note : str
        Under which profile, where it is printed, and what to know of it.
    trained_on : str
        The other data set that was trained on; empty otherwise.
    flag : str
        What another source says instead; empty where none contradicts.
    """

    label: str
    bits: int
    k: int
    value: float
    profile: str
    source: str
    note: str = ""
    trained_on: str = ""
    flag: str = ""


@cache
def printed_tables() -> tuple[Printed, ...]:
    """Return every printed table."""
    return tuple(_table(table) for table in _read()["table"])


@cache
def printed_gains() -> tuple[PrintedGain, ...]:
    """Return every printed row of gains across data sets."""
    names = ("id", "source", "profile", "train", "test", "bits", "k")
    return tuple(
        PrintedGain(
            **{name: table[name] for name in names},
            values={row["label"]: row["value"] for row in table["rows"]},
        )
        for table in _read()["gain"]
    )


def find(ids: Sequence[str], dataset: str, bits: int) -> list[Printed]:
    """Return the printed tables among ``ids`` for exactly this data set and code length."""
    return [
        table
        for table in printed_tables()
        if table.id in ids and table.dataset == dataset and table.bits == bits
    ]


def look_up(tables: Sequence[Printed], label: str, k: int) -> float | None:
    """Return the first number printed for a row and K, or None."""
    for table in tables:
        value = table.values.get(label, {}).get(k)
        if value is not None:
            return value
    return None


def sources(tables: Sequence[Printed]) -> tuple[str, ...]:
    """Return what to say below a sheet about the numbers that were not measured."""
    told = (f"reported: {t.source}, profile {t.profile}. {t.note}".strip() for t in tables)
    return tuple(dict.fromkeys(told))


def find_gain(train: str, test: str, bits: int, k: int) -> PrintedGain | None:
    """Return what was printed for one direction across data sets, or None."""
    wanted = (train, test, bits, k)
    gains = (g for g in printed_gains() if (g.train, g.test, g.bits, g.k) == wanted)
    return next(gains, None)


def reported(dataset: str) -> list[Reported]:
    """Return the numbers printed for a data set, in the order of their sources."""
    numbers = [
        Reported(
            label,
            table.bits,
            k,
            value,
            table.profile,
            table.source,
            table.note,
            flag=table.flags.get(label, ""),
        )
        for table in printed_tables()
        if table.dataset == dataset
        for label, by_k in table.values.items()
        for k, value in by_k.items()
    ]
    return numbers + [
        Reported(label, g.bits, g.k, value, g.profile, g.source, trained_on=g.train)
        for g in printed_gains()
        if g.test == dataset
        for label, value in g.values.items()
    ]


def reported_datasets() -> set[str]:
    """Return the data sets that numbers are printed for."""
    return {t.dataset for t in printed_tables()} | {g.test for g in printed_gains()}


def notes(numbers: Sequence[Reported]) -> Iterable[str]:
    """Return what is to be known of the sources, each once."""
    told = (f"{n.source}: {n.note}" for n in numbers if n.note)
    return dict.fromkeys(told)


def _table(table: Mapping[str, Any]) -> Printed:
    values = {
        row["label"]: dict(zip(table["k"], row["values"], strict=True)) for row in table["rows"]
    }
    names = ("id", "source", "dataset", "profile", "bits")
    return Printed(
        **{name: table[name] for name in names},
        note=table.get("note", ""),
        values=values,
        flags={row["label"]: row["flag"] for row in table["rows"] if "flag" in row},
    )


@cache
def _read() -> dict[str, Any]:
    text = resources.files("hashbench.reports").joinpath("reported.toml").read_text("utf-8")
    return tomllib.loads(text)
