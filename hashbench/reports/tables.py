"""One table a data set, profile, tie policy and K: methods down, code lengths across."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hashbench.ranking.scores import AVERAGE_PRECISION, score_name
from hashbench.reports.footnotes import Footnotes, Marks
from hashbench.reports.results import DatasetId, MethodId, Result, Section
from hashbench.reports.selection import Selection
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Note, Sheet, numbered


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
    """

    bits: int
    values: tuple[tuple[int, float], ...] = ()
    marks: Marks = ()
    failed: bool = False
    best: bool = False

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
    """Return what marks a method: † a control, ‡ a control that sees labels, § supervised."""
    if method.control:
        return "‡" if method.supervised else "†"
    return "§" if method.supervised else ""


SIGNS = {
    "†": "control: a yardstick, not a competitor",
    "‡": "control that sees the labels of the videos it encodes: not a competitor",
    "§": "trained with labels",
}
"""What the signs beside method names mean."""


def meanings(used: Collection[str]) -> tuple[Note, ...]:
    """Return a note for each sign in use."""
    return tuple(Note(text, sign) for sign, text in SIGNS.items() if sign in used)


@dataclass(frozen=True, slots=True)
class Table:
    """mAP at one K: rows are methods, columns code lengths.

    Attributes
    ----------
    dataset : DatasetId
    profile, ties : str
    k : int
    bits, seeds : tuple of int
    rows : tuple of Row
        Competitors by name, then controls.
    notes : tuple of (str, str)
        Letter and text of the footnotes.
    """

    dataset: DatasetId
    profile: str
    ties: str
    k: int
    bits: tuple[int, ...]
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """What is measured and on what."""
        return f"mAP@{self.k} (%) on {self.dataset}"

    @property
    def terms(self) -> str:
        """Under which profile, tie policy and seeds: without them the number means nothing."""
        spread = " (mean and standard deviation)" if self.spreads else ""
        return f"profile {self.profile}, ties {self.ties}, {numbered('seed', self.seeds)}{spread}"

    @property
    def caption(self) -> str:
        """Title and terms."""
        return f"{self.title}, {self.terms}"

    @property
    def spreads(self) -> bool:
        """Whether some score is the mean of several seeds."""
        return any(len(score.values) > 1 for row in self.rows for score in row.scores)

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Signs and letters in use, each with its meaning."""
        signs = meanings({row.sign for row in self.rows})
        return (*((note.sign, note.text) for note in signs), *self.notes)

    @property
    def sheet(self) -> Sheet:
        """The table, ready to be written."""
        parts = (self.dataset.name, f"map{self.k}", self.profile, self.ties)
        return Sheet(
            self.title,
            self.terms,
            "method",
            tuple(Column(str(bits)) for bits in self.bits),
            tuple(row.line for row in self.rows),
            tuple(Note(text, sign) for sign, text in self.legend),
            "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON values, fractions in full precision."""
        return {
            "dataset": self.dataset.name,
            "dataset_version": self.dataset.version,
            "dataset_sha256": self.dataset.sha256,
            "trained_on": self.dataset.trained_on or self.dataset.name,
            "evaluator": self.dataset.evaluator,
            "measure": score_name(AVERAGE_PRECISION, self.k),
            "k": self.k,
            "profile": self.profile,
            "ties": self.ties,
            "bits": list(self.bits),
            "seeds": list(self.seeds),
            "rows": [row.to_json() for row in self.rows],
            "notes": dict(self.notes),
        }


def tables(found: Iterable[Section], selection: Selection) -> list[Table]:
    """Build every table that the selection asks for, in the order data, profile, ties, K.

    Raises
    ------
    UsageError
        If the selection names something that no record has.
    """
    built: list[Table] = []
    for section in found:
        chosen = selection.resolve(section)
        built += [
            table(section, k, profile, ties)
            for profile in chosen.profiles or ()
            for ties in chosen.ties or ()
            for k in chosen.k or ()
        ]
    return built


def table(section: Section, k: int, profile: str, ties: str) -> Table:
    """Build the table of one K, one profile and one tie policy."""
    bits = tuple(sorted({result.bits for result in section.results}))
    seeds = tuple(sorted({result.seed for result in section.results}))
    notes = Footnotes()
    labels = labels_of(section)
    rows = []
    for method, label in labels.items():
        mine = [result for result in section.results if result.method == method]
        rows.append(Row(method, label, _scores(mine, label, bits, k, profile, ties, notes)))
    return Table(section.dataset, profile, ties, k, bits, seeds, _with_best(rows), notes.lettered())


def labels_of(section: Section) -> dict[MethodId, str]:
    """Name every method so that no two rows read alike; competitors first, then controls."""
    methods = sorted({result.method for result in section.results}, key=_order)
    told = [method.label for method in methods]
    return {
        m: m.label if told.count(m.label) == 1 else f"{m.label} ({m.distribution} {m.version})"
        for m in methods
    }


def _order(method: MethodId) -> tuple[bool, bool, str, MethodId]:
    return method.control, method.control and method.supervised, method.label.casefold(), method


def _scores(
    results: Sequence[Result],
    label: str,
    bits: Sequence[int],
    k: int,
    profile: str,
    ties: str,
    notes: Footnotes,
) -> tuple[Score, ...]:
    scores = []
    all_seeds = {result.seed for result in results}
    for length in bits:
        here = [result for result in results if result.bits == length]
        values = tuple(
            (result.seed, value)
            for result in here
            if (value := result.scores.get(profile, ties, AVERAGE_PRECISION, k)) is not None
        )
        marks = [
            notes.failure(label, length, result.seed, result.error)
            for result in here
            if result.error is not None
        ]
        lacking = [r for r in here if r.error is None and r.seed not in dict(values)]
        if lacking:
            name = score_name(AVERAGE_PRECISION, k)
            marks.append(notes.missing_measure(label, length, name, profile, ties))
        if values and {result.seed for result in here} != all_seeds:
            marks.append(notes.fewer_seeds(label, length, [result.seed for result in here]))
        failed = not values and any(result.error is not None for result in here)
        scores.append(Score(length, values, tuple(dict.fromkeys(marks)), failed))
    return tuple(scores)


def _with_best(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Mark the highest number of each column; numbers that print alike share the mark."""
    competitors = [row for row in rows if not row.method.control]
    if len(competitors) < 2:
        return tuple(rows)
    columns = zip(*(row.scores for row in competitors), strict=True)
    tops = [max((score.mean or 0.0 for score in column), default=0.0) for column in columns]
    return tuple(
        replace(row, scores=tuple(map(_marked, row.scores, tops))) if row in competitors else row
        for row in rows
    )


def _marked(score: Score, top: float) -> Score:
    return replace(score, best=score.mean is not None and score.shown == f"{100 * top:.2f}")
