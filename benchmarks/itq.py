"""Training of ITQ against FAISS's, on the same data, in one run.

python benchmarks/itq.py [--videos 45585] [--dims 4096] [--bits 256]

hashbench trains on all videos. FAISS's ITQTransform scales every vector to unit length and trains
on at most ``max_train_per_dim`` = 10 vectors a dimension, 40,960 of 45,585 here.
"""

from __future__ import annotations

import argparse
import time

import faiss
import numpy as np

from hashbench import Videos
from hashbench_itq import ITQ


def main() -> None:
    """Print seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=45_585)
    parser.add_argument("--dims", type=int, default=4096)
    parser.add_argument("--bits", type=int, default=256)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    X = rng.standard_normal((args.videos, 1, args.dims), dtype=np.float32)
    X *= np.linspace(2, 0.1, args.dims, dtype=np.float32)
    videos = Videos(X)
    videos.mean_pooled()
    start = time.perf_counter()
    ITQ(bits=args.bits).fit(videos)
    ours = time.perf_counter() - start
    print(f"hashbench {ours:8.1f} s", flush=True)
    theirs = faiss.ITQTransform(args.dims, args.bits, True)
    start = time.perf_counter()
    theirs.train(X[:, 0])
    seconds = time.perf_counter() - start
    print(f"faiss     {seconds:8.1f} s\nratio     {ours / seconds:8.2f}")


if __name__ == "__main__":
    main()
