"""Cells of a grid as tasks of a Dask cluster."""

from __future__ import annotations

import dataclasses
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.errors import HashbenchError
from hashbench.plugins import PLUGINS_DIR, use_plugins_dir
from hashbench.runs.executors.base import Outcome, Task, Watcher

if TYPE_CHECKING:
    from distributed import Client, Future

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
            perform_task,
            task.to_json(),
            os.environ.get(PLUGINS_DIR),
            pure=False,
            resources=self._resources or None,
            key=f"hashbench-{task.cell.key[:16]}-{time.monotonic_ns()}",
        )

    def _outcome(self, future: Future) -> Outcome:
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

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


class _Reporter:
    """A progress sink that sends events to whoever listens."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._last: tuple[str, float] = ("", 0.0)

    def send(self, event: str, **values: Any) -> None:
        from distributed import get_worker

        get_worker().log_event(_TOPIC, {"event": event, "key": self._key, **values})

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        now = time.monotonic()
        if task == self._last[0] and now - self._last[1] < _PROGRESS_EVERY_S:
            return
        self._last = (task, now)
        shown = {k: v if isinstance(v, str) else float(v) for k, v in fields.items()}
        done, of = float(completed), None if total is None else float(total)
        self.send("progress", task=task, completed=done, total=of, fields=shown)


_benches = threading.local()
_turn = threading.Lock()
"""Seeds and peak memory belong to a process: cells in threads of one worker take turns."""


def perform_task(value: dict[str, Any], plugins_dir: str | None = None) -> dict[str, Any]:
    """Work on one cell; called on workers, each of whose threads keeps its data sets open."""
    from hashbench.runs.cell_runner import Bench

    if plugins_dir is not None and os.environ.get(PLUGINS_DIR) != plugins_dir:
        use_plugins_dir(Path(plugins_dir))
    task = Task.from_json(value)
    reporter = _Reporter(task.cell.key)
    bench = getattr(_benches, "bench", None)
    if bench is None:
        bench = _benches.bench = Bench(reporter)
    bench.progress = reporter
    with _turn:
        reporter.send("started")
        return dataclasses.asdict(bench.perform(task))
