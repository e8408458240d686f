"""Manifest of a command and its machine: enough to repeat it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import secrets
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hashbench.files.atomic import write_json
from hashbench.machine import hardware
from hashbench.runs.cells import Cell
from hashbench.runs.executors.base import Outcome
from hashbench.runs.store import Store
from hashbench.version import __version__

_GIT_LIMIT_S = 5.0


class Manifest:
    """The manifest of one command, written when it begins and again when it ends.

    Parameters
    ----------
    store : Store
        Where it goes, under ``manifests/``.
    argv : sequence of str
        The command line, or the name of the Python call.
    config : mapping
        Every option as resolved.
    cells : sequence of Cell
        The whole grid.
    cards : mapping of str to Path, optional
        The card of each data set that was named by one.
    """

    def __init__(
        self,
        store: Store,
        argv: Sequence[str],
        config: Mapping[str, Any],
        cells: Sequence[Cell],
        cards: Mapping[str, Path] | None = None,
    ) -> None:
        started = datetime.now(UTC)
        self._path = store.manifest_path(f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}")
        self._counts: Counter[str] = Counter()
        self.relative = store.relative(self._path)
        self._value: dict[str, Any] = {
            "schema": 1,
            "status": "running",
            "argv": list(argv),
            "config": dict(config),
            "versions": _versions(),
            "methods": _methods(cells),
            "datasets": [
                info | _card(store.path, (cards or {}).get(info["name"]))
                for info in _datasets(cells)
            ],
            "seeds": sorted({cell.seed for cell in cells}),
            "cells": [cell.key for cell in cells],
            "git": {"hashbench": _git_of_hashbench(), "working_directory": _git(Path.cwd())},
            "hardware": hardware(),
            "started": started.isoformat(timespec="seconds"),
            "finished": None,
            "seconds": None,
            "outcomes": {},
        }
        self._started = started
        write_json(self._path, self._value)

    def note(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self._counts[outcome.state] += 1

    def close(self, status: str) -> None:
        """Write how the command ended: ``finished``, ``interrupted`` or ``aborted``."""
        finished = datetime.now(UTC)
        self._value |= {
            "status": status,
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": round((finished - self._started).total_seconds(), 3),
            "outcomes": dict(self._counts),
        }
        write_json(self._path, self._value)


def _versions() -> dict[str, str]:
    """Return the versions of hashbench and of all that it needs, but for its extras."""
    found = {"hashbench": __version__}
    for requirement in importlib.metadata.requires("hashbench") or ():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        if "extra ==" not in requirement:
            # Shallow methods work without torch, and whoever installs so has no torch to name.
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                found[name] = importlib.metadata.version(name)
    return found


def _methods(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    unique = {cell.method.label: cell.method for cell in cells}
    return [
        {
            "label": method.label,
            "params": method.params,
            "distribution": method.distribution,
            "version": method.version,
        }
        for method in unique.values()
    ]


def _datasets(cells: Sequence[Cell]) -> list[dict[str, str]]:
    unique = {cell.dataset.name: cell.dataset for cell in cells}
    found = [
        {"name": info.name, "version": info.version, "sha256": info.sha256}
        for info in unique.values()
    ]
    others = {c.dataset.trained_on: c.dataset.trained_on_sha256 for c in cells if c.dataset.cross}
    return found + [{"name": name, "sha256": sha256} for name, sha256 in others.items()]


def _card(run: Path, card: Path | None) -> dict[str, str]:
    """Return where a card lies as seen from the run directory: both may be moved together."""
    if card is None:
        return {}
    try:
        return {"card": Path(os.path.relpath(card.resolve(), run.resolve())).as_posix()}
    except ValueError:  # on another drive, from where no relative path leads here
        return {"card": card.resolve().as_posix()}


def _git_of_hashbench() -> dict[str, Any] | None:
    """Return the checkout that hashbench runs from; None for an installed copy."""
    source = Path(__file__)
    # A virtual environment may lie inside somebody else's checkout.
    return _git(source.parent) if _output(source.parent, "ls-files", source.name) else None


def _git(folder: Path) -> dict[str, Any] | None:
    commit = _output(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    return {"commit": commit, "dirty": bool(_output(folder, "status", "--porcelain", "-uno"))}


def _output(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
