"""Executor under ``torchrun``: one model at a time on all its processes.

The first process works on the cells as ever. When a method is about to be trained whose ``fit``
is shared, it tells the others, and they fit the same on the same videos; the rest of the cell, and
everything that is written, is the first process's business.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hashbench.errors import HashbenchError, UsageError
from hashbench.runs.executors.base import Outcome, ProgressSender, Task, Watcher
from hashbench.runs.executors.spec import ExecutorSpec, Request
from hashbench.workspace import Silent

if TYPE_CHECKING:
    from hashbench.estimator import Method
    from hashbench.nn.training.distributed import Channel

_PROGRESS_EVERY_S = 0.1


def started_together() -> bool:
    """Whether ``torchrun`` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def helping() -> bool:
    """Whether this is one of those that help the first."""
    return started_together() and int(os.environ.get("RANK", "0")) > 0


@contextmanager
def leading(device: str, jobs: int) -> Iterator[TorchrunExecutor]:
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
    with _channel(device) as channel:
        try:
            yield TorchrunExecutor(channel)
        finally:
            channel.send("")


def help_train(device: str) -> None:
    """Fit what the first process announces, until it has nothing more to train."""
    from hashbench.runs.cell_runner import CellRunner
    from hashbench.runs.store import Store
    from hashbench.runs.training import unfitted

    runner = CellRunner(Silent())
    with _channel(device) as channel:
        while text := channel.receive():
            task = Task.from_json(json.loads(text))
            info = task.cell.dataset
            train = runner.dataset(task.trained_on, task, info.trained_on_sha256).labelled_train
            method = unfitted(task, Store(task.store), Silent())
            try:
                method.fit(train if task.cell.method.supervised else train.unlabelled())
            except HashbenchError:
                continue  # The first process meets the same, and records it.


class TorchrunExecutor:
    """Works on cells one after another in this process, with the others' help in training.

    Parameters
    ----------
    channel : Channel
        To the other processes.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome, as they end."""
        from hashbench.runs.cell_runner import CellRunner

        progress = ProgressSender(partial(watcher.progress, 0), _PROGRESS_EVERY_S)
        runner = CellRunner(progress, self._announce)
        for task in tasks:
            watcher.started(0, task.cell)
            outcome = runner.run(replace(task, wait=True))
            watcher.finished(0, task.cell, outcome)
            yield task, outcome

    def _announce(self, task: Task, method: Method) -> None:
        if method.trains_together:
            self._channel.send(json.dumps(task.to_json()))


@contextmanager
def _channel(device: str) -> Iterator[Channel]:
    from hashbench.nn.training.devices import pick_device
    from hashbench.nn.training.distributed import Channel, join, leave

    join(pick_device(device))
    try:
        yield Channel()
    finally:
        leave()


def _first_process(request: Request) -> AbstractContextManager[TorchrunExecutor]:
    options = request.plan.options
    return leading(options.device, options.jobs or 1)


EXECUTOR = ExecutorSpec(name="torchrun", open=_first_process, in_charge=started_together)
