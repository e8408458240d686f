"""Other programs that find the K nearest codes exactly, each in its best forms."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Packed = NDArray[np.uint8]
Search = Callable[[], object]

BATCHES = (32, 256)
"""Queries that FAISS compares together: its default, and more."""

ROWS = 256
"""Rows of distances that are in memory at a time where a peer gives distances only."""


def faiss_forms(codes: Packed, k: int) -> dict[str, Search]:
    """``IndexBinaryFlat`` with and without heap, and ``knn_hamming`` in both variants."""
    import faiss

    forms: dict[str, Search] = {}
    for heap in (True, False):
        for batch in BATCHES:
            index = faiss.IndexBinaryFlat(8 * codes.shape[1])
            index.use_heap, index.query_batch_size = heap, batch
            index.add(codes)
            name = f"FAISS flat, {'heap' if heap else 'counting'}, batches of {batch}"
            forms[name] = lambda index=index: index.search(codes, k)
    for variant, name in (("hc", "heap"), ("mc", "counting")):
        forms[f"FAISS knn_hamming, {name}"] = lambda v=variant: faiss.knn_hamming(
            codes, codes, k, variant=v
        )
    return forms


def usearch_forms(codes: Packed, k: int) -> dict[str, Search]:
    """USearch without an index, some queries at a time: it holds the distances of all of them."""
    from usearch.index import MetricKind, search

    def run() -> object:
        return [
            search(
                codes, codes[start : start + 1024], k, MetricKind.Hamming, exact=True, dtype="b1"
            )
            for start in range(0, len(codes), 1024)
        ]

    return {"usearch exact": run}


def numkong_forms(codes: Packed, k: int) -> dict[str, Search]:
    """NumKong's product of a packed matrix, some rows at a time, and numpy's partition."""
    import numkong

    packed = numkong.hammings_pack(codes)

    def nearest(start: int) -> object:
        near = np.asarray(numkong.hammings_packed(codes[start : start + ROWS], packed))
        return np.argpartition(near, k - 1, axis=1)[:, :k].copy()

    def run() -> object:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(nearest, range(0, len(codes), ROWS)))

    return {"numkong and argpartition": run}


PEERS = {"faiss-cpu": faiss_forms, "usearch": usearch_forms, "numkong": numkong_forms}


def forms(codes: Packed, k: int, peers: Collection[str] = tuple(PEERS)) -> dict[str, Search]:
    """Every form of the named peers that are installed."""
    found: dict[str, Search] = {}
    for package, make in PEERS.items():
        if package in peers and version(package):
            found |= make(codes, k)
    return found


def version(package: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def described() -> str:
    """Say which peers there are, in which version, on which instructions."""
    said = []
    for package in PEERS:
        found = version(package)
        said.append(f"{package} {found}{_instructions(package)}" if found else f"no {package}")
    return ", ".join(said)


def _instructions(package: str) -> str:
    if package == "faiss-cpu":
        import faiss

        config = getattr(faiss, "SIMDConfig", None)  # from 1.15 on, where it is chosen at run time
        return f" ({config.get_level_name()})" if config else f" ({faiss.get_compile_options()})"
    if package == "numkong":
        import numkong

        on = [name for name, there in numkong.get_capabilities().items() if there]
        return f" ({', '.join(name for name in on if name != 'serial')})"
    return ""
