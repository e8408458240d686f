"""Fit and encode time of methods over N, with the exponent of the growth.

python benchmarks/methods.py [itq lsh submod mfh ...] [--videos 5000,20000,45585]
python benchmarks/methods.py 'ssth[epochs=2]' 'ssvh[epochs=2]' --frames 24 --videos 2000 --hold

Features are made block by block when they are read (one frame a video, seeded by the block), so
that memory holds the mean frames only; with --hold they are made once and held. Mean frames are
pooled before the clock starts; what mfh and dh read beyond them is made within their times.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hashbench
from hashbench import Videos
from hashbench.data.sources import ArraySource
from hashbench.runs.choices import Choice, choose

_BLOCK = 500


class Made(ArraySource):
    """Clustered random features of ``n`` videos, the same whenever they are read."""

    def __init__(self, n: int, frames: int, dims: int) -> None:
        self._shape = (n, frames, dims)
        self._centres = np.random.default_rng(0).standard_normal((50, dims), dtype=np.float32)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float32)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.take(np.arange(start, stop))

    def take(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        out = np.empty((len(index), *self._shape[1:]), np.float32)
        for block in np.unique(index // _BLOCK):
            rng = np.random.default_rng([1, int(block)])
            made = rng.standard_normal((_BLOCK, *self._shape[1:]), dtype=np.float32)
            made += self._centres[rng.integers(0, 50, _BLOCK)][:, None]
            mine = index // _BLOCK == block
            out[mine] = made[index[mine] % _BLOCK]
        return out

    def signature(self) -> str:
        return f"made:{self._shape}"


def measure(choice: Choice, videos: Videos, bits: int) -> tuple[float, float]:
    """Return seconds of fit and of encode."""
    method = hashbench.method(choice.name, bits=bits, **choice.params)
    start = time.perf_counter()
    method.fit(videos)
    fitted = time.perf_counter()
    method.encode(videos)
    return fitted - start, time.perf_counter() - fitted


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return b of the least-squares fit seconds = a N^b."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-6)), 1)[0])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=["itq", "lsh", "submod", "mfh"])
    parser.add_argument("--videos", default="5000,20000,45585")
    parser.add_argument("--dims", type=int, default=4096)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--hold", action="store_true", help="hold the features in memory")
    args = parser.parse_args()
    sizes = [int(size) for size in args.videos.split(",")]
    choices = choose(args.methods)
    found: dict[str, list[tuple[float, float]]] = {choice.label: [] for choice in choices}
    for n in sizes:
        made = Made(n, args.frames, args.dims)
        videos = Videos(made.read(0, n)) if args.hold else Videos(made)
        videos.mean_pooled()
        for choice in choices:
            fit, encode = measure(choice, videos, args.bits)
            found[choice.label].append((fit, encode))
            print(
                f"{choice.label:20} {n:7} fit {fit:8.2f} s, {n / fit:10.0f} videos/s  "
                f"encode {n / encode:10.0f} videos/s",
                flush=True,
            )
    for name, times in found.items() if len(sizes) > 1 else ():
        fit, encode = ([t[i] for t in times] for i in (0, 1))
        print(
            f"{name:20} fit ~ N^{exponent(sizes, fit):.2f}  "
            f"encode ~ N^{exponent(sizes, encode):.2f}"
        )


if __name__ == "__main__":
    main()
