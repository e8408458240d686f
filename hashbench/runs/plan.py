"""From options to a grid: everything that can be wrong is found before any work begins."""

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
from hashbench.places import Places
from hashbench.runs.cells import Cell, dataset_info, grid
from hashbench.runs.choices import Settings, choose
from hashbench.runs.executors.base import Measures, Task
from hashbench.runs.progressions import DEFAULT_BITS, DEFAULT_K, numbers
from hashbench.runs.store import Store

Numbers = str | int | Sequence[int | str]
Words = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Options:
    """What to run and how; the names are those of the command line.

    Parameters
    ----------
    methods : sequence of str
        Names in any case, with parameters as ``ssvh[k1=10]``.
    dataset : str
        A name, or the path of a card.
    trained_on : str, optional
        Another set to train on.
    bits, seed, k : str, int or sequence
        Code lengths, seeds and cut-offs; ``"8,16,...,256"`` will do.
    profile : str or sequence of str, optional
        The profiles to show; the card's own by default. All are recorded.
    ties : str or sequence of str
        Tie policies to record and show.
    settings : sequence of str, or mapping
        Parameters for every row of a method: ``"itq.iterations=5"``.
    out : str or Path
        The run directory.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    jobs : int, optional
        Processes at a time; by default as the machine allows
        (:func:`hashbench.runs.executors.local.processes`).
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    force : bool
        Redo what is done.
    deterministic : bool
        Compute as every x86-64 processor does, slower, in cells of their own.
    """

    methods: Sequence[str]
    dataset: str
    trained_on: str | None = None
    bits: Numbers = DEFAULT_BITS
    seed: Numbers = 0
    k: Numbers = DEFAULT_K
    profile: Words | None = None
    ties: Words = "expected"
    settings: Settings = ()
    out: str | Path = "runs"
    data_root: str | Path | None = None
    cache: str | Path | None = None
    jobs: int | None = None
    device: str = "auto"
    force: bool = False
    deterministic: bool = False

    @property
    def places(self) -> Places:
        """Folders and device as one value."""
        device = "cpu" if self.deterministic else self.device
        return Places(self.data_root or None, self.cache or None, device)


@dataclass(frozen=True, slots=True)
class Plan:
    """A grid that is ready to be worked on.

    Parameters
    ----------
    options : Options
        As given.
    store : Store
        The run directory.
    cells : tuple of Cell
        In the order of work.
    measures : Measures
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
    measures: Measures
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
                trained_on=_absolute(options.trained_on or options.dataset),
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
        dataset = self.options.dataset
        named = {info.name: dataset, info.trained_on: self.options.trained_on or dataset}
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
        options = self.options
        settings = options.settings
        return {
            "methods": sorted({cell.method.label for cell in self.cells}),
            "dataset": options.dataset,
            "trained_on": options.trained_on or options.dataset,
            "bits": sorted({cell.bits for cell in self.cells}),
            "seed": sorted({cell.seed for cell in self.cells}),
            "k": list(self.measures.k),
            "profile": list(self.profiles),
            "ties": list(self.measures.ties),
            "set": dict(settings) if isinstance(settings, dict) else list(settings),
            "out": str(options.out),
            "data-root": str(options.data_root) if options.data_root else None,
            "jobs": options.jobs,
            "device": options.device,
            "force": options.force,
            "deterministic": options.deterministic,
        }


def make_plan(options: Options) -> Plan:
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
    choices = choose(options.methods, options.settings)
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: at least 1 is needed")
    if options.deterministic and options.device.startswith("cuda"):
        raise UsageError(f"--deterministic works on the CPU, not on --device {options.device}")
    check_device(options.device)
    dataset = options.places.open(options.dataset)
    source = options.places.open(options.trained_on) if options.trained_on else dataset
    _check_fit(dataset, source, k)
    info = dataset_info(dataset, source)
    return Plan(
        options=options,
        store=Store(options.out),
        cells=tuple(grid(choices, info, bits, seeds, options.deterministic)),
        measures=Measures(tuple(sorted(k)), ties),
        profiles=_known("profile", options.profile or dataset.card.profile, _profiles()),
        features_bytes=_features_bytes(dataset, source),
        dataset=dataset,
    )


def _features_bytes(dataset: VideoDataset, source: VideoDataset) -> int:
    parts = [source.labelled_train, dataset.query]
    if not dataset.self_retrieval:
        parts.append(dataset.database)
    return sum(4 * len(part) * part.frames * part.dims for part in parts)


def _absolute(dataset: str) -> str:
    """Return a card's path as other processes find it, and a name as it is."""
    return str(Path(dataset).resolve()) if Path(dataset).is_file() else dataset


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
