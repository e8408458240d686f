"""Cache of neighbour graphs on disk, so that all code lengths and seeds build one only once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.errors import DataError
from hashbench.files.arrays import read_npz
from hashbench.files.cached import cached
from hashbench.files.digests import array_sha256


def cached_graph(
    build: Callable[[], sp.csr_matrix], mean: NDArray[np.float32], settings: str, folder: Path
) -> sp.csr_matrix:
    """Return the graph of ``mean`` under ``settings`` from ``folder``, built where it is missing.

    Several processes that want one graph wait for the first of them. A damaged file is built
    anew.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    name = hashlib.sha256(f"{array_sha256(mean)} {settings}".encode()).hexdigest()[:32]
    path = folder / f"neighbours-{name}.npz"
    return cached(path, lambda path: _read(path, len(mean)), build, _write)


def _write(path: Path, graph: sp.csr_matrix) -> None:
    # Not savez(path): numpy appends .npz to a name of another suffix.
    with path.open("wb") as file:
        np.savez(file, indptr=graph.indptr, indices=graph.indices)


def _read(path: Path, n: int) -> sp.csr_matrix | None:
    try:
        arrays = read_npz(path, ("indices", "indptr"))
    except DataError:
        return None  # missing, or cut short, or with a flipped bit: the archive has checksums
    indptr, indices = arrays["indptr"], arrays["indices"]
    if indptr.shape != (n + 1,) or indices.shape != (int(indptr[-1]),):
        return None
    return sp.csr_matrix((np.ones(len(indices), np.uint8), indices, indptr), shape=(n, n))
