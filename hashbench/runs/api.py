"""Running a grid: the Python call behind ``hashbench run``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hashbench.errors import StoreError
from hashbench.runs.cautions import cautions
from hashbench.runs.cell_runner import failure
from hashbench.runs.cells import Cell
from hashbench.runs.choices import Settings
from hashbench.runs.executors.base import Executor, Outcome, Task, Unwatched, Watcher
from hashbench.runs.executors.local import LocalExecutor, processes
from hashbench.runs.manifest import Manifest
from hashbench.runs.plan import Numbers, Options, Plan, Words, make_plan
from hashbench.runs.progressions import DEFAULT_BITS, DEFAULT_K
from hashbench.runs.record import Record
from hashbench.runs.store import Store


@dataclass(frozen=True, slots=True)
class RunResult:
    """A grid that was worked on.

    Parameters
    ----------
    plan : Plan
        The grid.
    records : list of Record
        One a cell, in the order of the grid; a failed cell has a failed record.
    outcomes : dict of str to Outcome
        How the cells worked on now ended, by key; the others were there already.
    manifest : Path or None
        The manifest of this command; None where nothing was left to do.
    cautions : tuple of str
        What is odd about the data set; see :func:`hashbench.runs.cautions.cautions`.
    """

    plan: Plan
    records: list[Record]
    outcomes: dict[str, Outcome]
    manifest: Path | None
    cautions: tuple[str, ...] = ()

    @property
    def store(self) -> Store:
        """The run directory."""
        return self.plan.store

    @property
    def failed(self) -> list[Cell]:
        """The cells that failed now."""
        bad = {key for key, outcome in self.outcomes.items() if outcome.state == "failed"}
        return [cell for cell in self.plan.cells if cell.key in bad]


def run(
    methods: str | Sequence[str],
    dataset: str | Path,
    *,
    bits: Numbers = DEFAULT_BITS,
    seed: Numbers = 0,
    k: Numbers = DEFAULT_K,
    profile: Words | None = None,
    ties: Words = "expected",
    settings: Settings = (),
    out: str | Path = "runs",
    data_root: str | Path | None = None,
    cache: str | Path | None = None,
    jobs: int | None = None,
    device: str = "auto",
    force: bool = False,
    deterministic: bool = False,
    trained_on: str | Path | None = None,
    watcher: Watcher | None = None,
    executor: Executor | None = None,
) -> RunResult:
    """Fit, encode and rank every cell of a grid that has no record yet.

    Parameters
    ----------
    methods : str or sequence of str
        Names in any case, with parameters as ``"ssvh[k1=10,lam=0.01]"``.
    dataset : str or Path
        A name, or the path of a card.
    bits, seed, k : str, int or sequence of int
        Code lengths, seeds and cut-offs; ``"8,16,...,256"`` will do.
    profile : str or sequence of str, optional
        The profiles to show; the card's own by default. All are recorded.
    ties : str or sequence of str
        Tie policies.
    settings : sequence of str, or mapping
        Parameters for every row of a method: ``["itq.iterations=5"]`` or
        ``{"itq": {"iterations": 5}}``.
    out : str or Path
        The run directory.
    data_root, cache : str or Path, optional
        Folders of data files and of cached results.
    jobs : int, optional
        Processes at a time; by default one a core, fewer where memory is short, one on a GPU.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.
    force : bool
        Redo what is done.
    deterministic : bool
        Compute as every x86-64 processor does: on one thread and without newer instructions.
        Slower, and a cell of its own. Only deep methods need it.
    trained_on : str or Path, optional
        Another set to train on.
    watcher : Watcher, optional
        Told how the grid gets on.
    executor : Executor, optional
        What works on the cells; processes on this machine by default.

    Returns
    -------
    RunResult
        With one record a cell; a cell that failed has a record that says why.

    Raises
    ------
    UsageError, DataError, PluginError
        If something is wrong with the grid, before any work begins.
    StoreError
        If the run directory cannot be read or written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as out:
    ...     result = run("itq", "digit-stories", bits=[8, 16], k=20, out=out)
    >>> [(record.method.label, record.bits, record.status) for record in result.records]
    [('itq', 8, 'ok'), ('itq', 16, 'ok')]
    """
    options = Options(
        methods=[methods] if isinstance(methods, str) else list(methods),
        dataset=str(dataset),
        trained_on=None if trained_on is None else str(trained_on),
        bits=bits,
        seed=seed,
        k=k,
        profile=profile,
        ties=ties,
        settings=settings,
        out=out,
        data_root=data_root,
        cache=cache,
        jobs=jobs,
        device=device,
        force=force,
        deterministic=deterministic,
    )
    return execute(make_plan(options), argv=["hashbench.run"], watcher=watcher, executor=executor)


def execute(
    plan: Plan,
    *,
    argv: Sequence[str],
    watcher: Watcher | None = None,
    executor: Executor | None = None,
) -> RunResult:
    """Work on what a plan leaves to do.

    Parameters
    ----------
    plan : Plan
        The grid.
    argv : sequence of str
        For the manifest.
    watcher : Watcher, optional
        Told how it gets on.
    executor : Executor, optional
        Local processes by default.
    """
    watcher = watcher or Unwatched()
    plan.store.prepare()
    cells = plan.to_do()
    watcher.begin(len(cells), len(plan.cells) - len(cells))
    odd = cautions(plan.dataset) if plan.dataset is not None and cells else []
    for text in odd:
        watcher.message(f"hashbench: warning: {text}")
    outcomes: dict[str, Outcome] = {}
    manifest = None
    if cells:
        manifest = Manifest(plan.store, argv, plan.config(), plan.cells, plan.cards())
        executor = executor or LocalExecutor(
            processes(plan, len(cells)), plan.options.deterministic
        )
        tasks = plan.tasks(cells, manifest.relative)
        outcomes = _drive(plan.store, executor, tasks, manifest, watcher)
    return RunResult(
        plan=plan,
        records=list(plan.store.get_all([cell.key for cell in plan.cells]).values()),
        outcomes=outcomes,
        manifest=plan.store.path / manifest.relative if manifest else None,
        cautions=tuple(odd),
    )


def _drive(
    store: Store, executor: Executor, tasks: list[Task], manifest: Manifest, watcher: Watcher
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    status = "aborted"
    try:
        for task, outcome in executor.run(tasks, watcher):
            outcomes[task.cell.key] = outcome
            manifest.note(outcome)
            if outcome.state == "failed":
                _keep_failure(store, task, outcome)
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        try:
            manifest.close(status)
        except StoreError:
            if status == "finished":
                raise  # Otherwise a full disk is being reported already.
    return outcomes


def _keep_failure(store: Store, task: Task, outcome: Outcome) -> None:
    """Write the record that a process which died could not write itself."""
    with store.lock(task.cell.key, wait=False) as held:
        old: Any = store.get(task.cell.key) if held else None
        theirs = old is not None and old.manifest != task.manifest
        if held and (old is None or (theirs and (task.force or not old.ok))):
            kind, _, message = outcome.message.partition(": ")
            store.write(failure(task, {"type": kind, "message": message}))
