"""Plan of a grid from its options: whatever can be wrong is found before any work begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hashbench.codes import MAX_BITS
from hashbench.data import VideoDataset
from hashbench.devices import check_device
from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.plugins import registry
from hashbench.ranking.cutoffs import ALL, plain
from hashbench.ranking.profiles import ALWAYS
from hashbench.runs.cells import Cell, dataset_info, grid
from hashbench.runs.choices import choose
from hashbench.runs.executors.base import ScoreRequest, Task
from hashbench.runs.options import Options, Words, as_json
from hashbench.runs.progressions import numbers
from hashbench.runs.record_schema import MAX_SEED
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
    left_out : tuple of str
        A line on the methods that ``all`` does not stand for, as their videos have too few frames.
    """

    options: Options
    store: Store
    cells: tuple[Cell, ...]
    measures: ScoreRequest
    profiles: tuple[str, ...]
    features_bytes: int = 0
    dataset: VideoDataset | None = field(default=None, repr=False, compare=False)
    left_out: tuple[str, ...] = ()

    def tasks(self, cells: Sequence[Cell], manifest: str) -> list[Task]:
        """Return the tasks of ``cells``."""
        options = self.options
        return [
            Task(
                cell=cell,
                store=str(self.store.path.resolve()),
                dataset=_absolute(options.target),
                trained_on=_absolute(options.source),
                measures=self.measures,
                places=options.places.absolute(),
                force=options.force,
                manifest=manifest,
            )
            for cell in cells
        ]

    def drawn(self) -> list[str]:
        """Return a line that says how a set without a card of its own was divided."""
        draw = self.dataset.card.draw if self.dataset is not None else None
        if self.dataset is None or draw is None:
            return []
        train, query = len(self.dataset.labelled_train), len(self.dataset.query)
        sizes = f"{train} to train on and to rank, {query} queries"
        how = f"--split {draw.share:g} --split-seed {draw.seed}"
        return [f"split    {self.dataset.name}: {sizes} ({how})"]

    def cards(self) -> dict[str, Path]:
        """Return the cards of the data sets that were named by one, by the set's name."""
        info = self.cells[0].dataset
        named = {info.name: self.options.target, info.trained_on: self.options.source}
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

    def lacking(self) -> list[Cell]:
        """Return the cells that have no record, or a failed one."""
        there = self.store.get_all([c.key for c in self.cells]) if self.store.path.is_dir() else {}
        done = {key for key, record in there.items() if record.ok}
        return [cell for cell in self.cells if cell.key not in done]

    def config(self) -> dict[str, Any]:
        """Return every option as resolved, for the manifest."""
        return as_json(self.options) | {
            "methods": sorted({cell.method.label for cell in self.cells}),
            "dataset": str(self.options.target),
            "trained_on": self.options.source,
            "bits": sorted({cell.bits for cell in self.cells}),
            "seed": sorted({cell.seed for cell in self.cells}),
            "k": [plain(k) for k in self.measures.k],
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
    seeds = numbers(options.seed, "--seed", low=0, high=MAX_SEED)
    k = numbers(options.k, "--k", whole_list=True)
    ties = _known("tie policy", options.ties, _policies())
    methods = [options.methods] if isinstance(options.methods, str) else options.methods
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: at least 1 is needed")
    if options.deterministic and options.device.startswith("cuda"):
        raise UsageError(f"--deterministic works on the CPU, not on --device {options.device}")
    check_device(options.device)
    options = _with_card(options)
    dataset = options.places.open(options.target)
    source = options.places.open(options.trained_on) if options.trained_on else dataset
    methods, left_out = _spelled_out(methods, source)
    choices = choose(methods, options.settings)
    _check_fit(dataset, source, k)
    profiles = _known("profile", options.profile or dataset.card.profile, _profiles())
    info = dataset_info(dataset, source)
    return RunPlan(
        options=options,
        store=Store(options.out),
        cells=tuple(grid(choices, info, bits, seeds, options.deterministic)),
        measures=ScoreRequest(tuple(sorted(k)), ties, _recorded(profiles, dataset)),
        profiles=profiles,
        features_bytes=_features_bytes(dataset, source),
        dataset=dataset,
        left_out=left_out,
    )


def _spelled_out(methods: Sequence[str], source: VideoDataset) -> tuple[list[str], tuple[str, ...]]:
    """Return the methods with those that ``all`` stands for, and a line on those left out."""
    named = [method for method in methods if method.casefold() != "all"]
    if len(named) == len(methods):
        return named, ()
    frames = source.labelled_train.frames
    given = {method.partition("[")[0].strip().casefold() for method in named}
    specs = [spec for spec in registry().methods if not given & set(spec.names)]
    short = [spec for spec in specs if spec.min_frames > frames]
    named += [spec.name for spec in specs if spec not in short]
    if not short:
        return named, ()
    needed = ", ".join(f"{spec.name} (from {spec.min_frames})" for spec in short)
    return named, (f"left out {needed}: a video of {source.name} has {frames} frame(s)",)


def _with_card(options: Options) -> Options:
    """Return the options with a card in place of files of features and labels."""
    if options.features is None:
        if options.labels is not None:
            raise UsageError("--labels belongs to --features, which is missing")
        given = options.dataset
        if not isinstance(given, str | Path | None) and given.card.draw is not None:
            # dataset_from_arrays keeps both beside each other: cards/NAME.toml, arrays/DIGEST.npy.
            arrays = Path(options.target).absolute().parent.parent / "arrays"
            return replace(options, data_root=options.data_root or arrays)
        return options
    if options.dataset or options.trained_on:
        raise UsageError("--features is a set of its own; leave --dataset out")
    if options.labels is None:
        raise UsageError("--features needs --labels: class ids, or one column a class of 0 and 1")
    from hashbench.data.drawing import common_folder, dataset_from_files

    card = dataset_from_files(
        options.features,
        options.labels,
        key=options.key,
        labels_key=options.labels_key,
        split=options.split,
        seed=options.split_seed,
        cache=options.places.cache_folder,
    )
    root = common_folder(Path(options.features), Path(options.labels))
    return replace(options, dataset=card, data_root=root)


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
    deepest = max((cut for cut in k if cut != ALL), default=1)
    if deepest > size:
        raise UsageError(
            f"--k {deepest}: the database of {dataset.name} has only {size} videos; "
            f"K can be at most {size}, or 'all'"
        )
    if dataset.self_retrieval and deepest == size:
        raise UsageError(
            f"--k {size}: the {size} videos of {dataset.name} are ranked against themselves, "
            f"and profile strict leaves the query out; K can be at most {size - 1}, or 'all'"
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


def _recorded(shown: Sequence[str], dataset: VideoDataset) -> tuple[str, ...]:
    """Return the profiles that a record gets: more than are shown, as all come from one pass."""
    own = [name for name in (dataset.card.profile,) if name in _profiles()]
    return tuple(dict.fromkeys((*ALWAYS, *own, *shown)))


def _profiles() -> list[str]:
    from hashbench.ranking import PROFILES

    return list(PROFILES)


def _policies() -> list[str]:
    from hashbench.ranking import TIES

    return list(TIES)
