"""A way to train in a process of its own."""

from __future__ import annotations

import pytest
from small_trainings import Train, training


@pytest.fixture
def train(python: str) -> Train:
    """Train methods one after the other in a process that may be killed, or in several."""
    return training(python)
