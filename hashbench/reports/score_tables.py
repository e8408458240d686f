"""One table a data set, profile, tie policy and K: methods down, code lengths across."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hashbench.ranking.cutoffs import plain
from hashbench.ranking.scores import AVERAGE_PRECISION, score_name
from hashbench.reports.footnotes import Footnotes
from hashbench.reports.results import DatasetId, MethodId, Result, Section
from hashbench.reports.rows import Row, Score, meanings
from hashbench.reports.selection import Selection
from hashbench.reports.sheet import Column, Note, Sheet, numbered
from hashbench.runs.authored import chosen


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
    remarks : tuple of Note
        What else is to be said below it, such as what is not separable.
    """

    dataset: DatasetId
    profile: str
    ties: str
    k: int
    bits: tuple[int, ...]
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]
    remarks: tuple[Note, ...] = ()

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
    def signs(self) -> tuple[Note, ...]:
        """What the signs in use mean."""
        return meanings({row.sign for row in self.rows})

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Signs and letters in use, each with its meaning."""
        return (*((note.sign, note.text) for note in self.signs), *self.notes)

    @property
    def sheet(self) -> Sheet:
        """The table, ready to be written."""
        parts = (self.dataset.name, f"map{self.k}", self.profile, self.ties, self.dataset.mark)
        return Sheet(
            self.title,
            self.terms,
            "method",
            tuple(Column(str(bits)) for bits in self.bits),
            tuple(row.line for row in self.rows),
            (*self.remarks, *(Note(text, sign) for sign, text in self.legend)),
            "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", part) for part in parts if part),
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
            "k": plain(self.k),
            "profile": self.profile,
            "ties": self.ties,
            "bits": list(self.bits),
            "seeds": list(self.seeds),
            "rows": [row.to_json() for row in self.rows],
            "notes": dict(self.notes),
            "remarks": [str(remark) for remark in self.remarks],
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


def _order(method: MethodId) -> tuple[bool, bool, int, str, MethodId]:
    sees_labels = method.control and method.supervised
    return method.control, sees_labels, method.place, method.label.casefold(), method


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
            marks.append(notes.fewer_seeds(label, length, list(dict(values))))
        falling = [result.seed for result in here if result.falling]
        if falling:
            marks.append(notes.still_falling(label, length, falling))
        for text in dict.fromkeys(chosen(a) for r in here if (a := r.record.authored)):
            marks.append(notes.authored(label, length, text))
        failed = not values and any(result.error is not None for result in here)
        scores.append(Score(length, values, tuple(dict.fromkeys(marks)), failed))
    return tuple(scores)


def _with_best(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Mark the highest number of each column; numbers that print alike share the mark.

    Where all are 0, as where no query has anything to find, none is the best.
    """
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
    shown = f"{100 * top:.2f}"
    return replace(score, best=score.mean is not None and score.shown == shown != "0.00")
