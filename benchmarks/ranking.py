"""The ranking engine against FAISS, USearch, NumKong and the machine's own popcount, in one run.

    python benchmarks/ranking.py [--n 45600] [--bits 8,64,256] [--k 100,1000] [--forms]

Each figure is the best of some repetitions; engine and peers take turns, so that a busy machine
is unfair to none. "ratio" is the engine's time over that of the fastest form of the fastest peer,
which finds the top K only; the engine's time goes from packed codes to the values of each query
under all three profiles with expected ties. ``--forms`` prints every form of every peer.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import argparse
import itertools
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import ranking_peers

from hashbench import BinaryCodes, Labels
from hashbench.ranking import comparing

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
    """Time the runs in turns; return the best of each, in seconds, inf where memory is too small.

    FAISS's counting forms hold K places for each query and distance.
    """
    times = dict.fromkeys(runs, float("inf"))
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            try:
                run()
            except MemoryError:
                continue
            times[name] = min(times[name], time.perf_counter() - start)
    return times


def ceiling(n: int, words: int, threads: int) -> float:
    """Seconds that comparing all pairs takes with one block and one query in the nearest cache."""
    from hashbench.compiling import jit
    from hashbench.ranking.comparing import arrange, compare, prepare
    from hashbench.ranking.layout import aligned

    # 64 queries by turns: the comparison of a single one would be moved out of the loop.
    @jit
    def spin(block: int, query: int, width: int, near: int, rounds: int) -> int:
        # All 64 lanes are used: of those that are not, the comparison would be left out.
        total = np.uint64(0)
        for i in range(rounds):
            total ^= compare(block, query + (i & 63) * width, 4, i & 1, near)
        return total

    block, query = arrange(np.zeros((64, 4), np.uint64)), prepare(np.zeros((64, 4), np.uint64))
    near = [aligned(128) for _ in range(threads)]
    rounds = 400_000

    def turn(place: int) -> None:
        out = near[place].ctypes.data
        spin(block.ctypes.data, query.ctypes.data, query.shape[1], out, rounds)

    turn(0)

    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(turn, range(threads)))

    seconds = best({"spin": run}, 3)["spin"]
    return n * n * words / (rounds * 64 * 4 * threads / seconds)


def measure(kind: str, bits: int, k: int, options: argparse.Namespace) -> None:
    """Print a line: the engine, and the fastest form of each peer."""
    from hashbench.ranking import evaluate

    n, peers = options.n, options.peers.split(",")
    database, labels = codes(kind, n, bits)

    def engine() -> object:
        return evaluate(database, database, labels, labels, k=(k,), self_retrieval=True, full=False)

    runs = {"engine": engine, **ranking_peers.forms(database.packed, k, peers)}
    times = best(runs, options.repeats)
    ours = times.pop("engine")
    top = ceiling(n, -(-bits // 64), len(os.sched_getaffinity(0)))
    peer = min(times, key=lambda name: times[name])
    print(
        f"{kind:>9} {bits:>5} {k:>6} {ours:>9.3f} {times[peer]:>9.3f} {ours / times[peer]:>7.2f} "
        f"{top:>9.3f} {top / ours:>8.0%}  {peer}",
        flush=True,
    )
    if options.forms:
        for name, seconds in sorted(times.items(), key=lambda item: item[1]):
            print(f"{'':>32} {seconds:>9.3f} {ours / seconds:>7.2f}  {name}", flush=True)


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
            env={**os.environ, "NUMBA_CACHE_DIR": cache},
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
    parser.add_argument("--k", default="100")
    parser.add_argument("--forms", action="store_true", help="Print every form of every peer.")
    parser.add_argument("--peers", default=",".join(ranking_peers.PEERS), help="The slow ones too.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    widths = [int(part) for part in options.bits.split(",")]
    depths = [int(part) for part in options.k.split(",")]
    if options.alone:
        report_alone(options.n, widths[0], depths[0])
        return
    print(f"{comparing.NAME} of bits; {ranking_peers.described()}")
    print("    codes  bits      K  engine s    peer s   ratio   ceiling  reached")
    for kind, bits, k in itertools.product(("random", "clustered"), widths, depths):
        measure(kind, bits, k, options)
    for bits in widths:
        first, peak = alone(options.n, bits, depths[0])
        print(
            f"{bits} bits: first call with an empty cache {first:.2f} s, peak memory {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
