"""What tests run in processes of their own; a spawned child finds it by name."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.data.hdf5 import H5Source


def read_in_child(source: H5Source, queue: multiprocessing.Queue[float]) -> None:
    """Put the sum of videos 3 and 4 on the queue."""
    queue.put(float(source.read(3, 5).sum()))


def build_in_child(
    mean: NDArray[np.float32], folder: Path, queue: multiprocessing.Queue[int]
) -> None:
    """Ask for a cached graph, and put the number of builds this took on the queue."""
    from hashbench.nn.graph import neighbours

    builds = 0
    joined = neighbours._joined

    def counting(*arguments: Any) -> Any:
        nonlocal builds
        builds += 1
        return joined(*arguments)

    neighbours._joined = counting  # this process ends with the test
    neighbours.neighbour_graph(mean, 5, 3, cache=folder)
    queue.put(builds)
