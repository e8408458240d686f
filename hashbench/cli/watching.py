"""Progress of a grid on standard error."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from hashbench.runs.cells import Cell
from hashbench.runs.executors.base import Outcome, Watcher

_SAID = {
    "done": "[green]done[/]",
    "kept": "there already",
    "ranked": "[green]measured again[/]",
    "failed": "[red]failed[/]",
    "busy": "busy: another run is at it, tried again later",
}
_PLAIN_EVERY_S = 10.0


@contextmanager
def watched(console: Console) -> Iterator[Watcher]:
    """Yield a watcher: live bars on a terminal, a line now and then elsewhere."""
    if not console.is_terminal:
        yield Lines(console)
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        transient=True,
    )
    with bars:
        yield Bars(bars)


class Lines:
    """One line a finished cell, and for long ones a line every ten seconds.

    Parameters
    ----------
    console : Console
        Where the lines go.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._cells: dict[int, str] = {}
        self._spoke = time.monotonic()

    def begin(self, total: int, kept: int) -> None:
        """Say how much there is to do."""
        self._say(_opening(total, kept))

    def started(self, worker: int, cell: Cell) -> None:
        """Remember what the worker does."""
        self._cells[worker] = str(cell)

    def progress(
        self,
        worker: int,
        task: str,
        completed: float,
        total: float | None,
        fields: Mapping[str, float | str],
    ) -> None:
        """Say how far it is, if nothing was said for a while."""
        if time.monotonic() - self._spoke >= _PLAIN_EVERY_S:
            of = f" {completed:g}/{total:g}" if total else ""
            note = _note(fields)
            self._say(escape(f"{self._cells.get(worker, '')}: {task}{of} {note}".rstrip()))

    def finished(self, worker: int, cell: Cell, outcome: Outcome) -> None:
        """Say how the cell ended."""
        self._say(_closing(cell, outcome))

    def message(self, text: str) -> None:
        """Pass on what a method printed."""
        self._say(escape(text))

    def _say(self, markup: str) -> None:
        self._spoke = time.monotonic()
        self.console.print(markup, highlight=False, soft_wrap=True)


class Bars(Lines):
    """A bar for the grid, one for each worker, and the lines above them.

    Parameters
    ----------
    bars : rich.progress.Progress
        Live already.
    """

    def __init__(self, bars: Progress) -> None:
        super().__init__(bars.console)
        self._bars = bars
        self._grid: TaskID | None = None
        self._workers: dict[int, TaskID] = {}

    def begin(self, total: int, kept: int) -> None:
        """Show the bar of the grid."""
        super().begin(total, kept)
        self._grid = self._bars.add_task("cells", total=total, note="")

    def started(self, worker: int, cell: Cell) -> None:
        """Show the worker's bar."""
        super().started(worker, cell)
        if worker not in self._workers:
            self._workers[worker] = self._bars.add_task("", total=None, note="")
        bar = self._workers[worker]
        self._bars.reset(bar, description=escape(str(cell)), total=None, visible=True, note="")

    def progress(
        self,
        worker: int,
        task: str,
        completed: float,
        total: float | None,
        fields: Mapping[str, float | str],
    ) -> None:
        """Move the worker's bar."""
        if worker in self._workers:
            self._bars.update(
                self._workers[worker],
                completed=completed,
                total=total,
                note=escape(f"{task} {_note(fields)}"),
            )

    def finished(self, worker: int, cell: Cell, outcome: Outcome) -> None:
        """Say how the cell ended and move the bar of the grid."""
        super().finished(worker, cell, outcome)
        self._bars.update(self._workers[worker], visible=False)
        if self._grid is not None and outcome.state != "busy":
            self._bars.advance(self._grid)


def _opening(total: int, kept: int) -> str:
    there = f"; {kept} more {'is' if kept == 1 else 'are'} there already" if kept else ""
    return f"{total} {'cell' if total == 1 else 'cells'} to do{there}"


def _closing(cell: Cell, outcome: Outcome) -> str:
    took = f" in {outcome.seconds:.1f} s" if outcome.state in ("done", "ranked") else ""
    why = f": {outcome.message}" if outcome.message else ""
    return f"{escape(str(cell))} {_SAID[outcome.state]}{took}{escape(why)}"


def _note(fields: Mapping[str, float | str]) -> str:
    shown = {k: v if isinstance(v, str) else f"{v:.4g}" for k, v in fields.items()}
    return " ".join(f"{name} {value}" for name, value in shown.items())
