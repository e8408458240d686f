"""Data sets and an experiment that take no time."""

from __future__ import annotations

from pathlib import Path

import pytest
from two_sets import write_two_sets

PLUGINS = Path(__file__).parents[1] / "runs" / "plugins"


@pytest.fixture(scope="session")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The cards of two sets of one shape: 30 + 20 videos of 4 frames and 6 dimensions."""
    return write_two_sets(tmp_path_factory.mktemp("sets"))


@pytest.fixture
def trial_methods(fresh_registry: pytest.MonkeyPatch) -> None:
    """Register the methods of ``tests/runs/plugins``, here and in worker processes."""
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", str(PLUGINS))
