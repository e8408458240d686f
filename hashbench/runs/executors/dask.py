"""Executor on Dask: cells of a grid as tasks of a running cluster."""

from __future__ import annotations

import dataclasses
import functools
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import HashbenchError
from hashbench.plugins import PLUGINS_DIR, use_plugins_dir
from hashbench.runs.executors.spec import ExecutorSpec, Request

if TYPE_CHECKING:
    from distributed import Client, Future

    from hashbench.runs.executors.base import Outcome, Task, Watcher

_TOPIC = "hashbench"
_PROGRESS_EVERY_S = 1.0
_POLL_S = 0.2


class DaskExecutor:
    """Runs tasks on a Dask cluster whose workers see the run directory.

    Dask runs a task whose worker died on another one, three times at most. The record is written
    by the worker, under the cell's lock, so it is written once however often that happens.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    resources : mapping
        What a worker must have to be given a cell, such as ``{"GPU": 1}``.
    """

    def __init__(self, client: Client, resources: Mapping[str, float] | None = None) -> None:
        self._client = client
        self._resources = dict(resources or {})
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._numbers: dict[str, int] = {}

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome, as they end.

        Raises
        ------
        HashbenchError
            If the scheduler is lost, or a worker could not read or write the store.
        """
        by_key = {task.cell.key: task for task in tasks}
        self._client.subscribe_topic(_TOPIC, lambda event: self._events.put(event[1]))
        waiting = {self._submit(task): task for task in tasks}
        try:
            while waiting:
                self._tell(watcher, by_key)
                for future in [future for future in waiting if future.done()]:
                    task = waiting.pop(future)
                    outcome = self._outcome(future)
                    self._tell(watcher, by_key)
                    watcher.finished(self._number(task.cell.key), task.cell, outcome)
                    if outcome.state == "busy":
                        again = dataclasses.replace(task, wait=True)
                        waiting[self._submit(again)] = again
                    else:
                        yield task, outcome
                time.sleep(_POLL_S)
        finally:
            self._client.cancel(list(waiting))
            self._client.unsubscribe_topic(_TOPIC)

    def _submit(self, task: Task) -> Future:
        return self._client.submit(
            run_task,
            task.to_json(),
            os.environ.get(PLUGINS_DIR),
            pure=False,
            resources=self._resources or None,
            key=f"hashbench-{task.cell.key[:16]}-{time.monotonic_ns()}",
        )

    def _outcome(self, future: Future) -> Outcome:
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        from hashbench.runs.executors.base import Outcome

        try:
            return Outcome(**future.result())
        except KilledWorker:
            return Outcome("failed", message="Killed: the workers that tried the cell all died")
        except FutureCancelledError:
            raise HashbenchError(
                "the Dask scheduler was lost; what is finished is recorded, and the same command "
                "goes on from there"
            ) from None

    def _tell(self, watcher: Watcher, by_key: Mapping[str, Task]) -> None:
        while not self._events.empty():
            event = self._events.get()
            task = by_key.get(event["key"])
            if task is None:
                continue  # Of another command on the same cluster.
            number = self._number(event["key"])
            if event["event"] == "started":
                watcher.started(number, task.cell)
            else:
                watcher.progress(
                    number, event["task"], event["completed"], event["total"], event["fields"]
                )

    def _number(self, key: str) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _send(key: str, event: str, **values: Any) -> None:
    """Send an event of a cell to whoever listens; called on workers."""
    from distributed import get_worker

    get_worker().log_event(_TOPIC, {"event": event, "key": key, **values})


def _report(
    key: str, task: str, completed: float, total: float | None, fields: dict[str, Any]
) -> None:
    _send(key, "progress", task=task, completed=completed, total=total, fields=fields)


_runners = threading.local()
_turn = threading.Lock()
"""Seeds and peak memory belong to a process: cells in threads of one worker take turns."""


def run_task(value: dict[str, Any], plugins_dir: str | None = None) -> dict[str, Any]:
    """Work on one cell; called on workers, each of whose threads keeps its data sets open."""
    from hashbench.runs.cell_runner import CellRunner
    from hashbench.runs.executors.base import ProgressSender, Task

    if plugins_dir is not None and os.environ.get(PLUGINS_DIR) != plugins_dir:
        use_plugins_dir(Path(plugins_dir))
    task = Task.from_json(value)
    progress = ProgressSender(functools.partial(_report, task.cell.key), _PROGRESS_EVERY_S)
    runner: CellRunner | None = getattr(_runners, "runner", None)
    if runner is None:
        runner = _runners.runner = CellRunner(progress)
    runner.progress = progress
    with _turn:
        _send(task.cell.key, "started")
        return dataclasses.asdict(runner.run(task))


@contextmanager
def _on_scheduler(request: Request) -> Iterator[DaskExecutor]:
    # Completion imports this module for its option, and must not wait for what cluster imports.
    from hashbench.runs.executors.cluster import check_resources, connected

    with connected(request.value) as client:
        check_resources(client, request.resources)
        yield DaskExecutor(client, request.resources)


EXECUTOR = ExecutorSpec(
    name="dask",
    open=_on_scheduler,
    option="--scheduler",
    metavar="tcp://HOST:PORT",
    help="Work on a running Dask cluster that sees the same files.",
    resources=True,
)
