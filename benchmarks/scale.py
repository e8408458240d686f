"""Evaluation and search over shards: time, memory, thresholds, workers, a cell's journey.

    python benchmarks/scale.py                 10,000,000 codes of 256 bits, 1,000 queries
    python benchmarks/scale.py --items 1000000 a smaller run

Prints one JSON object; docs/scale.md says what follows from it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from hashbench import BinaryCodes, Labels
from hashbench.machine import hardware, peak_memory, reset_peak_memory
from hashbench.ranking import Counts, RankedLists, prepare
from hashbench.ranking.evaluating import evaluate_shards
from hashbench.ranking.file_shards import FileShard, open_shards
from hashbench.ranking.walk import Runner, serial, visit
from hashbench.retrieval.nearest import search_shards
from hashbench.runs.executors.cluster import DaskRunner, connected

BITS, QUERIES, CLASSES, SHARD = 256, 1_000, 100, 1_000_000


def codes_of(labels: np.ndarray[Any, Any], rng: np.random.Generator) -> BinaryCodes:
    """Return codes around one centre a class, a fifth of their bits flipped."""
    centres = np.random.default_rng(7).integers(0, 256, (CLASSES, BITS // 8), dtype=np.uint8)
    flips = np.full((len(labels), BITS // 8), 255, np.uint8)
    for _ in range(2):  # about a quarter of the bits set
        flips &= rng.integers(0, 256, flips.shape, dtype=np.uint8)
    return BinaryCodes(centres[labels] ^ flips, BITS)


def write(folder: Path, items: int) -> list[FileShard]:
    """Write shards of a million codes each, and their labels."""
    rng = np.random.default_rng(0)
    codes, labels = [], []
    for i, start in enumerate(range(0, items, SHARD)):
        ids = rng.integers(0, CLASSES, min(SHARD, items - start)).astype(np.int16)
        codes.append(folder / f"shard-{i}.npz")
        labels.append(folder / f"labels-{i}.npy")
        codes_of(ids, rng).save(codes[-1])
        np.save(labels[-1], ids)
    return open_shards(codes, labels, n_classes=CLASSES)


def queries() -> tuple[BinaryCodes, Labels]:
    """Return the queries."""
    rng = np.random.default_rng(1)
    ids = rng.integers(0, CLASSES, QUERIES)
    return codes_of(ids, rng), Labels.from_array(ids, CLASSES)


def in_memory(shards: list[FileShard]) -> float:
    """Return pairs a second of the engine on one shard that is in memory and laid out."""
    codes, labels = shards[0].read(0, len(shards[0]))
    query, theirs = queries()
    engine = prepare(codes, labels)
    engine.count(query[:64], theirs[:64], depth=100)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        engine.count(query, theirs, depth=100)
        times.append(time.perf_counter() - started)
    return QUERIES * len(codes) / min(times)


def sharded(shards: list[FileShard], runner: Runner = serial, threads: int | None = None) -> float:
    """Return seconds of an evaluation."""
    started = time.perf_counter()
    evaluate_shards(shards, queries(), k=(20, 100), runner=runner, threads=threads)
    return time.perf_counter() - started


def found(shards: list[FileShard], n_query: int) -> float:
    """Return seconds of a search for the nearest 100 of some queries."""
    started = time.perf_counter()
    search_shards(shards, queries()[0][:n_query], top=100)
    return time.perf_counter() - started


def thresholds(shards: list[FileShard]) -> dict[str, list[float]]:
    """Return processor seconds, best of three, of counts and of lists under three exchanges.

    ``none``: each block starts anew; ``shard``: blocks of one shard learn from those before, as
    on a cluster; ``all``: all do, as in one process.
    """

    def apart(shards: Sequence[Any], job: Any) -> Iterator[Any]:
        for shard in shards:
            yield visit(shard, job)

    def seconds(runner: Any) -> list[float]:
        started = time.process_time()
        evaluate_shards(shards, queries(), k=(20, 100), runner=runner, threads=1)
        between = time.process_time()
        search_shards(shards, queries()[0], top=100, runner=runner, threads=1)
        return [between - started, time.process_time() - between]

    anew = property(lambda self: np.full(len(self), 1 << 15))
    best: dict[str, list[float]] = {}
    for _ in range(3):
        for name in ("none", "shard", "all"):
            with ExitStack() as stack:
                for kind in (Counts, RankedLists) if name == "none" else ():
                    stack.enter_context(patch.object(kind, "reach", anew))
                times = seconds(serial if name == "all" else apart)
            best[name] = [min(pair) for pair in zip(times, best.get(name, times), strict=True)]
    return best


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """Run a scheduler and some workers of one thread, each a process."""
    address = folder / f"scheduler-{time.monotonic_ns()}.json"
    entry = "import sys; from distributed.cli.dask_{0} import main; main()"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    command = [sys.executable, "-c", entry.format("scheduler"), *options]
    started = [subprocess.Popen([*command, "--scheduler-file", str(address)], **quiet)]
    try:
        for _ in range(workers):
            command = [sys.executable, "-c", entry.format("worker"), "--no-nanny"]
            options = ["--scheduler-file", str(address), "--nthreads", "1", "--no-dashboard"]
            started.append(subprocess.Popen([*command, *options], **quiet))
        while not (address.exists() and address.read_text().endswith("}")):
            time.sleep(0.1)
        yield str(json.loads(address.read_text())["address"])
    finally:
        for process in started:
            process.kill()
            process.wait()


def on_workers(shards: list[FileShard], workers: int, folder: Path) -> float:
    """Return seconds on a cluster of some workers, warm."""
    with cluster(workers, folder) as address, connected(address) as client:
        client.wait_for_workers(workers)
        runner = DaskRunner(client)
        sharded(shards[:workers], runner, threads=1)
        return sharded(shards, runner, threads=1)


def journey(folder: Path) -> dict[str, float]:
    """Return what a cell costs beyond its own work, locally and on a cluster, in seconds."""
    from hashbench.runs import Options, execute, make_plan
    from hashbench.runs.executors.dask import DaskExecutor
    from hashbench.runs.executors.local import LocalExecutor

    def grid(out: str, executor: Any) -> float:
        bits = ",".join(map(str, range(8, 8 + cells)))
        options = Options(methods=["random"], dataset="digit-stories", bits=bits, out=folder / out)
        plan = make_plan(options)
        started = time.perf_counter()
        result = execute(plan, argv=["benchmark"], executor=executor)
        wall = time.perf_counter() - started
        return (wall - sum(outcome.seconds for outcome in result.outcomes.values())) / cells

    cells = 40
    found = {"local": grid("local", LocalExecutor(1))}
    with cluster(1, folder) as address, connected(address) as client:
        found["dask"] = grid("dask", DaskExecutor(client))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000_000)
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shards = write(folder, items)
        best = in_memory(shards)
        sharded(shards[:1])
        reset_peak_memory()
        sharded(shards[:1])
        first = peak_memory()
        reset_peak_memory()
        seconds = sharded(shards)
        memory = peak_memory()
        further = max(items - SHARD, 1) / 1e6
        one_thread = sharded(shards, threads=1)
        rate = QUERIES * items / seconds
        timed = {}
        for n_query in (1, QUERIES):
            found(shards[:1], n_query)
            reset_peak_memory()
            timed[n_query] = {"s": found(shards, n_query), "peak_memory_mb": peak_memory() / 1e6}
        one, two = (on_workers(shards, workers, folder) for workers in (1, 2))
        result = {
            "items": items,
            "bits": BITS,
            "queries": QUERIES,
            "bytes": sum(path.stat().st_size for path in folder.glob("shard-*")),
            "seconds": seconds,
            "one_thread_s": one_thread,
            "load": os.getloadavg(),
            "pairs_per_s": rate,
            "in_memory_pairs_per_s": best,
            "share": rate / best,
            "peak_memory_mb": memory / 1e6,
            "peak_memory_mb_per_million": memory / items,
            "peak_memory_mb_per_further_million": (memory - first) / 1e6 / further,
            "search": timed,
            "thresholds_cpu_s": thresholds(shards[:3]),
            "one_worker_s": one,
            "two_workers_s": two,
            "cell_overhead_s": journey(folder),
            "host": hardware(),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
