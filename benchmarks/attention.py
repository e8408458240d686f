"""Transformer blocks beside torch's own, and ConMH's encoder beside its matrix products alone.

python benchmarks/attention.py            # at 25 frames of 4096 dimensions, 64 bits, one thread

Ratios are of CPU time within one run, the best of several turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from source_tree import use_source_tree

if __name__ == "__main__":
    use_source_tree()

import torch
from torch import nn

from hashbench.nn import Block
from hashbench_conmh.network import Encoder, Shape

_FRAMES, _DIMS, _BITS = 25, 4096, 64


def main() -> None:
    """Print both ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=32, help="videos a batch")
    parser.add_argument("--turns", type=int, default=5, help="the best of so many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"encoding, share of the products alone: {encoding(options.videos, options.turns):.2f}")
    print(f"training step of 12 blocks, torch = 1: {training(options.videos, options.turns):.2f}")


@torch.inference_mode()
def encoding(videos: int, turns: int) -> float:
    """Return the time of the encoder's matrix products over the time of the encoder."""
    shape = Shape(_DIMS, _FRAMES, _BITS)
    encoder = Encoder(shape).eval()
    features = torch.randn(videos, _FRAMES, _DIMS)
    layers = [m for m in encoder.modules() if isinstance(m, nn.Linear)]
    inputs = {n: torch.randn(videos * _FRAMES, n) for n in {m.in_features for m in layers}}

    def products() -> None:
        for layer in layers:
            inputs[layer.in_features] @ layer.weight.t()

    return best(products, turns) / best(lambda: encoder(features), turns)


def training(videos: int, turns: int) -> float:
    """Return the time of a step of 12 blocks over that of ``torch.nn.TransformerEncoder``."""
    ours = nn.Sequential(*(Block(256, 8) for _ in range(12)))
    layer = nn.TransformerEncoderLayer(
        256, 8, 1024, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    theirs = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False)
    tokens = torch.randn(videos, 7, 256)

    def step(network: nn.Module) -> Callable[[], None]:
        def run() -> None:
            network.zero_grad()
            network(tokens).square().mean().backward()

        return run

    return best(step(ours), turns) / best(step(theirs), turns)


def best(run: Callable[[], object], turns: int) -> float:
    """Return the least CPU seconds of a call, after one that does not count."""
    run()
    seconds = []
    for _ in range(turns):
        begin = time.process_time()
        run()
        seconds.append(time.process_time() - begin)
    return min(seconds)


if __name__ == "__main__":
    main()
