"""Time and memory of the neighbourhood graph, as a share of this machine's matrix products.

    python benchmarks/graph.py                               FCVID's training set
    python benchmarks/graph.py --videos 409788 --dims 64 --band 1
                                                             YFCC's size: memory only
    python benchmarks/graph.py --device cuda

The features are random: clusters of about 190 videos, as large as FCVID's classes, stored one
after another. With ``--band`` only tiles so far from the diagonal are visited: memory is as in a
full run, most neighbours are found, and the time means nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from hashbench.nn.graph import nearest as nearest_module
from hashbench.nn.graph.neighbours import neighbour_graph

YFCC, YFCC_DIMS = 409_788, 4096
GIB = 1 << 30


def clustered(videos: int, dims: int, noise: float = 1.5) -> NDArray[np.float32]:
    """Return Gaussian clusters, made in blocks so that the peak of memory is the features."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((max(2, videos // 190), dims), dtype=np.float32)
    mean = np.empty((videos, dims), np.float32)
    for start in range(0, videos, 1024):
        block = mean[start : start + 1024]
        rng.standard_normal(out=block, dtype=np.float32)
        block *= noise
        block += centres[(start + np.arange(len(block))) * len(centres) // videos]
    return mean


def product_rate(tile: int, dims: int, device: str) -> float:
    """Return FLOP/s of float32 products of two tiles, the best of three."""
    a, b = (torch.randn(tile, dims, device=device) for _ in range(2))
    seconds = []
    for _ in range(4):  # the first warms up
        start = time.perf_counter()
        product = a @ b.T
        float(product[-1, -1])  # waits for a CUDA device
        seconds.append(time.perf_counter() - start)
    return 2.0 * tile * tile * dims / min(seconds[1:])


class Stages:
    """Progress that notes when the last tile and the last row were done."""

    def __init__(self) -> None:
        self.ended: dict[str, float] = {}

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Note the time, and show the count."""
        self.ended[task] = time.perf_counter()
        print(f"\r{task} {completed:.0f}/{total:.0f}   ", end="", file=sys.stderr, flush=True)


def resident_bytes() -> int:
    """Return what the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    """Measure one graph and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=45_585)
    parser.add_argument("--dims", type=int, default=4096)
    parser.add_argument("--k1", type=int, default=20)
    parser.add_argument("--k2", type=int, default=10)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--band", type=int)
    options = parser.parse_args()
    n, dims = options.videos, options.dims
    if options.band is not None:
        visits, far = nearest_module._visits, options.band * nearest_module.TILE
        nearest_module._visits = lambda n, tile: [
            (a, b) for a, b in visits(n, tile) if b - a <= far
        ]

    rate = product_rate(nearest_module.TILE, dims, options.device)
    mean = clustered(n, dims)
    held = resident_bytes()
    stages = Stages()
    start = time.perf_counter()
    graph = neighbour_graph(mean, options.k1, options.k2, device=options.device, progress=stages)
    total = time.perf_counter() - start
    print(file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tiles = stages.ended["nearest neighbours"] - start
    figures: dict[str, float | str | None] = {
        "videos": n,
        "dims": dims,
        "device": options.device,
        "neighbours_per_video": round(graph.nnz / n, 1),
        "features_GiB": round(mean.nbytes / GIB, 2),
        "peak_beyond_features_GiB": round((peak - held) / GIB, 2),
        "seconds_rest": round(total - tiles, 1),
    }
    if options.band is None:
        work = float(n) ** 2 * dims  # two operations a term, half of the pairs
        figures |= {
            "seconds": round(total, 1),
            "seconds_tiles": round(tiles, 1),
            "product_GFLOP_per_s": round(rate / 1e9, 1),
            "share_of_product_rate": round(work / tiles / rate, 2),
        }
    if options.band is None and dims == YFCC_DIMS:
        hours = (tiles * (YFCC / n) ** 2 + (total - tiles) * YFCC / n) / 3600
        figures["yfcc_hours_extrapolated"] = round(hours, 2)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
