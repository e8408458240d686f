"""Small trainings in processes of their own, and the methods that tests train so."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "nn/training/training_process.py"
FAST = {"epochs": 5, "batch_size": 8, "k1": 3, "k2": 3}
DH = {"epochs": 5, "batch_size": 8, "hidden": 12, "lr": 0.01}
# Of its five epochs, four have prototypes; masks, noise and dropout are drawn in all.
AUTOSSVH = {
    "epochs": 5,
    "batch_size": 8,
    "mask": 0.5,
    "prototypes": "3+5",
    "prototypes_from": 1,
    "input_dropout": 0.1,
}
BTH = {"epochs": 5, "batch_size": 8}
# Views and codes are drawn in every epoch.
CIBHASH = {"epochs": 5, "batch_size": 8, "hidden": 12, "lr": 0.03, "dropout": 0.2}

Methods = Sequence[tuple[str, dict[str, Any]]]
Train = Callable[..., subprocess.CompletedProcess[str]]


def results(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return what came of each method; at least of one."""
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert found, done.stdout
    return found
