"""What a batch of the videos that are left over does to a training.

python benchmarks/last_batch.py 128 129 160

FB + GR at 16 bits, trained on the first so many training videos of digit-stories, once in batches
of nearly equal size and once with all that is left over in the last batch. The rest of the training
videos are ranked against themselves: no test split is read.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

import hashbench
from hashbench import Videos
from hashbench.data import streaming
from hashbench.nn.training import feed, trainer

BITS, SEEDS = 16, (0, 1, 2)


def with_rest(n: int, size: int) -> NDArray[np.int64]:
    """Return the bounds of full batches and a last one of what is left over."""
    return np.append(np.arange(0, n, size), n)


def value(train: Videos, rest: Videos, seed: int) -> float:
    """Return mAP@20 (strict, ties expected) in per cent."""
    method = hashbench.method("ssvh", bits=BITS, seed=seed, neighbourhood=False)
    codes = method.fit(train.unlabelled()).encode(rest)
    found = hashbench.evaluate(
        codes, codes, rest.labels, rest.labels, k=(20,), profiles=("strict",), self_retrieval=True
    )
    return 100 * float(found.summary()["profiles"]["strict"]["expected"]["AP@20"])


def main() -> None:
    """Print mAP@20 for each seed, number of videos and rule, then the means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=int, default=[128, 129, 160])
    counts = parser.parse_args().videos
    whole = hashbench.load_dataset("digit-stories").labelled_train
    features, labels = whole.take(slice(None)), whole.labels
    values: dict[str, list[float]] = {}
    for seed in SEEDS:
        for n in counts:
            train = Videos(features[:n], labels[np.arange(n)])
            rest = Videos(features[n:], labels[np.arange(n, len(features))])
            for name, rule in (("left over", with_rest), ("equal", streaming.batch_bounds)):
                feed.batch_bounds = trainer.batch_bounds = rule  # type: ignore[attr-defined]
                case = f"{n} videos, {name}, batches of {np.diff(rule(n, 128)).tolist()}"
                values.setdefault(case, []).append(value(train, rest, seed))
                print(f"seed {seed}: {case}: {values[case][-1]:.2f} %", flush=True)
    for case, each in values.items():
        print(f"{case}: {np.mean(each):.2f} % on average of {len(each)} seeds")


if __name__ == "__main__":
    main()
