"""Progress of one piece of work on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@contextmanager
def working(console: Console, what: str) -> Iterator[Sink]:
    """Yield a progress sink for one piece of work that is done in this process."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        yield Sink(bars, bars.add_task(what, total=None))


class Sink:
    """One bar as the progress sink of a method."""

    def __init__(self, bars: Progress, bar: TaskID) -> None:
        self._bars, self._bar = bars, bar

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Move the bar."""
        self._bars.update(self._bar, description=escape(task), completed=completed, total=total)
