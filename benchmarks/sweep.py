"""The ranking engine over bits, K, codes and labels, as a heat map of its time per unit of work.

    python benchmarks/sweep.py [--n 20000] [--queries 1000] [--repeats 3] [--png FILE]

A unit of work is one word of 64 bits of one pair. Figures are nanoseconds of processor time on one
thread, the best of some repetitions. A point is marked where it takes more than three times as
long as every one of its neighbours: the next longer and shorter codes, the next greater and
smaller K, and the other kinds of codes and of labels.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hashbench import BinaryCodes, Labels
from hashbench.ranking import prepare

BITS = (8, 16, 32, 64, 128, 256, 512, 1024, 4096)
DEPTHS = (20, 100, 1000, 0)
CODES = ("random", "clustered", "half the same", "all the same")
LABELS = ("one", "several")
CLASSES = 80

Point = tuple[str, str, int, int]


def make_codes(kind: str, n: int, bits: int, ids: NDArray[np.int64]) -> BinaryCodes:
    """Codes of one kind: near the centre of their class, or equal in part."""
    rng = np.random.default_rng(0)
    flips = {"clustered": 0.15, "all the same": 0.0}.get(kind, 0.5)
    centres = rng.integers(0, 2, (CLASSES, bits), dtype=np.uint8)
    centre = np.zeros(n, dtype=np.int64) if kind == "all the same" else ids
    found = centres[centre] ^ (rng.random((n, bits), dtype=np.float32) < flips)
    if kind == "half the same":
        found[rng.random(n) < 0.5] = centres[0]
    return BinaryCodes.from_bits(found)


def make_labels(kind: str, ids: NDArray[np.int64]) -> Labels:
    """One class a video, or three on average."""
    hot = np.zeros((len(ids), CLASSES), dtype=bool)
    hot[np.arange(len(ids)), ids] = True
    if kind == "several":
        hot |= np.random.default_rng(1).random(hot.shape) < 2 / CLASSES
    return Labels(hot)


def best(n: int, queries: int, point: Point, repeats: int) -> float:
    """Nanoseconds a pair and word."""
    codes, labels, bits, depth = point
    ids = np.random.default_rng(2).integers(0, CLASSES, n)
    database, classes = make_codes(codes, n, bits, ids), make_labels(labels, ids)
    engine = prepare(database, classes, threads=1)
    query, wanted = database[:queries], classes[:queries]
    engine.count(query, wanted, depth=depth or n)  # compiles, and lays the database out
    times = []
    for _ in range(repeats):
        start = time.process_time()
        engine.count(query, wanted, depth=depth or n)
        times.append(time.process_time() - start)
    return min(times) * 1e9 / (n * queries * -(-bits // 64))


def neighbours(point: Point) -> list[Point]:
    """The points one step away along one axis; kinds are all one step apart."""
    codes, labels, bits, depth = point
    near: list[Point] = [(c, labels, bits, depth) for c in CODES if c != codes]
    near += [(codes, kind, bits, depth) for kind in LABELS if kind != labels]
    for axis, value, place in ((BITS, bits, 2), (DEPTHS, depth, 3)):
        at = axis.index(value)
        for step in axis[max(0, at - 1) : at] + axis[at + 1 : at + 2]:
            near.append((*point[:place], step, *point[place + 1 :]))  # type: ignore[arg-type]
    return near


def main() -> None:
    """Print the table, a line for each kind of codes, of labels, and K."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--png", type=Path)
    options = parser.parse_args()
    points = list(itertools.product(CODES, LABELS, BITS, DEPTHS))
    found = {p: best(options.n, options.queries, p, options.repeats) for p in points}
    alone = [p for p in points if all(found[p] > 3 * found[q] for q in neighbours(p))]
    rows = {
        (codes, labels, str(depth or "all")): {
            bits: f"{found[codes, labels, bits, depth]:.2f}"
            + ("!" if (codes, labels, bits, depth) in alone else "")
            for bits in BITS
        }
        for codes, labels, depth in itertools.product(CODES, LABELS, DEPTHS)
    }
    table = pd.DataFrame(rows.values(), index=pd.MultiIndex.from_tuples(rows))
    print("| codes | labels | K |", " | ".join(map(str, BITS)), "|")
    print("| --- | --- | ---: |", " | ".join(["---:"] * len(BITS)), "|")
    for names, values in table.iterrows():
        print("|", " | ".join([*names, *values]), "|")
    print(f"{len(alone)} of {len(points)} points take more than three times as long as all around")
    if options.png:
        draw(table, options.png)


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw the heat map on a logarithmic scale."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    values = table.apply(lambda c: c.str.rstrip("!").astype(float)).to_numpy()
    figure, axes = plt.subplots(figsize=(8, 9), layout="constrained")
    image = axes.imshow(np.maximum(values, 1e-3), norm=LogNorm(), aspect="auto", cmap="viridis")
    axes.set_xticks(range(len(BITS)), [str(b) for b in BITS])
    axes.set_yticks(range(len(table)), [f"{c}, {k} labels, K = {d}" for c, k, d in table.index])
    axes.set_xlabel("bits")
    figure.colorbar(image, label="ns a pair and word")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
