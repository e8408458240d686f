"""What the memory bank's stale rows do to SSVH, and what the corrected push mends.

python benchmarks/stale_bank.py                      # speech and orders, five seeds
python benchmarks/stale_bank.py speech --seeds 0 1

mAP@20 on the validation sets of the recipe search (``recipe_sets.py``), at 64 bits, with
``recipe=fast``: once with the push against the mean of the bank as it stands, once with the
estimate of that mean as it is now (``hashbench.nn.neighbourhood_loss``). Similarities of 1 and 0,
which ``ssvh[variant=official]`` takes, have no such push.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import torch
from recipe_sets import SearchSet, map20, ranked, search_set

import hashbench
from hashbench import Videos, Workspace
from hashbench.nn import MemoryBank


class StaleBank(MemoryBank):
    """A bank that says it had no rows when the epoch began, so that nothing is corrected."""

    def refresh(self, rows: int = 1 << 14) -> None:
        """Recompute the sums and forget how many rows there are."""
        super().refresh(rows)
        self.written.zero_()


def main() -> None:
    """Print a row a set: mean, deviation and values of both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("sets", nargs="*", default=["speech", "orders"], help="validation sets")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--updates", type=int, help="at least so many instead of the recipe's")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| set | push against | mean | deviation | by seed |\n|---|---|---:|---:|---|")
    for name in options.sets:
        data = search_set(name)
        for label, bank in (("the bank's mean", StaleBank), ("its estimate now", MemoryBank)):
            found = [score(data, bank, seed, options.updates) for seed in options.seeds]
            told = " ".join(f"{value:.1f}" for value in found)
            spread = np.std(found, ddof=1) if len(found) > 1 else 0.0
            print(
                f"| {name} | {label} | {np.mean(found):.1f} | {spread:.1f} | {told} |", flush=True
            )


def score(data: SearchSet, bank: type[MemoryBank], seed: int, updates: int | None) -> float:
    """Return mAP@20 in percent (profile strict) of ``ssvh`` trained with that bank."""
    import hashbench_ssvh.model as model

    kept, model.MemoryBank = model.MemoryBank, bank  # type: ignore[misc]
    given = {} if updates is None else {"updates": updates}
    try:
        with tempfile.TemporaryDirectory() as cache:
            method = hashbench.method("ssvh", bits=64, seed=seed, **given)
            method.attach(Workspace(Path(cache), None, "cpu"))
            method.fit(Videos(data.train))
            return 100 * map20(ranked(method, data))
    finally:
        model.MemoryBank = kept  # type: ignore[misc]


if __name__ == "__main__":
    main()
