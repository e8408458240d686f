"""Plan of a grid from its options: whatever can be wrong is found before any work begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hashbench.codes import MAX_BITS
from hashbench.data import VideoDataset
from hashbench.devices import check_device
from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.runs.cells import Cell, dataset_info, grid
from hashbench.runs.choices import choose
from hashbench.runs.executors.base import ScoreRequest, Task
from hashbench.runs.options import Options, Words, as_json
from hashbench.runs.progressions import numbers
from hashbench.runs.store import Store


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A grid that is ready to be worked on.

    Parameters
    ----------
    options : Options
        As given.
    store : Store
        The run directory.
    cells : tuple of Cell
        In the order of work.
    measures : ScoreRequest
        What is recorded of each.
    profiles : tuple of str
        What is shown.
    features_bytes : int
        Size of all features that a cell reads, as float32.
    dataset : VideoDataset, optional
        The set that is ranked, open.
    """

    options: Options
    store: Store
    cells: tuple[Cell, ...]
    measures: ScoreRequest
    profiles: tuple[str, ...]
    features_bytes: int = 0
    dataset: VideoDataset | None = field(default=None, repr=False, compare=False)

    def tasks(self, cells: Sequence[Cell], manifest: str) -> list[Task]:
        """Return the tasks of ``cells``."""
        options = self.options
        return [
            Task(
                cell=cell,
                store=str(self.store.path.resolve()),
                dataset=_absolute(options.dataset),
                trained_on=_absolute(options.source),
                measures=self.measures,
                places=options.places.absolute(),
                force=options.force,
                manifest=manifest,
            )
            for cell in cells
        ]

    def cards(self) -> dict[str, Path]:
        """Return the cards of the data sets that were named by one, by the set's name."""
        info = self.cells[0].dataset
        named = {info.name: self.options.dataset, info.trained_on: self.options.source}
        return {name: Path(path) for name, path in named.items() if Path(path).is_file()}

    def to_do(self) -> list[Cell]:
        """Return the cells that have no record, a failed one, or one that lacks something.

        That may be a measure, or its codes or per-query values, which have gone or are cut.
        """
        if self.options.force or not self.store.path.is_dir():
            return list(self.cells)
        there = self.store.get_all([cell.key for cell in self.cells])
        found = ((cell, there.get(cell.key)) for cell in self.cells)
        return [
            cell
            for cell, record in found
            if record is None
            or not record.ok
            or not self.measures.covered_by(record)
            or self.store.lacks(record)
        ]

    def config(self) -> dict[str, Any]:
        """Return every option as resolved, for the manifest."""
        return as_json(self.options) | {
            "methods": sorted({cell.method.label for cell in self.cells}),
            "trained_on": self.options.source,
            "bits": sorted({cell.bits for cell in self.cells}),
            "seed": sorted({cell.seed for cell in self.cells}),
            "k": list(self.measures.k),
            "profile": list(self.profiles),
            "ties": list(self.measures.ties),
        }


Plan = RunPlan  # its earlier name


def make_plan(options: Options) -> RunPlan:
    """Resolve ``options``, opening the data set but reading none of it.

    Raises
    ------
    UsageError, DataError, PluginError
        If a name, number, file or plugin is not what it should be.
    """
    bits = numbers(options.bits, "--bits", high=MAX_BITS)
    seeds = numbers(options.seed, "--seed", low=0)
    k = numbers(options.k, "--k")
    ties = _known("tie policy", options.ties, _policies())
    methods = [options.methods] if isinstance(options.methods, str) else options.methods
    choices = choose(methods, options.settings)
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: at least 1 is needed")
    if options.deterministic and options.device.startswith("cuda"):
        raise UsageError(f"--deterministic works on the CPU, not on --device {options.device}")
    check_device(options.device)
    dataset = options.places.open(options.dataset)
    source = options.places.open(options.trained_on) if options.trained_on else dataset
    _check_fit(dataset, source, k)
    info = dataset_info(dataset, source)
    return RunPlan(
        options=options,
        store=Store(options.out),
        cells=tuple(grid(choices, info, bits, seeds, options.deterministic)),
        measures=ScoreRequest(tuple(sorted(k)), ties),
        profiles=_known("profile", options.profile or dataset.card.profile, _profiles()),
        features_bytes=_features_bytes(dataset, source),
        dataset=dataset,
    )


def _features_bytes(dataset: VideoDataset, source: VideoDataset) -> int:
    parts = [source.labelled_train, dataset.query]
    if not dataset.self_retrieval:
        parts.append(dataset.database)
    return sum(4 * len(part) * part.frames * part.dims for part in parts)


def _absolute(dataset: str | Path) -> str:
    """Return a card's path as other processes find it, and a name as it is."""
    return str(Path(dataset).resolve()) if Path(dataset).is_file() else str(dataset)


def _check_fit(dataset: VideoDataset, source: VideoDataset, k: Sequence[int]) -> None:
    size = len(dataset.database)
    if max(k) > size:
        raise UsageError(
            f"--k {max(k)}: the database of {dataset.name} has only {size} videos; "
            f"K can be at most {size}"
        )
    if dataset.self_retrieval and max(k) == size:
        raise UsageError(
            f"--k {size}: the {size} videos of {dataset.name} are ranked against themselves, "
            f"and profile strict leaves the query out; K can be at most {size - 1}"
        )
    theirs, ours = source.labelled_train.dims, dataset.query.dims
    if theirs != ours:
        raise UsageError(
            f"{source.name} has features of {theirs} dimensions and {dataset.name} of {ours}; "
            "a method trained on one cannot hash the other"
        )


def _known(kind: str, given: Words, known: Sequence[str]) -> tuple[str, ...]:
    words = given.split(",") if isinstance(given, str) else list(given)
    found = tuple(dict.fromkeys(word.strip().casefold() for word in words))
    for word in found:
        if word not in known:
            raise unknown(kind, word, known)
    if not found:
        raise UsageError(f"no {kind} is named (known: {', '.join(known)})")
    return found


def _profiles() -> list[str]:
    from hashbench.ranking import PROFILES

    return list(PROFILES)


def _policies() -> list[str]:
    from hashbench.ranking import TIES

    return list(TIES)
