"""A training step of S5VH's Mamba layer: compiled, and made of torch's operations.

python benchmarks/scan.py        # the encoder's layer of recipe=fast, one thread

Seconds are of CPU time within one run, the best of several turns.
"""

from __future__ import annotations

import argparse
import time

from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import torch

from hashbench.nn import Mamba
from hashbench.nn.statespace import scan


def main() -> None:
    """Print the seconds of both, and by how much their gradients differ."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--videos", type=int, default=128)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--turns", type=int, default=5, help="the best of so many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer = Mamba(options.width)
    tokens = torch.randn(options.videos, options.frames, options.width)
    compilable = scan.compilable
    seconds: dict[str, list[float]] = {"compiled": [], "torch": []}
    grads = {}
    for turn in range(options.turns + 1):
        for name in seconds:
            scan.compilable = compilable if name == "compiled" else lambda x: False
            layer.zero_grad()
            begin = time.process_time()
            layer(tokens).square().mean().backward()
            if turn:  # the first compiles
                seconds[name].append(time.process_time() - begin)
            grads[name] = torch.cat([p.grad.flatten() for p in layer.parameters()])
    for name, values in seconds.items():
        print(f"{name}: {1000 * min(values):.1f} ms")
    print(f"torch over compiled: {min(seconds['torch']) / min(seconds['compiled']):.2f}")
    gap = (grads["compiled"] - grads["torch"]).abs().max() / grads["torch"].abs().max()
    print(f"largest difference of a gradient over the largest gradient: {gap:.1e}")


if __name__ == "__main__":
    main()
