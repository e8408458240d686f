"""Surroundings of a method while it works: folders, a device, a progress sink."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Progress(Protocol):
    """Receives how far a piece of work is; the command line draws a bar from it."""

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Report that ``completed`` of ``total`` steps of ``task`` are done.

        Parameters
        ----------
        task : str
            Short name, the same for the whole of one piece of work.
        completed, total : float
            Steps done and steps in all; ``total`` may be unknown.
        **fields
            Further values to show, such as ``loss`` or ``videos_per_s``.
        """


class Silent:
    """Progress that nobody watches."""

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Drop the report."""


def default_cache() -> Path:
    """Return ``$HASHBENCH_CACHE``, or ``hashbench`` under the user's cache folder."""
    named = os.environ.get("HASHBENCH_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hashbench"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Surroundings of a method; nothing in it may change what the method computes.

    Parameters
    ----------
    cache : Path
        Folder for results worth keeping between runs, named by the hash of what they depend on.
    checkpoints : Path, optional
        Folder for the state of an unfinished ``fit``; None where a kill may lose it. The
        harness empties it once the cell is recorded.
    device : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"auto"`` (CUDA where there is any).
    progress : Progress
        Where to report to.

    Examples
    --------
    >>> workspace = Workspace(cache=Path("cache"), device="cpu")
    >>> workspace.progress.update("fit", 1, 20)  # nobody watches
    >>> workspace.checkpoints is None
    True
    """

    cache: Path = field(default_factory=default_cache)
    checkpoints: Path | None = None
    device: str = "auto"
    progress: Progress = field(default_factory=Silent)
