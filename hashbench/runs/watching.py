"""Progress of a grid: live bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.table import Column
from rich.text import Text

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
_NARROW = 100
"""Columns below which bars are short."""


@contextmanager
def watched(console: Console) -> Iterator[Watcher]:
    """Yield a watcher: live bars on a terminal, a line now and then elsewhere."""
    if not console.is_terminal or console.is_jupyter:
        yield Lines(console)
        return
    with bars_on(console) as bars:
        yield Bars(bars)


def bars_on(console: Console) -> Progress:
    """Return bars that keep to one line each: bar, count and times stay, text is cut."""
    return Progress(
        _Cut("{task.description}"),
        BarColumn(bar_width=12 if console.width < _NARROW else 24),
        _Count(table_column=Column(no_wrap=True, justify="right")),
        _Times(table_column=Column(no_wrap=True)),
        _Cut("{task.fields[note]}"),
        console=console,
        transient=True,
        expand=False,
    )


class _Cut(ProgressColumn):
    """Text that gives way where the line is too long."""

    def __init__(self, form: str) -> None:
        super().__init__(Column(overflow="ellipsis"))
        self._form = form

    def render(self, task: Task) -> Text:
        text = Text.from_markup(self._form.format(task=task))
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


class _Count(ProgressColumn):
    """How many of how many."""

    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{int(task.completed)}/{int(task.total)}")


class _Times(ProgressColumn):
    """The time that has passed, and the time that is left."""

    def render(self, task: Task) -> Text:
        text = clock(task.elapsed or 0.0)
        until = task.fields.get("until")
        if until is not None:
            text += f", {clock(max(0.0, until - time.monotonic()))} left"
        return Text(text)


def clock(seconds: float) -> str:
    """Return a duration as a clock shows it.

    Examples
    --------
    >>> clock(75), clock(7265)
    ('1:15', '2:01:05')
    """
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Pace:
    """When a piece of work will end, at the pace that it has kept so far."""

    def __init__(self) -> None:
        self._task = ""
        self._began, self._first = 0.0, 0.0

    def until(self, task: str, completed: float, total: float | None) -> float | None:
        """Return the end on the monotonic clock; None where nothing tells it."""
        now = time.monotonic()
        if task != self._task or completed < self._first:
            self._task, self._began, self._first = task, now, completed
        if not total or completed <= self._first:
            return None
        return now + (now - self._began) * (total - completed) / (completed - self._first)


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
            note = noted(task, fields)
            self._say(escape(f"{self._cells.get(worker, '')}: {note}{of}"))

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
        self._total, self._done, self._began = 0, 0, time.monotonic()
        self._paces: dict[int, Pace] = {}
        self._names: dict[int, str] = {}
        self._workers: dict[int, TaskID] = {}

    def begin(self, total: int, kept: int) -> None:
        """Show the bar of the grid."""
        super().begin(total, kept)
        self._total, self._done, self._began = total, 0, time.monotonic()
        self._grid = self._bars.add_task("cells", total=total, note="")

    def started(self, worker: int, cell: Cell) -> None:
        """Show the worker's bar."""
        super().started(worker, cell)
        if worker not in self._workers:
            self._workers[worker] = self._bars.add_task("", total=None, note="")
        self._paces[worker] = Pace()
        # The cell stands at the line's beginning, and need not in its end.
        self._names[worker] = f" {cell.method.label.partition('[')[0]} {cell.bits} bits"
        bar = self._workers[worker]
        said = escape(str(cell))
        self._without_total(bar)
        self._bars.reset(bar, description=said, visible=True, note="", until=None)

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
            bar = self._workers[worker]
            if total is None:
                self._without_total(bar)
            self._bars.update(
                bar,
                completed=completed,
                total=total,
                until=self._paces[worker].until(task, completed, total),
                note=escape(noted(task.removesuffix(self._names[worker]), fields)),
            )

    def _without_total(self, bar: TaskID) -> None:
        """Forget the total of an earlier piece of work: ``update`` takes None for no change."""
        for task in self._bars.tasks:
            if task.id == bar:
                task.total = None

    def finished(self, worker: int, cell: Cell, outcome: Outcome) -> None:
        """Say how the cell ended and move the bar of the grid."""
        super().finished(worker, cell, outcome)
        self._bars.update(self._workers[worker], visible=False)
        if self._grid is not None and outcome.state != "busy":
            self._done += 1
            now = time.monotonic()
            left = (now - self._began) / self._done * (self._total - self._done)
            self._bars.update(self._grid, completed=self._done, until=now + left)


def _opening(total: int, kept: int) -> str:
    there = f"; {kept} more {'is' if kept == 1 else 'are'} there already" if kept else ""
    return f"{total} {'cell' if total == 1 else 'cells'} to do{there}"


def _closing(cell: Cell, outcome: Outcome) -> str:
    took = f" in {outcome.seconds:.1f} s" if outcome.state in ("done", "ranked") else ""
    why = f": {outcome.message}" if outcome.message else ""
    return f"{escape(str(cell))} {_SAID[outcome.state]}{took}{escape(why)}"


def noted(task: str, fields: Mapping[str, float | str]) -> str:
    """Return what is done and the values that come with it; speed and time have their own places.

    Examples
    --------
    >>> noted("fit", {"loss": 0.123456, "videos_per_s": 812.0, "left_s": 3.0})
    'fit, loss 0.1235, 812 videos/s'
    """
    parts = [task]
    for name, value in fields.items():
        if name == "left_s":
            continue
        shown = value if isinstance(value, str) else f"{value:.4g}"
        of, _, per = name.partition("_per_")
        parts.append(f"{shown} {of}/{per}" if per else f"{name} {shown}")
    return ", ".join(parts)
