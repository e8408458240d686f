"""Which views of features serve CIBHash: share of features dropped, and noise.

python benchmarks/views.py --dropout 0 0.2           # the table of docs/methods/cibhash.md
python benchmarks/views.py --dropout 0 --noise 1 2 --seeds 0 1

mAP@20 in percent on the validation images of the recipe search (``recipe_sets.py``), the mean over
16 and 64 bits and the seeds. Noise is a multiple of each feature's standard deviation. All train
with 250 updates at a rate of 0.003: the recipe was searched afterwards, with the views chosen here.
"""

from __future__ import annotations

import argparse

import numpy as np
from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import torch
from recipe_sets import SearchSet, map20, ranked, search_set

import hashbench
from hashbench import Videos

LENGTHS = (16, 64)
TRAINING = {"lr": 3e-3, "updates": 250}


def score(data: SearchSet, seeds: list[int], dropout: float, noise: float) -> float:
    """Return the mean mAP@20 in percent; NaN where both views would be the same."""
    if not dropout and not noise:
        return float("nan")
    found = []
    for bits in LENGTHS:
        for seed in seeds:
            method = hashbench.method(
                "cibhash", bits=bits, seed=seed, dropout=dropout, noise=noise, **TRAINING
            )
            found.append(map20(ranked(method.fit(Videos(data.train)), data)))
    return 100 * float(np.mean(found))


def main() -> None:
    """Print a table in markdown."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--dropout", nargs="+", type=float, default=[0.0, 0.2])
    parser.add_argument("--noise", nargs="+", type=float, default=[0.0, 0.3, 0.6, 1.0, 1.5])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = search_set("digits")
    print("| dropout | " + " | ".join(f"noise {noise:g}" for noise in options.noise) + " |")
    print("|---" * (1 + len(options.noise)) + "|")
    for dropout in options.dropout:
        row = [score(data, options.seeds, dropout, noise) for noise in options.noise]
        cells = ["" if np.isnan(value) else f"{value:.1f}" for value in row]
        print(f"| {dropout:g} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
