"""Records and stores for the tests of runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import cluster as cluster
from dask_cluster import doomed_cluster as doomed_cluster
from making_data import write_set

from hashbench.runs import DatasetInfo, MethodInfo, Record, Store


def make_record(**changes: Any) -> Record:
    values: dict[str, Any] = {
        "key": "ab" * 32,
        "status": "ok",
        "method": MethodInfo("pca", "pca[power=2]", {"power": 2}, "here", "1.0", False, False),
        "dataset": DatasetInfo("toy", "1", "d" * 64, "paper", 40, 10, 20, False, "toy", "d" * 64),
        "bits": 16,
        "seed": 0,
        "evaluation": {"profiles": {"paper": {"expected": {"AP@5": 0.5}}}, "evaluator": "1"},
        "times": {"load": 0.1, "fit": 1.5, "encode": 0.2, "rank": 0.3},
    }
    return Record(**{**values, **changes})


@pytest.fixture
def record() -> Callable[..., Record]:
    """Make a record, with changes by field."""
    return make_record


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


PLUGINS = Path(__file__).parent / "plugins"


@pytest.fixture
def trial_methods(fresh_registry: pytest.MonkeyPatch) -> None:
    """Register the methods of ``plugins/trial_methods.py``, here and in worker processes."""
    fresh_registry.setenv("HASHBENCH_PLUGINS_DIR", str(PLUGINS))


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of 30 + 20 videos in HDF5 files."""
    return write_set(tmp_path_factory.mktemp("set"))
