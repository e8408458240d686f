"""One table a data set, profile, tie rule and K: methods down, bit lengths across."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hashbench.reports.footnotes import Footnotes, Marks
from hashbench.reports.results import DatasetId, MethodId, Result, Section
from hashbench.reports.selection import Selection


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
        return "fail" if self.failed else "\N{EN DASH}"

    @property
    def shown_spread(self) -> str:
        """The spread in percentage points, or an empty text."""
        return "" if self.spread is None else f"{100 * self.spread:.2f}"


@dataclass(frozen=True, slots=True)
class Row:
    """A method and its scores, one a bit length of the table."""

    method: MethodId
    label: str
    scores: tuple[Score, ...]

    @property
    def sign(self) -> str:
        """What marks the method: † a control, ‡ a control that sees labels, § supervised."""
        return sign_of(self.method)


def sign_of(method: MethodId) -> str:
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


@dataclass(frozen=True, slots=True)
class Table:
    """mAP at one K: rows are methods, columns bit lengths.

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
        """Under which profile, tie rule and seeds: without them the number means nothing."""
        told = f"seed{'s' if len(self.seeds) > 1 else ''} {', '.join(map(str, self.seeds))}"
        spread = " (mean and standard deviation)" if self.spreads else ""
        return f"profile {self.profile}, ties {self.ties}, {told}{spread}"

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
        used = {row.sign for row in self.rows}
        return (*((sign, text) for sign, text in SIGNS.items() if sign in used), *self.notes)


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
    """Build the table of one K, one profile and one tie rule."""
    bits = tuple(sorted({result.bits for result in section.results}))
    seeds = tuple(sorted({result.seed for result in section.results}))
    notes = Footnotes()
    labels = labels_of(section)
    rows = []
    for method, label in labels.items():
        mine = [result for result in section.results if result.method == method]
        rows.append(Row(method, label, _scores(mine, label, bits, f"AP@{k}", profile, ties, notes)))
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
    measure: str,
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
            if (value := result.value(measure, profile, ties)) is not None
        )
        marks = [
            notes.failure(label, length, result.seed, result.error)
            for result in here
            if result.error is not None
        ]
        lacking = [r for r in here if r.error is None and r.seed not in dict(values)]
        if lacking:
            marks.append(notes.missing_measure(label, length, measure, profile, ties))
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
