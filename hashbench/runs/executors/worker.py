"""Worker process of the local executor: tasks as JSON lines in, events as JSON lines out.

Started as ``python -m hashbench.runs.executors.worker``. Not multiprocessing: its children import
the parent's main module again, which a script without a guard does not survive.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import Any, TextIO

from hashbench.ending import ending_quickly
from hashbench.errors import HashbenchError
from hashbench.machine import short_of_addresses
from hashbench.runs.executors.base import ProgressSender, Task

_PROGRESS_EVERY_S = 0.1


class Wire:
    """Sends events to the parent.

    Parameters
    ----------
    out : file
        Where the events go, a line each.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(self, event: str, **values: Any) -> None:
        """Send one event."""
        with self._lock:
            try:
                self._out.write(json.dumps({"event": event, **values}) + "\n")
                self._out.flush()
            except BrokenPipeError:
                # The parent has died. Raised into a method that reports its progress, this
                # would be recorded as the method's own failure.
                os._exit(1)

    def report(
        self, task: str, completed: float, total: float | None, fields: dict[str, Any]
    ) -> None:
        """Send how far a method is."""
        self.send("progress", task=task, completed=completed, total=total, fields=fields)


class Inbox:
    """Tasks from the parent, read on a thread that also notices when the parent is gone."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._working = False
        threading.Thread(target=self._read, daemon=True).start()

    def get(self) -> Task | None:
        """Return the next task; None when there will be no more."""
        self._working = False
        task = self._tasks.get()
        self._working = task is not None
        return task

    def _read(self) -> None:
        for line in self._source:
            self._tasks.put(Task.from_json(json.loads(line)))
        if self._working:
            # The parent closes our input only when we are idle: it has died, and nobody waits
            # for this cell. What is half-written is swept up by whoever takes the cell next.
            os._exit(1)
        self._tasks.put(None)


def main() -> None:
    """Work until the input ends."""
    wire = Wire(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # What a method prints must not pass for an event.
    inbox = Inbox(sys.stdin)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if short := short_of_addresses():
        wire.send("fatal", kind="HashbenchError", message=short)
        return
    from hashbench.runs.cell_runner import CellRunner

    runner = CellRunner(ProgressSender(wire.report, _PROGRESS_EVERY_S))
    while (task := inbox.get()) is not None:
        try:
            outcome = runner.run(task)
        except HashbenchError as error:
            wire.send("fatal", kind=type(error).__name__, message=str(error))
            return
        wire.send("outcome", state=outcome.state, seconds=outcome.seconds, message=outcome.message)


if __name__ == "__main__":
    with ending_quickly():
        main()
