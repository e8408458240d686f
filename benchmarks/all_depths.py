"""Evaluation at K = all against K = 1,000 and a bare pass over all pairs, in one run.

    python benchmarks/all_depths.py [--n 50000] [--bits 64] [--repeats 3]

Each figure is the best of some repetitions, in turns. "ratio" is the time at K = all over the time
at K = 1,000 plus that of the pass, which counts how many items lie at each distance.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from hashbench import BinaryCodes, Labels
from hashbench.ranking import evaluate, prepare

CLASSES = 100


def main() -> None:
    """Print seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=50_000)
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    ids = rng.integers(0, CLASSES, args.n)
    centres = rng.integers(0, 2, (CLASSES, args.bits), dtype=np.uint8)
    flips = (rng.random((args.n, args.bits)) < 0.3).astype(np.uint8)
    codes = BinaryCodes.from_bits(centres[ids] ^ flips)
    labels = Labels.from_array(ids, CLASSES)

    def at(k: int | str) -> None:
        evaluate(codes, codes, labels, labels, k=k, profiles=["image"], full=False)

    def histogram() -> None:
        prepare(codes, labels).count(codes, labels, depth=args.n)

    runs = {"K = 1000": lambda: at(1000), "histogram": histogram, "K = all": lambda: at("all")}
    best = dict.fromkeys(runs, float("inf"))
    for turn in range(args.repeats + 1):  # the first compiles
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:
                best[name] = min(best[name], time.perf_counter() - start)
    for name, seconds in best.items():
        print(f"{name:10} {seconds:8.2f} s")
    print(f"ratio      {best['K = all'] / (best['K = 1000'] + best['histogram']):8.2f}")


if __name__ == "__main__":
    main()
