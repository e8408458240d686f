"""Records as the reports see them: one flat value a record, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import StoreError
from hashbench.names import unknown
from hashbench.ranking.scores import Scores

if TYPE_CHECKING:
    from hashbench.runs import Record


@dataclass(frozen=True, slots=True, order=True)
class DatasetId:
    """The data that numbers may be compared on; another version or content is another data set.

    Attributes
    ----------
    name, version, sha256 : str
        Of the set that was ranked.
    trained_on, trained_on_sha256 : str
        Of the set that was trained on, empty where it is the same one.
    evaluator : str
        The version of the evaluator, empty for a failed cell.
    protocol : str
        How its splits are used, the set's own name where the protocol has no other.
    mark : str
        What tells it from others of its name and version beside it; no part of equality.
    """

    name: str
    version: str
    sha256: str
    trained_on: str = ""
    trained_on_sha256: str = ""
    evaluator: str = ""
    protocol: str = ""
    mark: str = field(default="", compare=False)

    def __str__(self) -> str:
        trained = f", trained on {self.trained_on}" if self.trained_on else ""
        return f"{self.name} {self.version}{trained}{self.mark and f', {self.mark}'}"

    @property
    def content(self) -> DatasetId:
        """The data alone, whichever evaluator measured on it."""
        return replace(self, evaluator="")


@dataclass(frozen=True, slots=True, order=True)
class MethodId:
    """A method with its parameters and its release: a row of a table.

    ``place`` is where it was asked to stand among the competitors or the controls, ``authored``
    whether its codes are by their authors.
    """

    control: bool
    supervised: bool
    label: str
    version: str
    distribution: str
    place: int = field(default=0, compare=False)
    authored: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What one record says, as far as tables and curves need it.

    Attributes
    ----------
    dataset, method : DatasetId, MethodId
    bits, seed : int
    key : str
        The record's key.
    error : str or None
        ``"Type: message"`` of a failed cell.
    scores : Scores
        Fractions in [0, 1]; empty where the cell failed.
    record : Record
        The record itself.
    """

    dataset: DatasetId
    method: MethodId
    bits: int
    seed: int
    key: str
    error: str | None
    scores: Scores
    record: Record

    @property
    def falling(self) -> bool:
        """Whether a training loss was still falling when the training ended, if that is known."""
        return any(
            value is True and name.endswith("loss_falling")
            for name, value in self.record.diagnostics.items()
        )


def read(records: Iterable[Record]) -> list[Result]:
    """Return the records as results, ordered by data set, method, bits and seed.

    A record that occurs twice (two run directories may share it) counts once, and a cell that
    failed once and succeeded later counts as what it became.
    """
    by_key: dict[str, Result] = {}
    for result in map(_result, records):
        if result.key not in by_key or result.error is None:
            by_key[result.key] = result
    cells: dict[tuple[DatasetId, MethodId, int, int], list[Result]] = {}
    for result in by_key.values():
        cell = (result.dataset, result.method, result.bits, result.seed)
        cells.setdefault(cell, []).append(result)
    done = {(dataset.content, *rest) for (dataset, *rest), found in cells.items() if _good(found)}
    kept: list[Result] = []
    for (dataset, *rest), found in sorted(cells.items()):
        good = [result for result in found if result.error is None]
        if good or (dataset.content, *rest) not in done:
            kept += _told_apart(good or found[:1])
    return kept


def _good(results: list[Result]) -> bool:
    return any(result.error is None for result in results)


def _told_apart(results: list[Result]) -> list[Result]:
    """Give records of one cell that differ in something else rows of their own."""
    if len(results) == 1:
        return results
    return [_relabelled(r, f"{r.method.label} (record {r.key[:8]})") for r in results]


def _relabelled(result: Result, label: str) -> Result:
    return replace(result, method=replace(result.method, label=label))


def _result(record: Record) -> Result:
    method, data = record.method, record.dataset
    evaluation = record.evaluation or {}
    error = record.error
    return Result(
        dataset=DatasetId(
            data.name,
            data.version,
            data.sha256,
            data.trained_on if data.cross else "",
            data.trained_on_sha256 if data.cross else "",
            str(evaluation.get("evaluator", "")),
            data.protocol or data.name,
        ),
        method=MethodId(
            method.control,
            method.supervised,
            method.label,
            method.version,
            method.distribution,
            authored=record.authored is not None,
        ),
        bits=record.bits,
        seed=record.seed,
        key=record.key,
        error=None if error is None else f"{error['type']}: {error['message']}",
        scores=record.scores,
        record=record,
    )


@dataclass(frozen=True, slots=True)
class Section:
    """The results on one data set that may stand in one table.

    Attributes
    ----------
    dataset : DatasetId
    results : tuple of Result
    profile : str
        The profile that the data set is read in unless another is asked for.
    """

    dataset: DatasetId
    results: tuple[Result, ...]
    profile: str

    @property
    def measured(self) -> tuple[Result, ...]:
        """The results that have numbers."""
        return tuple(result for result in self.results if result.error is None)


def sections(results: Iterable[Result]) -> list[Section]:
    """Split results into those that can be compared: same data, same evaluator.

    A failed cell has no evaluator; it is shown with the last one of its data set.
    """
    groups: dict[DatasetId, list[Result]] = {}
    failed: list[Result] = []
    for result in results:
        if result.error is None:
            groups.setdefault(result.dataset, []).append(result)
        else:
            failed.append(result)
    for result in failed:
        homes = [d for d in groups if d.content == result.dataset]
        groups.setdefault(max(homes, default=result.dataset), []).append(result)
    return [
        Section(_marked(dataset, groups), tuple(group), group[0].record.dataset.profile)
        for dataset, group in sorted(groups.items())
    ]


def _marked(dataset: DatasetId, others: Iterable[DatasetId]) -> DatasetId:
    """Say what tells a data set from those that read alike, as after a change of its labels."""
    alike = [other for other in others if str(other) == str(dataset)]
    parts = (
        ("content", "sha256", 8),
        ("content trained on", "trained_on_sha256", 8),
        ("evaluator", "evaluator", None),
        ("protocol", "protocol", None),
    )
    marks = [
        f"{what} {getattr(dataset, name)[:length] or 'none'}"
        for what, name, length in parts
        if len({getattr(other, name) for other in alike}) > 1
    ]
    return replace(dataset, mark=", ".join(marks))


def load(runs: Sequence[Path], datasets: Sequence[str] | None = None) -> list[Section]:
    """Read the records of some run directories.

    Parameters
    ----------
    runs : sequence of Path
    datasets : sequence of str, optional
        Names, in any case, of the data sets to keep.

    Raises
    ------
    StoreError
        If a directory does not exist or holds no record.
    UsageError
        If no record is of a data set that is asked for.
    """
    from hashbench.runs import Store

    records = []
    for run in runs:
        here = Store(run).records()
        if not here:
            raise StoreError(f"{run}: no records; 'hashbench run ... --out {run}' makes some")
        records += here
    found = sections(read(records))
    if datasets is None:
        return found
    known = sorted({section.dataset.name for section in found})
    for name in datasets:
        if name.casefold() not in map(str.casefold, known):
            raise unknown("data set", name, known)
    wanted = {name.casefold() for name in datasets}
    return [section for section in found if section.dataset.name.casefold() in wanted]
