"""A row's numbers as text, alike on every page: mean, half-width, interval, open places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashbench.leaderboards.standings import Standing
from hashbench.reports.sheet import NOTHING, Entry

if TYPE_CHECKING:
    from hashbench.ranking.intervals import Interval


def ranked(row: Standing) -> Entry:
    """Return mean and half-width in percent, with the places that are open."""
    percent = 100 * row.interval.mean
    half = 50 * (row.interval.high - row.interval.low)
    rank = "" if row.rank is None else f" ({places(row)})"
    return Entry(percent, f"{percent:.2f}", best=row.rank == 1, suffix=f"± {half:.2f}{rank}")


def places(row: Standing) -> str:
    """Return the places open to a row, as ``2`` or ``2-4`` with a dash between."""
    return from_to(row.rank, row.last_rank)


def from_to(first: int | None, last: int | None) -> str:
    """Return the first and the last place as :func:`places` does; None for a control's."""
    if first is None:
        return NOTHING
    return str(first) if first == last else f"{first}{NOTHING}{last}"


def within(interval: Interval, alone: str) -> str:
    """Return a mean in percent with its interval; ``alone`` follows one over queries alone.

    The t interval knows no bounds, but mAP does: what lies outside of 0 and 100 is not shown.
    """
    ends = max(0.0, interval.low), min(1.0, interval.high)
    mean, low, high = (f"{100 * x:.2f}" for x in (interval.mean, *ends))
    return f"{mean} [{low}, {high}]" + ("" if interval.covers_seeds else f" {alone}")
