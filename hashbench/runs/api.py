"""Running a grid: the Python call behind ``hashbench run``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from hashbench.errors import StoreError
from hashbench.runs.cautions import cautions
from hashbench.runs.cell_runner import failure
from hashbench.runs.cells import Cell
from hashbench.runs.executors.base import Executor, Outcome, Task, Unwatched, Watcher
from hashbench.runs.executors.local import LocalExecutor, processes
from hashbench.runs.manifest import Manifest
from hashbench.runs.notebook import records_frame, records_html, records_plot
from hashbench.runs.options import Options
from hashbench.runs.plan import RunPlan, make_plan
from hashbench.runs.record import Record
from hashbench.runs.reuse import reuse
from hashbench.runs.store import Store

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """A grid that was worked on.

    Parameters
    ----------
    plan : RunPlan
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

    plan: RunPlan
    records: list[Record]
    outcomes: dict[str, Outcome]
    manifest: Path | None
    cautions: tuple[str, ...] = ()

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed now" if self.failed else ""
        return f"<RunResult: {len(self.records)} records in {self.store.path}{failed}>"

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return records_html(self.records)

    def to_frame(self) -> DataFrame:
        """Return the records as a data frame, one row a profile, tie policy and K, of each record.

        See :func:`hashbench.reports.frame` for the columns.
        """
        return records_frame(self.records)

    def plot(
        self,
        over: str | None = None,
        *,
        k: int | None = None,
        profile: str | None = None,
        ties: str | None = None,
    ) -> Figure:
        """Draw mAP in percent, as ``hashbench report --curves`` does.

        Parameters
        ----------
        over : {"bits", "k"}, optional
            mAP@K over code lengths or over K; by default over code lengths where there are several.
        k : int, optional
            The K of curves over code lengths; 20, or the first there is.
        profile, ties : str, optional
            The data set's own profile and expected ties by default.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            If there is one code length and one K, or what is asked for was not measured.
        """
        return records_plot(self.records, over, k=k, profile=profile, ties=ties)

    @property
    def store(self) -> Store:
        """The run directory."""
        return self.plan.store

    @property
    def failed(self) -> list[Cell]:
        """The cells that failed now."""
        bad = {key for key, outcome in self.outcomes.items() if outcome.state == "failed"}
        return [cell for cell in self.plan.cells if cell.key in bad]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call(Options):
    """The options of a grid, and the arguments that only Python can give."""

    watcher: Watcher | None = None
    progress: bool | None = None
    executor: Executor | None = None


def _called_with(
    arguments: Callable[P, _Call],
) -> Callable[[Callable[[_Call], RunResult]], Callable[P, RunResult]]:
    """Give a function the fields of ``arguments`` as its signature, for people and checkers."""

    def decorate(function: Callable[[_Call], RunResult]) -> Callable[P, RunResult]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> RunResult:
            return function(arguments(*args, **kwargs))

        shown = inspect.signature(arguments).replace(return_annotation="RunResult")
        call.__signature__ = shown  # type: ignore[attr-defined]
        return call

    return decorate


@_called_with(_Call)
def run(call: _Call) -> RunResult:
    """Fit, encode and rank every cell of a grid that has no record yet.

    Every further field of :class:`hashbench.runs.Options` is an argument by its name: ``bits``,
    ``seed``, ``k``, ``out`` and the rest.

    Parameters
    ----------
    methods : str or sequence of str
        Names in any case, with parameters as ``"ssvh[k1=10,lam=0.01]"``.
    dataset : str or Path
        A name, or the path of a card.
    watcher : Watcher, default: None
        Told how the grid gets on, in place of what ``progress`` shows.
    progress : bool, default: None
        Whether to show bars or lines on the standard errors; by default on a terminal and in a
        notebook.
    executor : Executor, default: None
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
    plan = make_plan(call)
    with _watching(call) as watcher:
        return execute(plan, argv=["hashbench.run"], watcher=watcher, executor=call.executor)


@contextmanager
def _watching(call: _Call) -> Iterator[Watcher | None]:
    if call.watcher is not None or call.progress is False:
        yield call.watcher
        return
    from rich.console import Console

    from hashbench.runs.watching import watched

    console = Console(stderr=True)
    if call.progress or console.is_terminal or console.is_jupyter:
        with watched(console) as watcher:
            yield watcher
    else:
        yield None


def execute(
    plan: RunPlan,
    *,
    argv: Sequence[str],
    watcher: Watcher | None = None,
    executor: Executor | None = None,
) -> RunResult:
    """Work on what a plan leaves to do.

    Parameters
    ----------
    plan : RunPlan
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
    if plan.options.reuse is not None and not plan.options.force:
        lacking = plan.lacking()
        count = reuse(plan.store, lacking, Path(plan.options.reuse)) if lacking else 0
        watcher.message(f"reused   {count} of {len(lacking)} cells from {plan.options.reuse}")
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
