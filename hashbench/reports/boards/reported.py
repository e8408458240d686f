"""Numbers printed in publications, to stand beside measured ones and never among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hashbench.reports.reported import printed_gains, printed_tables


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
    """

    label: str
    bits: int
    k: int
    value: float
    profile: str
    source: str
    note: str = ""
    trained_on: str = ""


def reported(dataset: str) -> list[Reported]:
    """Return the numbers printed for a data set, in the order of their sources."""
    numbers = [
        Reported(label, table.bits, k, value, table.profile, table.source, table.note)
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
