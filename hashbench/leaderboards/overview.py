"""All methods of a board at all code lengths: where each stands on the whole."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashbench.leaderboards.standings import Standing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANDOM = "random"
"""The control whose codes say nothing."""


@dataclass(frozen=True, slots=True)
class Overall:
    """A method at all lengths that it was measured at.

    Attributes
    ----------
    first : Standing
        Its row at its greatest length.
    by_bits : mapping of int to Standing
    mean_rank : float or None
        Mean over its lengths that count of the middle of its range of ranks; None for a control.
    normalised : float or None
        mAP@20 at the board's greatest length on the scale from the ``random`` control (0) to the
        features before hashing (1); None where one of the three is not there.
    """

    first: Standing
    by_bits: Mapping[int, Standing]
    mean_rank: float | None
    normalised: float | None


def overall(rows: Mapping[int, Sequence[Standing]], exact: float | None) -> list[Overall]:
    """Return the methods of a board, those at the most lengths and of the best mean rank first.

    A mean over few lengths says less than one over many: a method that was measured at one length
    does not stand above those that hold at six. Controls come last. A length counts where at least
    half of the methods were measured: to be the third of four is not what the third of eleven is.

    Parameters
    ----------
    rows : mapping of int to sequence of Standing
        By code length.
    exact : float, optional
        mAP@20 of the features before hashing.
    """
    found: dict[str, dict[int, Standing]] = {}
    for bits in sorted(rows):
        for row in rows[bits]:
            found.setdefault(row.label, {})[bits] = row
    counted = _counted(rows)
    longest = max(rows, default=0)
    floor = _floor(rows.get(longest, ()))
    all_rows = [
        Overall(
            by_bits[max(by_bits)],
            by_bits,
            mean_rank([row for bits, row in by_bits.items() if bits in counted]),
            _normalised(by_bits.get(longest), floor, exact),
        )
        for by_bits in found.values()
    ]
    return sorted(
        all_rows,
        key=lambda one: (
            one.mean_rank is None,
            -len(counted & set(one.by_bits)),
            one.mean_rank or 0.0,
            -statistics.fmean(row.interval.mean for row in one.by_bits.values()),
            one.first.label,
        ),
    )


def _floor(rows: Sequence[Standing]) -> Standing | None:
    """Return the row of the ``random`` control; of several releases that of the most seeds."""
    found = [row for row in rows if row.method.control and row.method.label == RANDOM]
    return max(found, key=lambda row: (len(row.seeds), row.method.version), default=None)


def _counted(rows: Mapping[int, Sequence[Standing]]) -> set[int]:
    """Return the lengths at which at least half of all competitors were measured."""
    there = {bits: {r.label for r in here if r.rank is not None} for bits, here in rows.items()}
    every = set[str]().union(*there.values())
    return {bits for bits, labels in there.items() if 2 * len(labels) >= len(every)}


def exact_score(features: Mapping[str, NDArray[np.float64]]) -> float | None:
    """Return mAP@20 of the better ranking of the features before hashing, None without any."""
    return max((float(ap.mean()) for ap in features.values()), default=None)


def mean_rank(rows: Sequence[Standing]) -> float | None:
    """Return the mean of the middles of ranges of ranks, None for a control."""
    middles = [
        (row.rank + row.last_rank) / 2
        for row in rows
        if row.rank is not None and row.last_rank is not None
    ]
    return statistics.fmean(middles) if middles else None


def _normalised(row: Standing | None, floor: Standing | None, exact: float | None) -> float | None:
    if row is None or floor is None or exact is None or exact <= floor.interval.mean:
        return None
    return (row.interval.mean - floor.interval.mean) / (exact - floor.interval.mean)
