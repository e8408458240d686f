"""Training of recurrent methods: recurrences compiled, and made of torch's operations.

python benchmarks/recurrence.py                     # ssvh and ssth on digit-stories, one thread
python benchmarks/recurrence.py ssvh --bits 16,256

Seconds are of CPU time for an epoch within one run, the best of several turns.
"""

from __future__ import annotations

import argparse
import time

from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import torch

import hashbench
from hashbench.nn.recurrent import lstm
from hashbench.runs.choices import choose


def main() -> None:
    """Print a row for each method and length."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("methods", nargs="*", default=["ssvh", "ssth"])
    parser.add_argument("--dataset", default="digit-stories")
    parser.add_argument("--bits", default="16,64")
    parser.add_argument("--turns", type=int, default=3, help="the best of so many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = hashbench.load_dataset(options.dataset).train
    compiles = lstm.compiles
    print("| method | bits | compiled, s | torch, s | torch over compiled |\n|---|---|---|---|---|")
    for choice in choose(options.methods):
        for bits in map(int, options.bits.split(",")):
            seconds: dict[str, list[float]] = {"compiled": [], "torch": []}
            for turn in range(options.turns + 1):
                for name in seconds:
                    lstm.compiles = compiles if name == "compiled" else lambda *given: False
                    method = hashbench.method(
                        choice.name, bits=bits, **{**choice.params, "epochs": 1}
                    )
                    begin = time.process_time()
                    method.fit(train)
                    if turn:  # the first compiles, and makes the graph
                        seconds[name].append(time.process_time() - begin)
            ours, theirs = (min(values) for values in seconds.values())
            times = f"{ours:.2f} | {theirs:.2f} | {theirs / ours:.2f}"
            print(f"| `{choice.label}` | {bits} | {times} |")


if __name__ == "__main__":
    main()
