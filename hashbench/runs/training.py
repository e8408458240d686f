"""Fitted methods, trained once for all cells that share them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hashbench.catalogue import method as make_method
from hashbench.catalogue import method_class
from hashbench.data import Videos
from hashbench.data.standardizing import Standardized
from hashbench.errors import MethodError, StoreError
from hashbench.estimator import Method
from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json
from hashbench.files.schema import MisfitError
from hashbench.machine import peak_memory
from hashbench.runs.executors.base import Task
from hashbench.runs.record_schema import TRAINING, check_readable
from hashbench.runs.store import Store
from hashbench.workspace import Progress, Workspace

MOMENTS = "moments.npz"
"""Beside a model that was trained on a standardised set: what its features had taken off."""

_TRAINING = "training.json"


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What one training took, kept beside its model.

    Parameters
    ----------
    seconds : float
        Time of ``fit``.
    diagnostics : dict
        What the method reported.
    peak_memory_bytes : int
        Largest resident size until the end of ``fit``.
    frames, dims : int
        Shape of the training videos.
    """

    seconds: float
    diagnostics: dict[str, Any] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    frames: int = 0
    dims: int = 0


def unfitted(task: Task, store: Store, progress: Progress) -> Method:
    """Return the cell's method with its surroundings, ready for ``fit``."""
    cell = task.cell
    cache = task.places.cache_folder
    workspace = Workspace(
        # What others computed in their own way, such as an encoder's weights, must not be taken.
        cache=cache / "deterministic" if cell.deterministic else cache,
        checkpoints=store.checkpoints_path(cell.model_key),
        device=task.places.device,
        progress=progress,
    )
    method = make_method(cell.method.name, bits=cell.bits, seed=cell.seed, **cell.method.params)
    return method.attach(workspace)


def fitted(
    task: Task,
    store: Store,
    train: Videos,
    progress: Progress,
    before_fit: Callable[[Task, Method], None] | None = None,
) -> tuple[Method, TrainingCost]:
    """Return the cell's method, fitted now or loaded from the store.

    Parameters
    ----------
    task : Task
        The cell and its surroundings.
    store : Store
        Where fitted methods are kept, one folder a model key.
    train : Videos
        Training videos with labels; an unsupervised method is given them without.
    progress : Progress
        Where the method reports to.
    before_fit : callable, optional
        Called with the task and its method when it is about to be trained.
    """
    cell = task.cell
    folder = store.model_path(cell.model_key)
    checkpoints = store.checkpoints_path(cell.model_key)
    method = unfitted(task, store, progress)
    with store.lock(f"model-{cell.model_key}"):
        store.sweep_model(cell.model_key)
        if task.force:
            (folder / _TRAINING).unlink(missing_ok=True)
            shutil.rmtree(checkpoints, ignore_errors=True)
        if (folder / _TRAINING).exists():
            trained = method_class(cell.method.name).load(folder)
            return trained.attach(method.workspace), read_training(folder / _TRAINING)
        checkpoints.mkdir(parents=True, exist_ok=True)
        if before_fit is not None:
            before_fit(task, method)
        started = time.perf_counter()
        method.fit(train if cell.method.supervised else train.unlabelled())
        seconds = time.perf_counter() - started
        training = TrainingCost(
            seconds, method.diagnostics(), peak_memory(), frames=train.frames, dims=train.dims
        )
        try:
            check_readable(TRAINING, asdict(training))
        except MisfitError as error:  # a method may report anything, and a rerun reads it
            raise MethodError(f"{type(method).__name__} reports of its training: {error}") from None
        method.save(folder)
        if isinstance(train.source, Standardized):
            train.source.moments.save(folder / MOMENTS)
        # Last, so that a model that has it is whole.
        write_json(folder / _TRAINING, asdict(training))
        shutil.rmtree(checkpoints, ignore_errors=True)
        return method, training


def read_training(path: Path) -> TrainingCost:
    """Read what was written down beside a model.

    Raises
    ------
    FileNotFoundError
        If nothing was.
    StoreError
        If the file is damaged or holds something else.
    """
    try:
        value = read_json(path)
        TRAINING(value, "")
        return TrainingCost(**value)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: damaged ({error}); delete its folder to train again") from error
