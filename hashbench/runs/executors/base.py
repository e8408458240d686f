"""Executors: what one is, what it is sent, and what comes back.

A new executor is a module beside this one that holds an
:class:`~hashbench.runs.executors.spec.ExecutorSpec`, and its name in
:data:`hashbench.runs.executors.KINDS`.

Local processes are ours and not joblib's. A worker that is killed with ``kill -9``, by the kernel
or by a user, costs the cell that it was working on and no other: joblib's pool breaks as a whole
and loses what its other workers had in hand. Each cell that fails, however it does, leaves one
record that says why, and the grid goes on.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from hashbench.places import Places
from hashbench.ranking.cutoffs import cutoffs
from hashbench.ranking.profiles import ALWAYS

if TYPE_CHECKING:
    from hashbench.runs.cells import Cell
    from hashbench.runs.record import Record


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What is measured of each ranking; all profiles come from one pass.

    Parameters
    ----------
    k : tuple of int
        Cut-offs.
    ties : tuple of str
        Tie policies.
    profiles : tuple of str
        Those of video hashing always, and others where they are asked for.
    """

    k: tuple[int, ...]
    ties: tuple[str, ...] = ("expected",)
    profiles: tuple[str, ...] = ALWAYS

    def covered_by(self, record: Record) -> bool:
        """Whether a record has all of it, from the present evaluator."""
        from hashbench.ranking import EVALUATOR_VERSION

        evaluator = (record.evaluation or {}).get("evaluator")
        return evaluator == EVALUATOR_VERSION and record.scores.covers(self)

    def united_with(self, record: Record) -> ScoreRequest:
        """Return these and those that a record has already, so that none are lost."""
        scores = record.scores
        return ScoreRequest(
            k=tuple(sorted({*scores.k, *self.k})),
            ties=(*self.ties, *(ties for ties in scores.ties if ties not in self.ties)),
            profiles=(*self.profiles, *(p for p in scores.profiles if p not in self.profiles)),
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One cell to work on, with all that another process needs for it; JSON values only.

    Parameters
    ----------
    cell : Cell
        What to do.
    store : str
        The run directory.
    dataset, trained_on : str
        Names or cards of the set to rank and of the set to train on.
    measures : ScoreRequest
        What to measure.
    places : Places
        Folders of the data sets' files and of cached results, and where methods compute.
    threads : int, optional
        Threads for the ranking; None for all cores.
    force : bool
        Redo what is done.
    wait : bool
        Wait for a cell that another run is working on, instead of reporting it busy.
    manifest : str, optional
        Path of the command's manifest inside the store.
    """

    cell: Cell
    store: str
    dataset: str
    trained_on: str
    measures: ScoreRequest
    places: Places = field(default_factory=Places)
    threads: int | None = None
    force: bool = False
    wait: bool = False
    manifest: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the task as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Take back what :meth:`to_json` returned."""
        from hashbench.runs.cells import Cell

        asked = value["measures"]
        measures = ScoreRequest(
            cutoffs(asked["k"]), tuple(asked["ties"]), tuple(asked.get("profiles", ALWAYS))
        )
        parts = {
            "cell": Cell.from_json(value["cell"]),
            "measures": measures,
            "places": Places(**value["places"]),
        }
        return cls(**{**value, **parts})


State = Literal["done", "kept", "ranked", "failed", "busy"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How work on a cell ended.

    Parameters
    ----------
    state : {"done", "kept", "ranked", "failed", "busy"}
        Worked on from the start; there already; measured again from its codes; failed; or in
        the hands of another run.
    seconds : float
        Time taken.
    message : str
        Why it failed, as one line.
    """

    state: State
    seconds: float = 0.0
    message: str = ""


class Watcher(Protocol):
    """Sees how a grid gets on."""

    def begin(self, total: int, kept: int) -> None:
        """``total`` cells are to be worked on; ``kept`` more were there already."""

    def started(self, worker: int, cell: Cell) -> None:
        """A worker takes up a cell."""

    def progress(
        self,
        worker: int,
        task: str,
        completed: float,
        total: float | None,
        fields: Mapping[str, float | str],
    ) -> None:
        """A worker is so far with a piece of its cell."""

    def finished(self, worker: int, cell: Cell, outcome: Outcome) -> None:
        """A worker is done with a cell."""

    def message(self, text: str) -> None:
        """Something was printed by a method."""


class Unwatched:
    """A watcher that looks away."""

    def begin(self, total: int, kept: int) -> None:
        """Do nothing."""

    def started(self, worker: int, cell: Cell) -> None:
        """Do nothing."""

    def progress(
        self,
        worker: int,
        task: str,
        completed: float,
        total: float | None,
        fields: Mapping[str, float | str],
    ) -> None:
        """Do nothing."""

    def finished(self, worker: int, cell: Cell, outcome: Outcome) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""


class Executor(Protocol):
    """Something that gets tasks done, here or elsewhere."""

    def run(self, tasks: Sequence[Task], watcher: Watcher) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome, as they end."""


class ProgressSender:
    """Progress sink that passes reports on, at most one a task in a while.

    Parameters
    ----------
    send : callable
        Called with ``task``, ``completed``, ``total`` and ``fields``, plain floats and strings.
    every_s : float
        Seconds between two reports of one task; the first and the last of a task always pass.
    """

    def __init__(
        self, send: Callable[[str, float, float | None, dict[str, Any]], None], every_s: float
    ) -> None:
        self._send = send
        self._every_s = every_s
        self._last: tuple[str, float] = ("", 0.0)

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Pass a report on, if it is time."""
        now = time.monotonic()
        name, sent = self._last
        if task == name and now - sent < self._every_s and completed != total:
            return
        self._last = (task, now)
        # Numpy's numbers and torch's would not go through JSON.
        shown = {k: v if isinstance(v, str) else float(v) for k, v in fields.items()}
        self._send(task, float(completed), None if total is None else float(total), shown)
