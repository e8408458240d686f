"""The neighbourhood graph on raw and on standardized features: edges shared, edges right, mAP.

python benchmarks/graph_features.py 0 1 2

On sets that no board ranks: gliding digits, made of glyphs that the digit sets show in training
only, and two sets of sequences that aeon brings along, as measured and not standardized before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from gliding_digits import TRAIN, gliding_digits
from hashbench_datasets.sequences import _load, resampled

import hashbench
from hashbench import Labels, Videos
from hashbench.data.standardizing import Moments, Standardized, streamed_moments
from hashbench.nn import neighbour_graph

K1 = K2 = 10
KINDS = ("raw", "standardized")


def sets() -> Iterator[tuple[str, Videos, Videos]]:
    """Yield names, and training and ranked videos with labels."""
    features, classes = gliding_digits()
    parts = [Videos(features[s], Labels.from_array(classes[s]))
             for s in (slice(TRAIN), slice(TRAIN, None))]  # fmt: skip
    yield "gliding digits", parts[0], parts[1]
    for name in ("JapaneseVowels", "BasicMotions"):
        parts = []
        for split in ("train", "test"):
            sequences, labels = _load(name, split)
            frames = resampled(sequences, 24, name).astype(np.float32)
            parts.append(
                Videos(frames, Labels.from_array(np.unique(labels, return_inverse=True)[1]))
            )
        yield name, parts[0], parts[1]


def edges(train: Videos, standardized: bool) -> set[tuple[int, int]]:
    """Return the pairs i < j that are neighbours."""
    mean = train.mean_pooled()
    if standardized:
        source = Standardized(train.source, Moments(*streamed_moments(train)))
        mean = (mean - source.moments.mean) * source.scale
    graph = neighbour_graph(mean, K1, K2).tocoo()
    return {(i, j) for i, j in zip(graph.row.tolist(), graph.col.tolist(), strict=True) if i < j}


def value(train: Videos, ranked: Videos, kind: str, seed: int) -> float:
    """Return mAP@20 (strict, ties expected) of SSVH at 64 bits in per cent."""
    method = hashbench.method("ssvh", bits=64, seed=seed, graph_features=kind)
    codes = method.fit(train.unlabelled()).encode(ranked)
    labels = ranked.labels
    found = hashbench.evaluate(
        codes, codes, labels, labels, k=(20,), profiles=("strict",), self_retrieval=True
    )
    return 100 * float(found.summary()["profiles"]["strict"]["expected"]["AP@20"])


def main() -> None:
    """Print what the two graphs share and their right edges, then SSVH's mAP@20 seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int, default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    for name, train, _ in sets():
        graphs = {kind: edges(train, kind == "standardized") for kind in KINDS}
        both, either = set.intersection(*graphs.values()), set.union(*graphs.values())
        print(f"{name}: {len(both) / len(either):.0%} of all edges are in both graphs", flush=True)
        classes = train.labels.ids
        for kind, found in graphs.items():
            i, j = np.array(sorted(found)).T
            right = (classes[i] == classes[j]).mean()
            print(f"  {kind}: {len(found)} edges, {right:.1%} within a class", flush=True)
    for seed in seeds:
        for name, train, ranked in sets():
            for kind in KINDS:
                reached = value(train, ranked, kind, seed)
                print(f"{name}, seed {seed}, {kind}: mAP@20 {reached:.2f} %", flush=True)


if __name__ == "__main__":
    main()
