"""A grid under ``torchrun``: one model at a time on all its processes.

The first process works on the cells as ever. When a method is about to be trained whose ``fit``
is shared, it tells the others, and they fit the same on the same videos; the rest of the cell, and
everything that is written, is the first process's business.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hashbench.errors import HashbenchError, UsageError
from hashbench.estimator import Method
from hashbench.runs.store import Store
from hashbench.runs.tasks import Outcome, Task, Watcher
from hashbench.workspace import Silent

if TYPE_CHECKING:
    from hashbench.nn.training.distributed import Line


def started_together() -> bool:
    """Whether ``torchrun`` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def helping() -> bool:
    """Whether this is one of those that help the first."""
    return started_together() and int(os.environ.get("RANK", "0")) > 0


@contextmanager
def leading(device: str, jobs: int) -> Iterator[TogetherExecutor]:
    """Meet the other processes, and let them go at the end.

    Raises
    ------
    UsageError
        If several cells are to be worked on at a time.
    """
    if jobs > 1:
        raise UsageError(
            f"--jobs {jobs} under torchrun: its processes train one model at a time; "
            "leave --jobs out"
        )
    with _line(device) as line:
        try:
            yield TogetherExecutor(line)
        finally:
            line.say("")


def help_train(device: str) -> None:
    """Fit what the first process announces, until it has nothing more to train."""
    from hashbench.runs.perform import Bench
    from hashbench.runs.training import unfitted

    bench = Bench(Silent())
    with _line(device) as line:
        while text := line.hear():
            task = Task.from_json(json.loads(text))
            info = task.cell.dataset
            train = bench.dataset(task.trained_on, task, info.trained_on_sha256).labelled_train
            method = unfitted(task, Store(task.store), Silent())
            try:
                method.fit(train if task.cell.method.supervised else train.unlabelled())
            except HashbenchError:
                continue  # The first process meets the same, and records it.


class TogetherExecutor:
    """Works on cells one after another in this process, with the others' help in training.

    Parameters
    ----------
    line : Line
        To the other processes.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome, as they end."""
        from hashbench.runs.perform import Bench

        bench = Bench(_Told(watcher), self._announce)
        for task in tasks:
            watcher.started(0, task.cell)
            outcome = bench.perform(replace(task, wait=True))
            watcher.finished(0, task.cell, outcome)
            yield task, outcome

    def _announce(self, task: Task, method: Method) -> None:
        if method.trains_together:
            self._line.say(json.dumps(task.to_json()))


class _Told:
    """Hands a method's progress to a watcher."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        shown: Mapping[str, float | str] = fields
        self._watcher.progress(0, task, completed, total, shown)


@contextmanager
def _line(device: str) -> Iterator[Line]:
    from hashbench.nn.training.devices import pick_device
    from hashbench.nn.training.distributed import Line, join, leave

    join(pick_device(device))
    try:
        yield Line()
    finally:
        leave()
