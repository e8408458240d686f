"""Executor on this machine: worker processes, so that one that dies takes nothing along."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import hashbench.errors as errors
from hashbench.determinism import PINNED
from hashbench.errors import StoreError
from hashbench.machine import free_memory, gpus
from hashbench.runs.executors.base import Outcome, Task, Watcher

if TYPE_CHECKING:
    from hashbench.runs.plan import RunPlan

_GRACE_S = 5.0

_PROCESS_BYTES = 512 << 20
"""What a worker with its libraries takes before it has any features."""

# Freed arrays of up to 64 MiB are used again instead of going back to the system, which would have
# to clear their pages anew at every step of a training: 7 % of the time of two side by side.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(512 << 20),
}
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class LocalExecutor:
    """Runs tasks in ``jobs`` worker processes.

    Parameters
    ----------
    jobs : int
        Processes at a time. Each is given its share of the cores, unless the usual variables
        (``OMP_NUM_THREADS`` and so on) say otherwise.
    deterministic : bool
        Start the processes as :mod:`hashbench.determinism` says.
    """

    def __init__(self, jobs: int = 1, deterministic: bool = False) -> None:
        self.jobs = jobs
        self.fixed = PINNED if deterministic else {}
        self.threads = max(1, len(os.sched_getaffinity(0)) // jobs)

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome, as they end.

        A task that another run is busy with is tried again at the end, and then waited for. One
        whose process dies is yielded as ``failed``; no record is written for it here.

        Raises
        ------
        StoreError
            If a worker could not read or write the store.
        """
        pool = WorkerPool(self.jobs, self.threads, self.fixed, watcher)
        threads = None if self.jobs == 1 else self.threads
        if self.jobs > 1:
            # Long codes take longest: begun last, they would leave the other processes idle.
            tasks = sorted(tasks, key=lambda task: -task.cell.bits)
        todo = deque(dataclasses.replace(task, threads=threads) for task in tasks)
        try:
            while todo or pool.at_work:
                while todo and pool.has_room:
                    pool.submit(todo.popleft())
                for task, outcome in pool.wait():
                    if outcome.state == "busy":
                        todo.append(dataclasses.replace(task, wait=True))
                    else:
                        yield task, outcome
        finally:
            pool.close()


def processes(plan: RunPlan, cells: int) -> int:
    """Return how many cells to work on at a time on this machine.

    Without a wish: one a core, fewer where the features would not fit into a quarter of the free
    memory as often, and one where cells would share a GPU.
    """
    if plan.options.jobs is not None:
        return max(1, min(plan.options.jobs, cells))
    on_gpu = plan.options.device == "auto" and gpus() and not plan.options.deterministic
    if plan.options.device.startswith("cuda") or on_gpu:
        return 1
    room = free_memory() // 4 // (plan.features_bytes + _PROCESS_BYTES)
    return max(1, min(cells, len(os.sched_getaffinity(0)), room))


class _Worker:
    """One process and what it is doing."""

    def __init__(self, number: int, threads: int | None, fixed: Mapping[str, str]) -> None:
        self.number = number
        self.task: Task | None = None
        self.last_stderr = ""
        self._partial: dict[str, bytes] = {"out": b"", "err": b""}
        environment = {**_MALLOC, **os.environ, **fixed}
        if threads is not None:
            for name in _THREADS:
                environment.setdefault(name, str(threads))
        # Blocked here and so in the child: Ctrl-C reaches the whole terminal group, and only
        # the parent is to act on it. Blocking it here loses nothing, it is delivered afterwards.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "hashbench.runs.executors.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            raise StoreError(f"cannot start a worker: {error.strerror}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def pipes(self) -> dict[str, IO[bytes]]:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        return {"out": self.process.stdout, "err": self.process.stderr}

    def give(self, task: Task) -> None:
        assert self.process.stdin is not None
        self.task = task
        # One that died at its start reads nothing; its closed output tells the rest.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(task.to_json()).encode() + b"\n")
            self.process.stdin.flush()

    def close_input(self) -> None:
        """Say that there will be no more tasks."""
        assert self.process.stdin is not None
        # What was still to be sent may have no reader; the pipe is closed all the same.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def lines(self, pipe: str, data: bytes) -> list[str]:
        *whole, self._partial[pipe] = (self._partial[pipe] + data).split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def rest_of_stderr(self) -> bytes:
        """Return what is left to read, without waiting for children that hold the pipe."""
        pipe = self.pipes["err"]
        os.set_blocking(pipe.fileno(), False)
        return (pipe.read() or b"") + b"\n"

    def exit_reason(self) -> str:
        """Return why the process ended, once it has."""
        code = self.process.wait()
        if code < 0:
            name = signal.Signals(-code).name
            hint = " (out of memory?)" if -code == signal.SIGKILL else ""
            return f"the process was ended by {name}{hint}"
        said = f": {self.last_stderr}" if self.last_stderr else ""
        return f"the process ended with status {code}{said}"


class WorkerPool:
    """Worker processes and the events that they send.

    Parameters
    ----------
    size : int
        Processes at most; each is started when there is work for it.
    threads : int
        Threads of each, where there are several.
    fixed : mapping of str to str
        Environment variables of each.
    watcher : Watcher
        Told of the events.
    """

    def __init__(self, size: int, threads: int, fixed: Mapping[str, str], watcher: Watcher) -> None:
        self._size = size
        self._fixed = fixed
        self._threads = threads if size > 1 else None
        self._watcher = watcher
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()

    @property
    def at_work(self) -> bool:
        """Whether any worker has a task."""
        return any(worker.task for worker in self._workers)

    @property
    def has_room(self) -> bool:
        """Whether a further task would be begun at once."""
        idle = any(worker.task is None for worker in self._workers)
        return idle or len(self._workers) < self._size

    def submit(self, task: Task) -> None:
        """Send a task to an idle worker, or to a new one."""
        idle = [worker for worker in self._workers if worker.task is None]
        worker = idle[0] if idle else self._start()
        self._watcher.started(worker.number, task.cell)
        worker.give(task)

    def wait(self) -> Iterator[tuple[Task, Outcome]]:
        """Wait for something to happen, and yield the tasks that ended."""
        for key, _ in self._selector.select():
            worker, pipe = key.data
            if worker not in self._workers:
                continue  # Ended by what was read a moment ago.
            data = os.read(key.fd, 1 << 16)
            if not data:
                self._selector.unregister(key.fileobj)
                if pipe == "out":
                    yield from self._ended(worker)
                continue
            if pipe == "err":
                self._printed(worker, data)
                continue
            for line in worker.lines(pipe, data):
                yield from self._received(worker, json.loads(line))

    def close(self) -> None:
        """End all workers: those at work by a signal, the idle ones by closing their input."""
        for worker in self._workers:
            if worker.task is not None:
                worker.process.terminate()
            # All before any is waited for: to end takes a process with its libraries a while.
            worker.close_input()
        for worker in self._workers:
            self._reap(worker)
        self._workers.clear()
        self._selector.close()

    def _start(self) -> _Worker:
        taken = {worker.number for worker in self._workers}
        number = next(n for n in range(self._size) if n not in taken)
        worker = _Worker(number, self._threads, self._fixed)
        self._workers.append(worker)
        for name, pipe in worker.pipes.items():
            self._selector.register(pipe, selectors.EVENT_READ, (worker, name))
        return worker

    def _received(self, worker: _Worker, event: dict[str, Any]) -> Iterator[tuple[Task, Outcome]]:
        kind = event.pop("event")
        if kind == "progress":
            self._watcher.progress(worker.number, **event)
        elif kind == "fatal":
            raise getattr(errors, event["kind"], StoreError)(event["message"])
        elif worker.task is not None:
            task, worker.task = worker.task, None
            outcome = Outcome(**event)
            self._watcher.finished(worker.number, task.cell, outcome)
            yield task, outcome

    def _printed(self, worker: _Worker, data: bytes) -> None:
        for line in worker.lines("err", data):
            worker.last_stderr = line.strip() or worker.last_stderr
            self._watcher.message(line)

    def _ended(self, worker: _Worker) -> Iterator[tuple[Task, Outcome]]:
        """Remove a worker whose output has ended, with the task that it had."""
        self._workers.remove(worker)
        self._printed(worker, worker.rest_of_stderr())
        reason = worker.exit_reason()
        task, worker.task = worker.task, None
        self._reap(worker)
        if task is not None:
            outcome = Outcome("failed", message=f"Killed: {reason}")
            self._watcher.finished(worker.number, task.cell, outcome)
            yield task, outcome

    def _reap(self, worker: _Worker) -> None:
        """Close a worker's input, wait for its end, kill it if need be, and close its pipes."""
        worker.close_input()
        try:
            worker.process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        for pipe in worker.pipes.values():
            if pipe in {key.fileobj for key in self._selector.get_map().values()}:
                self._selector.unregister(pipe)
            pipe.close()
