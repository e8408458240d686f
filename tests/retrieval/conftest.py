"""Two small data sets to search in."""

from __future__ import annotations

from pathlib import Path

import pytest
from two_sets import write_two_sets


@pytest.fixture(scope="session")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The cards of two sets of one shape: 30 + 20 videos of 4 frames and 6 dimensions."""
    return write_two_sets(tmp_path_factory.mktemp("sets"))
