"""Numbers printed in publications, to stand beside measured ones and never among them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


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
    profile, source : str
        Under which profile, and where it is printed.
    trained_on : str
        The other data set that was trained on; empty otherwise.
    """

    label: str
    bits: int
    k: int
    value: float
    profile: str
    source: str
    trained_on: str = ""


def reported(dataset: str) -> list[Reported]:
    """Return the numbers printed for a data set, in the order of their sources."""
    document = _document()
    numbers = [
        Reported(row["label"], table["bits"], k, value, table["profile"], table["source"])
        for table in document.get("table", ())
        if table["dataset"] == dataset
        for row in table["rows"]
        for k, value in zip(table["k"], row["values"], strict=True)
    ]
    return numbers + [
        Reported(
            row["label"], gain["bits"], gain["k"], row["value"], gain["profile"], gain["source"],
            gain["train"],
        )
        for gain in document.get("gain", ())
        if gain["test"] == dataset
        for row in gain["rows"]
    ]  # fmt: skip


def reported_datasets() -> set[str]:
    """Return the data sets that numbers are printed for."""
    document = _document()
    tables = {table["dataset"] for table in document.get("table", ())}
    return tables | {gain["test"] for gain in document.get("gain", ())}


@cache
def _document() -> dict[str, Any]:
    text = resources.files("hashbench.protocols").joinpath("reported.toml").read_text("utf-8")
    return tomllib.loads(text)
