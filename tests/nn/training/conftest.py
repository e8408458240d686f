"""A way to train in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from small_trainings import SCRIPT, Methods, Train
from two_processes import finished


@pytest.fixture
def train(python: str) -> Train:
    """Train methods one after the other in a process that may be killed, or in several."""

    def call(
        methods: Methods, folder: Path, moment: str = "never", launch: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        return finished([python, *launch, str(SCRIPT), str(folder), moment, json.dumps(methods)])

    return call
