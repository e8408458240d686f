"""Results kept in the cache folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashbench.errors import StoreError
from hashbench.files.cached import cached_array


def test_a_cache_that_cannot_be_written_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match=r"cannot write .*; HASHBENCH_CACHE can name another"):
        cached_array(tmp_path / "file", "mean", "a", (2,), lambda: np.zeros(2, np.float32))


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def compute() -> np.ndarray:  # type: ignore[type-arg]
        made.append(1)
        return np.arange(2, dtype=np.float32)

    for _ in range(2):
        assert cached_array(tmp_path, "mean", "a", (2,), compute).tolist() == [0, 1]
    assert len(made) == 1
