"""Numbers as printed in publications, for their columns beside the measured ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """

    id: str
    source: str
    note: str
    dataset: str
    profile: str
    bits: int
    values: Mapping[str, Mapping[int, float]]


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


def _table(table: Mapping[str, Any]) -> Printed:
    values = {
        row["label"]: dict(zip(table["k"], row["values"], strict=True)) for row in table["rows"]
    }
    names = ("id", "source", "dataset", "profile", "bits")
    return Printed(
        **{name: table[name] for name in names}, note=table.get("note", ""), values=values
    )


@cache
def _read() -> dict[str, Any]:
    text = resources.files("hashbench.reports").joinpath("reported.toml").read_text("utf-8")
    return tomllib.loads(text)
