"""One progress bar on standard error, for work in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class Bar:
    """A bar as the progress sink of a piece of work."""

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Move the bar."""
        self._bars.update(self._task, description=escape(task), completed=completed, total=total)


@contextmanager
def one_bar(what: str, *, in_bytes: bool = False) -> Iterator[Bar]:
    """Show a bar while the block runs, where standard error is a terminal.

    Parameters
    ----------
    what : str
        Shown until the work names itself.
    in_bytes : bool
        Whether steps are bytes, so that the bar shows a speed.
    """
    console = Console(stderr=True)
    columns = [DownloadColumn(), TransferSpeedColumn()] if in_bytes else [MofNCompleteColumn()]
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        yield Bar(bars, bars.add_task(escape(what), total=None))
