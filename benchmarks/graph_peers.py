"""Exact nearest neighbours by cosine beside FAISS and scikit-learn, in one run.

    python benchmarks/graph_peers.py --videos 8000 --dims 1024

All three search all pairs in float32 (scikit-learn in float64 where its own threshold says so).
FAISS and scikit-learn get vectors of unit length and are asked for one neighbour more, since
they find the vector itself.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import faiss
import numpy as np
from graph import clustered
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from hashbench.nn.graph.nearest import nearest

Search = Callable[[NDArray[np.float32], int], NDArray[np.int64]]


def with_faiss(mean: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Search an IndexFlatIP."""
    unit = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit)
    return without_self(index.search(unit, k + 1)[1])


def with_sklearn(mean: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Search with NearestNeighbors, brute force, all cores."""
    search = NearestNeighbors(metric="cosine", algorithm="brute", n_jobs=-1).fit(mean)
    return without_self(search.kneighbors(mean, k + 1, return_distance=False))


def without_self(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop each row's own number, or the last one where a duplicate took its place."""
    kept = found != np.arange(len(found))[:, None]
    kept[kept.all(axis=1), -1] = False
    return np.sort(found[kept].reshape(len(found), -1), axis=1)


def main() -> None:
    """Time each search, the best of three turns taken in rotation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=8000)
    parser.add_argument("--dims", type=int, default=1024)
    parser.add_argument("--k", type=int, default=20)
    options = parser.parse_args()
    mean = clustered(options.videos, options.dims)
    searches: dict[str, Search] = {
        "hashbench": nearest,
        "faiss IndexFlatIP": with_faiss,
        "sklearn brute": with_sklearn,
    }
    seconds: dict[str, list[float]] = {name: [] for name in searches}
    found: dict[str, NDArray[np.int64]] = {}
    for _ in range(3):
        for name, search in searches.items():
            start = time.perf_counter()
            found[name] = search(mean, options.k)
            seconds[name].append(time.perf_counter() - start)
    ours = min(seconds["hashbench"])
    report = {
        name: {
            "seconds": round(min(times), 2),
            "times_ours": round(min(times) / ours, 2),
            "rows_as_ours": float((found[name] == found["hashbench"]).all(axis=1).mean()),
        }
        for name, times in seconds.items()
    }
    print(json.dumps({"videos": options.videos, "dims": options.dims, **report}, indent=2))


if __name__ == "__main__":
    main()
