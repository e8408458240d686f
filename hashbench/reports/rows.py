"""Rows of a table: a method, and its scores by code length with what marks them."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from hashbench.reports.footnotes import Marks
from hashbench.reports.results import MethodId
from hashbench.reports.sheet import NOTHING, Entry, Line, Note


@dataclass(frozen=True, slots=True)
class Score:
    """One cell of a table.

    Attributes
    ----------
    bits : int
    values : tuple of (int, float)
        Seed and mAP, as a fraction.
    marks : tuple of str
        Letters of the footnotes that belong to it.
    failed : bool
        Whether there is no number because the cell failed.
    best : bool
        Whether no competitor shows a higher number at this length; controls do not compete.
    rank : (int, int) or None
        The first and the last place that comparisons leave open, None where they are not known.
    """

    bits: int
    values: tuple[tuple[int, float], ...] = ()
    marks: Marks = ()
    failed: bool = False
    best: bool = False
    rank: tuple[int, int] | None = None

    @property
    def tied(self) -> bool:
        """Whether another is best and not separable from it."""
        return not self.best and self.rank is not None and self.rank[0] == 1

    @property
    def mean(self) -> float | None:
        """Mean over the seeds, or None where there is no number."""
        return statistics.fmean(value for _, value in self.values) if self.values else None

    @property
    def spread(self) -> float | None:
        """Sample standard deviation over the seeds, or None below two seeds."""
        if len(self.values) < 2:
            return None
        return statistics.stdev(value for _, value in self.values)

    @property
    def shown(self) -> str:
        """The mean in percent with two decimals, ``fail``, or a dash where nothing was run."""
        if self.mean is not None:
            return f"{100 * self.mean:.2f}"
        return "fail" if self.failed else NOTHING

    @property
    def entry(self) -> Entry:
        """The score in percent, as a sheet shows it."""
        mean, spread = self.mean, self.spread
        return Entry(
            None if mean is None else 100 * mean,
            self.shown,
            None if spread is None else 100 * spread,
            self.marks,
            self.best,
            self.failed,
            self.tied,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the score as JSON values, fractions."""
        return {
            "bits": self.bits,
            "mean": self.mean,
            "std": self.spread,
            "by_seed": {str(seed): value for seed, value in self.values},
            "failed": self.failed,
            "best": self.best,
            "rank": None if self.rank is None else list(self.rank),
            "notes": list(self.marks),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A method and its scores, one a code length of the table."""

    method: MethodId
    label: str
    scores: tuple[Score, ...]

    @property
    def sign(self) -> str:
        """What marks the method; see :func:`sign_of`."""
        return sign_of(self.method)

    @property
    def line(self) -> Line:
        """The row as a sheet shows it; a rule sets controls apart."""
        return Line(
            f"{self.label} {self.sign}".strip(),
            tuple(score.entry for score in self.scores),
            "control" if self.method.control else "",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "method": self.label,
            "control": self.method.control,
            "supervised": self.method.supervised,
            "scores": [score.to_json() for score in self.scores],
        }


class Signed(Protocol):
    """A method that says whether it competes and whether labels were read."""

    @property
    def control(self) -> bool:
        """Whether it is a yardstick."""

    @property
    def supervised(self) -> bool:
        """Whether labels were read."""


def sign_of(method: Signed) -> str:
    """Return what marks a method: † a control, ‡ one that sees labels, § supervised, ¶ authored."""
    if method.control:
        return "‡" if method.supervised else "†"
    supervised = "§" if method.supervised else ""
    return supervised + (AUTHORED if getattr(method, "authored", False) else "")


AUTHORED = "¶"
SIGNS = {
    "†": "control: a yardstick, not a competitor",
    "‡": "control that sees the labels of the videos it encodes: not a competitor",
    "§": "trained with labels",
    AUTHORED: "codes by their authors: ranked here, made elsewhere",
}
"""What the signs beside method names mean."""


def meanings(used: Collection[str]) -> tuple[Note, ...]:
    """Return a note for each sign in use."""
    signs = set("".join(used))
    return tuple(Note(text, sign) for sign, text in SIGNS.items() if sign in signs)
