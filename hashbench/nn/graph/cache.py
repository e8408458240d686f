"""Finished neighbour graphs on disk, so that all bit lengths and seeds build one only once."""

from __future__ import annotations

import fcntl
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hashbench.atomic import replacing
from hashbench.data.digests import array_sha256
from hashbench.errors import StoreError


def cached(
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
    graph = _read(path, len(mean))
    if graph is None:
        with _alone(path.with_suffix(".lock")):
            graph = _read(path, len(mean))  # another process may have been faster
            if graph is None:
                graph = build()
                _write(path, graph)
    return graph


def _write(path: Path, graph: sp.csr_matrix) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, indptr=graph.indptr, indices=graph.indices)


def _read(path: Path, n: int) -> sp.csr_matrix | None:
    try:
        # Opened here: numpy leaves its own handle open when the archive is damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            indptr, indices = archive["indptr"], archive["indices"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None  # missing, or cut short, or with a flipped bit: the archive has checksums
    if indptr.shape != (n + 1,) or indices.shape != (int(indptr[-1]),):
        return None
    return sp.csr_matrix((np.ones(len(indices), np.uint8), indices, indptr), shape=(n, n))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock file; where the file system has no locks, do without.

    Two builders at once are a waste and no danger: they write the same graph atomically.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise StoreError(f"cannot write {path.parent}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield
            return
        yield  # closing the file gives the lock back, as does the end of the process
