"""Runner of one cell: load, fit, encode, rank, record."""

from __future__ import annotations

import dataclasses
import json
import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hashbench.codes import BinaryCodes
from hashbench.data import VideoDataset, Videos
from hashbench.determinism import pinned
from hashbench.errors import DataError, HashbenchError, MethodError, StoreError, UsageError
from hashbench.estimator import Method
from hashbench.files.inside import CONTROL
from hashbench.machine import hardware, peak_memory, reset_peak_memory
from hashbench.places import Places
from hashbench.plugins import registry
from hashbench.ranking.ahead import wait_until_compiled
from hashbench.runs.cells import Cell
from hashbench.runs.executors.base import Outcome, ScoreRequest, Task
from hashbench.runs.record import Record
from hashbench.runs.record_schema import LONGEST
from hashbench.runs.store import Store
from hashbench.runs.training import fitted
from hashbench.workspace import Progress

_SETS_KEPT = 2


class CellRunner:
    """Works on cells in this process, and keeps the data sets that it opened.

    Parameters
    ----------
    progress : Progress
        Told of each phase, and handed to methods and to the ranking.
    before_fit : callable, optional
        Called with the task and its method when it is about to be trained.
    """

    def __init__(
        self, progress: Progress, before_fit: Callable[[Task, Method], None] | None = None
    ) -> None:
        self.progress = progress
        self.before_fit = before_fit
        self._datasets: dict[tuple[str, Places], VideoDataset] = {}

    def dataset(self, name: str, task: Task, sha256: str) -> VideoDataset:
        """Return a data set, opened once; its content must be what the grid was made for."""
        slot = (name, task.places)
        if slot not in self._datasets:
            while len(self._datasets) >= _SETS_KEPT:
                del self._datasets[next(iter(self._datasets))]
            self._datasets[slot] = task.places.open(name, self.progress)
        found = self._datasets[slot]
        if found.sha256 != sha256:
            del self._datasets[slot]
            raise DataError(f"data set {name} has changed since the command began")
        return found

    def run(self, task: Task) -> Outcome:
        """Work on a cell unless it is done or in other hands, and leave its record.

        Raises
        ------
        StoreError
            If the store cannot be read or written: other cells would fare no better.
        """
        started = time.perf_counter()
        store = Store(task.store)
        with store.lock(task.cell.key, wait=task.wait) as held:
            if not held:
                return Outcome("busy")
            store.sweep(task.cell.key)
            outcome = self._work(task, store)
        return dataclasses.replace(outcome, seconds=time.perf_counter() - started)

    def _work(self, task: Task, store: Store) -> Outcome:
        old = None if task.force else store.get(task.cell.key)
        if old is not None and old.ok:
            if task.measures.covered_by(old) and not store.lacks(old):
                return Outcome("kept")
            codes = _kept_codes(store, old)
            if codes is not None:
                return self._rank_again(task, store, old, codes)
        record = self._record(task, store)
        try:
            store.write(record)
        except DataError as error:  # what a plugin's method left in it could not be read back
            record = failure(task, described(error), record.times)
            store.write(record)
        if record.error is None:
            return Outcome("done")
        return Outcome("failed", message=_one_line(record.error))

    def _record(self, task: Task, store: Store) -> Record:
        reset_peak_memory()
        times: dict[str, float] = {}
        try:
            return self._measured(task, store, times)
        except StoreError:
            raise
        except Exception as error:  # a plugin's method may raise anything; the grid goes on
            return failure(task, described(error), times)

    def _measured(self, task: Task, store: Store, times: dict[str, float]) -> Record:
        cell, info = task.cell, task.cell.dataset
        if cell.deterministic and not pinned():
            raise UsageError(
                "deterministic cells need processes of this machine's own grid: the settings of "
                "hashbench.determinism must be there when a process starts"
            )
        with self._phase("load", times):
            dataset = self.dataset(task.dataset, task, info.sha256)
            source = self.dataset(task.trained_on, task, info.trained_on_sha256)
        _check_frames(cell, source)
        with self._phase("fit", times):
            method, training = fitted(
                task, store, source.labelled_train, self.progress, self.before_fit
            )
        times["fit"] = training.seconds
        with self._phase("encode", times):
            query, database = _encoded(method, cell, dataset)
        n_encoded = len(query) + (0 if dataset.self_retrieval else len(database))
        wait_until_compiled()
        with self._phase("rank", times):
            evaluation = self._ranked(task, query, database, dataset, task.measures)
        codes = store.write_codes(cell.key, query, database)
        per_query = store.per_query_path(cell.key)
        evaluation.save(per_query)
        return Record(
            key=cell.key,
            status="ok",
            method=cell.method,
            dataset=info,
            bits=cell.bits,
            seed=cell.seed,
            evaluation=summary_of(evaluation),
            files={
                "codes": store.relative(codes),
                "per_query": store.relative(per_query),
                "model": store.relative(store.model_path(cell.model_key)),
            },
            codes_sha256={"query": query.sha256, "database": database.sha256},
            diagnostics=training.diagnostics | _near_zero(query, database, dataset),
            times=times,
            encode_videos_per_s=n_encoded / max(times["encode"], 1e-9),
            peak_memory_bytes=max(peak_memory(), training.peak_memory_bytes),
            host=hardware(),
            manifest=task.manifest,
            n_parameters=_parameters(method, source.labelled_train.dims),
        )

    def _rank_again(
        self, task: Task, store: Store, old: Record, codes: tuple[BinaryCodes, BinaryCodes]
    ) -> Outcome:
        """Measure codes that are there; if that fails, the record stays as it is."""
        times = dict(old.times)
        try:
            with self._phase("load", {}):
                dataset = self.dataset(task.dataset, task, task.cell.dataset.sha256)
            query, database = codes
            wait_until_compiled()
            with self._phase("rank", times):
                measures = task.measures.united_with(old)
                evaluation = self._ranked(task, query, database, dataset, measures)
            evaluation.save(store.per_query_path(old.key))
            store.write(dataclasses.replace(old, evaluation=summary_of(evaluation), times=times))
        except StoreError:
            raise
        except Exception as error:  # as in _record
            return Outcome("failed", message=_one_line(described(error)))
        return Outcome("ranked")

    def _ranked(
        self,
        task: Task,
        query: BinaryCodes,
        database: BinaryCodes,
        dataset: VideoDataset,
        measures: ScoreRequest,
    ) -> Any:
        from hashbench.ranking import evaluate

        return evaluate(
            query,
            database,
            dataset.query.labels,
            dataset.database.labels,
            k=measures.k,
            profiles=measures.profiles,
            ties=measures.ties,
            self_retrieval=dataset.self_retrieval,
            progress=lambda done, total: self.progress.update("rank", done, total),
            threads=task.threads,
        )

    @contextmanager
    def _phase(self, name: str, times: dict[str, float]) -> Iterator[None]:
        self.progress.update(name, 0)
        started = time.perf_counter()
        try:
            yield
        finally:
            times[name] = time.perf_counter() - started


def _parameters(method: Method, dims: int) -> int | None:
    """Return what a method says of its size: a plugin's mistake there costs no training."""
    try:
        count = method.n_parameters(dims)
    except Exception:
        return None
    return count if isinstance(count, int) and count >= 0 else None


def _kept_codes(store: Store, record: Record) -> tuple[BinaryCodes, BinaryCodes] | None:
    """Return the codes of a record, or None where they must be made again."""
    try:
        return store.codes(record)
    except (DataError, StoreError):  # gone, cut, damaged, or those of another record
        return None


def failure(task: Task, error: dict[str, str], times: dict[str, float] | None = None) -> Record:
    """Return the record of a cell that failed."""
    cell = task.cell
    return Record(
        key=cell.key,
        status="failed",
        method=cell.method,
        dataset=cell.dataset,
        bits=cell.bits,
        seed=cell.seed,
        error=_recordable(error),
        times=times or {},
        peak_memory_bytes=peak_memory() if times else None,
        host=hardware(),
        manifest=task.manifest,
    )


def described(error: Exception) -> dict[str, str]:
    """Return an error as a record can hold it; one not raised on purpose with its traceback."""
    lines = str(error).strip().splitlines()
    found = {"type": type(error).__name__, "message": lines[0] if lines else ""}
    if not isinstance(error, HashbenchError):
        found["traceback"] = "".join(traceback.format_exception(error))
    return _recordable(found)


def _recordable(error: dict[str, str]) -> dict[str, str]:
    """Return an error as the schema takes it: cut, and what steers a terminal written out."""

    def shown(match: re.Match[str]) -> str:
        return match[0] if match[0] in "\n\r\t" else ascii(match[0])[1:-1]

    return {name: CONTROL.sub(shown, text)[: LONGEST[name]] for name, text in error.items()}


def _check_frames(cell: Cell, source: VideoDataset) -> None:
    """Raise UsageError where a method needs more frames than the videos have."""
    needed = registry().methods.get(cell.method.name).min_frames
    if source.labelled_train.frames < needed:
        raise UsageError(
            f"{cell.method.name} needs {needed} frames a video at least; those of {source.name} "
            f"have {source.labelled_train.frames}"
        )


def _one_line(error: dict[str, str]) -> str:
    return f"{error['type']}: {error['message']}".removesuffix(": ")


def _encoded(method: Method, cell: Cell, dataset: VideoDataset) -> tuple[BinaryCodes, BinaryCodes]:
    def encode(videos: Videos) -> BinaryCodes:
        codes = method.encode(videos if cell.method.supervised else videos.unlabelled())
        if not isinstance(codes, BinaryCodes):
            raise MethodError(f"encode returned {type(codes).__name__}, not BinaryCodes")
        if (len(codes), codes.n_bits) != (len(videos), cell.bits):
            raise MethodError(
                f"encode returned {len(codes)} codes of {codes.n_bits} bits "
                f"for {len(videos)} videos and {cell.bits} bits"
            )
        return codes

    query = encode(dataset.query)
    return query, query if dataset.self_retrieval else encode(dataset.database)


def _near_zero(query: BinaryCodes, database: BinaryCodes, dataset: VideoDataset) -> dict[str, int]:
    """Return how many bits were projections of 0, where the method's codes tell."""
    parts = [query] if dataset.self_retrieval else [query, database]
    counts = [part.near_zero for part in parts if part.near_zero is not None]
    return {"projections_near_zero": sum(counts)} if len(counts) == len(parts) else {}


def summary_of(evaluation: Any) -> dict[str, Any]:
    """Return what a record holds of an evaluation."""
    from hashbench.ranking import EVALUATOR_VERSION

    summary = {**evaluation.summary(), "evaluator": EVALUATOR_VERSION}
    # Through JSON and back, so that a record just made equals the one read from its file.
    value: dict[str, Any] = json.loads(json.dumps(summary, allow_nan=False))
    return value
