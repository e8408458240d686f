"""The ranking engine against FAISS, numpy and the machine's own popcount, in one run.

    python benchmarks/ranking.py [--n 45600] [--bits 8,64,256] [--k 100]

Each figure is the best of some repetitions; engine and FAISS take turns, so that a busy machine
is unfair to neither. "ratio" is the engine's time over that of FAISS's IndexBinaryFlat, which
finds the top K only; the engine's time goes from packed codes to the values of each query under
all three profiles with expected ties.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from hashbench import BinaryCodes, Labels

CLASSES = 239


def codes(kind: str, n: int, bits: int, seed: int = 0) -> tuple[BinaryCodes, Labels]:
    """Random codes without structure, or codes near the centre of their class."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, CLASSES, n)
    flips = 0.5 if kind == "random" else 0.15
    centres = rng.integers(0, 2, (CLASSES, bits), dtype=np.uint8)
    noise = (rng.random((n, bits), dtype=np.float32) < flips).astype(np.uint8)
    return BinaryCodes.from_bits(centres[ids] ^ noise), Labels.from_array(ids, CLASSES)


def best(runs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Time the runs in turns; return the best of each, in seconds."""
    times = dict.fromkeys(runs, float("inf"))
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name] = min(times[name], time.perf_counter() - start)
    return times


def ceiling(n: int, words: int, threads: int) -> float:
    """Seconds that xor, popcount and add of all pairs take with everything in registers."""
    from hashbench.compiling import jit
    from hashbench.ranking.block_count import compare

    @jit
    def spin(block: int, query: int, rounds: int) -> int:
        total = 0
        for i in range(rounds):
            total += compare(block, query, 16, i & 1, 0) & np.uint64(1)
        return total

    block, query = np.zeros(64 * 16 + 8, np.uint64), np.zeros(16, np.uint64)
    start = block.ctypes.data + (-block.ctypes.data % 64)
    rounds = 400_000
    spin(start, query.ctypes.data, 1)

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: spin(start, query.ctypes.data, rounds), range(threads)))

    seconds = best({"spin": run}, 3)["spin"]
    return n * n * words / (rounds * 64 * 16 * threads / seconds)


def numpy_seconds(codes: BinaryCodes, k: int, rows: int = 100) -> float:
    """Seconds for all queries, scaled from some: bitwise_count, then argpartition."""
    words = codes.words()
    start = time.perf_counter()
    for row in range(rows):
        near = np.bitwise_count(words ^ words[row]).sum(axis=1, dtype=np.uint16)
        np.argpartition(near, k - 1)
    return (time.perf_counter() - start) * len(codes) / rows


def measure(kind: str, n: int, bits: int, k: int, repeats: int) -> None:
    import faiss

    from hashbench.ranking import evaluate

    database, labels = codes(kind, n, bits)
    threads = faiss.omp_get_max_threads()
    index = faiss.IndexBinaryFlat(-(-bits // 8) * 8)
    index.add(database.packed)
    runs = {
        "engine": lambda: evaluate(
            database, database, labels, labels, k=(k,), self_retrieval=True, full=False
        ),
        "faiss": lambda: index.search(database.packed, k),
    }
    times = best(runs, repeats)
    top = ceiling(n, -(-bits // 64), threads)
    print(
        f"{kind:>9} {bits:>5} {times['engine']:>9.3f} {times['faiss']:>9.3f} "
        f"{times['engine'] / times['faiss']:>7.2f} {numpy_seconds(database, k):>9.1f} "
        f"{top:>9.3f} {top / times['engine']:>8.0%}",
        flush=True,
    )


def alone(n: int, bits: int, k: int) -> tuple[float, float]:
    """First call, compiling, and added peak memory in MB, in a process of its own."""
    with tempfile.TemporaryDirectory() as cache:
        result = subprocess.run(
            [
                sys.executable,
                __file__,
                "--alone",
                "--n",
                str(n),
                "--bits",
                str(bits),
                "--k",
                str(k),
            ],
            env={**__import__("os").environ, "NUMBA_CACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=True,
        )
    compile_seconds, megabytes = map(float, result.stdout.split())
    return compile_seconds, megabytes


def report_alone(n: int, bits: int, k: int) -> None:
    import numba  # noqa: F401 - its own import is not compile time

    from hashbench.ranking import evaluate

    few, few_labels = codes("random", 2000, bits)
    database, labels = codes("random", n, bits)
    start = time.perf_counter()
    evaluate(few, few, few_labels, few_labels, k=(k,), self_retrieval=True, full=False)
    first = time.perf_counter() - start
    evaluate(database, database, labels, labels, k=(k,), self_retrieval=True, full=False)
    print(first, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=45_600)
    parser.add_argument("--bits", default="8,64,256")
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    widths = [int(part) for part in options.bits.split(",")]
    if options.alone:
        report_alone(options.n, widths[0], options.k)
        return
    print("    codes  bits  engine s   faiss s   ratio  numpy s*  ceiling   reached")
    for kind in ("random", "clustered"):
        for bits in widths:
            measure(kind, options.n, bits, options.k, options.repeats)
    print("* scaled from 100 queries, one thread, top K only")
    for bits in widths:
        first, peak = alone(options.n, bits, options.k)
        print(
            f"{bits} bits: first call with an empty cache {first:.2f} s, peak memory {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
