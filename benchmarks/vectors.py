"""Shallow methods on many single vectors in a file, against their bare matrix products.

    python benchmarks/vectors.py [--rows 1000000] [--dims 768] [--bits 256] [--iterations 50]

Vectors are float32 in an .npy, 3 GB by default, and read from there. Seconds are those of fitting
and encoding, of processor time, which other work on the machine disturbs least, and of the clock.
The bare products are those that a method cannot do without, in float64 and in blocks of rows, in
the same run. Memory is the most that the process has of its own while a method works: pages of
files, which the system takes back when it needs them, are not counted.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk

import hashbench
from hashbench import Videos
from hashbench.data.hdf5 import H5Source

BLOCK = 4096


class OwnMemory:
    """The most memory of its own that this process has while the block runs, in bytes."""

    def __enter__(self) -> OwnMemory:
        self.peak = _own_bytes()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, _own_bytes())


def _own_bytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def write_vectors(path: Path, rows: int, dims: int) -> None:
    """Write vectors whose variance falls from dimension to dimension, block by block."""
    rng = np.random.default_rng(0)
    scale = np.linspace(2, 0.1, dims, dtype=np.float32)
    array = np.lib.format.open_memmap(path, "w+", np.float32, (rows, dims))
    for start in range(0, rows, BLOCK):
        part = array[start : start + BLOCK]
        part[:] = rng.standard_normal(part.shape, np.float32) * scale
    array.flush()


def products_of_lsh(X: NDArray[np.float32], bits: int, _: int) -> None:
    """One product with the hyperplanes."""
    W = np.random.default_rng(0).standard_normal((X.shape[1], bits))
    for start in range(0, len(X), BLOCK):
        X[start : start + BLOCK].astype(np.float64) @ W


def products_of_pcah(X: NDArray[np.float32], bits: int, _: int) -> None:
    """The covariance and the projection to codes."""
    covariance(X)
    products_of_lsh(X, bits, 0)


def products_of_itq(X: NDArray[np.float32], bits: int, rounds: int) -> None:
    """The covariance, the projection, V R and B^T V in each round, and the projection to codes."""
    covariance(X)
    rng = np.random.default_rng(0)
    W = rng.standard_normal((X.shape[1], bits))
    R = rng.standard_normal((bits, bits))
    for start in range(0, len(X), BLOCK):
        V = X[start : start + BLOCK].astype(np.float64) @ W
        for _ in range(rounds):
            V.T @ (V @ R)
    products_of_lsh(X, bits, 0)


def covariance(X: NDArray[np.float32]) -> None:
    """X^T X, half of it.

    In a pass of its own. SciPy and NumPy bring a BLAS each, and products of both by turns wait for
    each other's threads.
    """
    C = np.zeros((X.shape[1],) * 2, order="F")
    for start in range(0, len(X), BLOCK):
        rows = X[start : start + BLOCK].astype(np.float64)
        C = dsyrk(1.0, rows.T, beta=1.0, c=C, lower=True, overwrite_c=True)


BARE: dict[str, Callable[[NDArray[np.float32], int, int], None]] = {
    "lsh": products_of_lsh,
    "pcah": products_of_pcah,
    "itq": products_of_itq,
}


@dataclass(frozen=True, slots=True)
class Seconds:
    """Processor time and time of the clock since some moment, in seconds."""

    processor: float
    clock: float

    @classmethod
    def now(cls) -> Seconds:
        """Return both as they are."""
        return cls(time.process_time(), time.perf_counter())

    def since(self, start: Seconds) -> Seconds:
        """Return what has passed since an earlier moment."""
        return Seconds(self.processor - start.processor, self.clock - start.clock)

    def __str__(self) -> str:
        return f"{self.processor:.1f} s ({self.clock:.1f} s)"


def measured(method: str, path: Path, bits: int, iterations: int) -> tuple[Seconds, int, int]:
    """Return seconds, peak memory, and rounds of a method on the vectors in a file."""
    params = {"iterations": iterations} if method == "itq" else {}
    videos = Videos(H5Source([path], "array"), None, cache=path.parent / "cache")
    made = hashbench.method(method, bits=bits, **params)
    start = Seconds.now()
    with OwnMemory() as memory:
        made.fit(videos).encode(videos)
    return Seconds.now().since(start), memory.peak, len(getattr(made, "loss_", ()))


def main() -> None:
    """Print seconds, ratio and memory of each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dims", type=int, default=768)
    parser.add_argument("--bits", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=50, help="Rounds of ITQ at most.")
    parser.add_argument("--methods", nargs="+", choices=BARE, default=list(BARE))
    parser.add_argument("--memory-only", action="store_true", help="Leave the products out.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        write_vectors(path, args.rows, args.dims)
        X = np.load(path, mmap_mode="r")
        for method in args.methods:
            seconds, peak, rounds = measured(method, path, args.bits, args.iterations)
            print(
                f"{method}: {seconds}, own memory {peak / 1e9:.2f} GB, rounds {rounds}", flush=True
            )
            if args.memory_only:
                continue
            start = Seconds.now()
            BARE[method](X, args.bits, rounds)
            bare = Seconds.now().since(start)
            print(
                f"    products {bare}, ratio {seconds.processor / bare.processor:.2f}", flush=True
            )


if __name__ == "__main__":
    main()
