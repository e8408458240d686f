"""Streaming from a feature file against plain sequential reading, in one run.

    python benchmarks/reading.py [--gib 4 | --file F] [--folder .] [--batch 256] [--repeats 3]

A feature file of the paper's shape (n, 25, 4096) float32 is written. Then, in turns and each from a
cold cache (the file's pages are dropped with ``posix_fadvise`` first): its bytes are read from
first to last with ``read()``, and an epoch of shuffled batches is streamed from it. "share" is the
speed of the batches over that of ``read()``, each the best of the repetitions. Memory is that of
the process as the epoch goes on. At last SSVH trains for some steps on what is streamed, and the
share of the time that it waits for data is printed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from hashbench import Videos
from hashbench.data.hdf5 import H5Source

FRAMES, DIMS = 25, 4096
_BLOCK = 1 << 23


def write(path: Path, gib: float, chunk: int) -> None:
    """Write random features, the published files' way or in chunks of ``chunk`` videos."""
    n = int(gib * 2**30 / (4 * FRAMES * DIMS))
    layout = {"chunks": (chunk, FRAMES, DIMS)} if chunk else {}
    random = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        out = file.create_dataset("feats", (n, FRAMES, DIMS), np.float32, **layout)
        for start in range(0, n, 64):
            stop = min(start + 64, n)
            out[start:stop] = random.standard_normal((stop - start, FRAMES, DIMS), np.float32)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def cool(path: Path) -> None:
    """Drop the file's pages from the system's cache."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sequential(path: Path) -> float:
    """Return the seconds that ``read()`` takes from first byte to last."""
    start = time.perf_counter()
    buffer = bytearray(_BLOCK)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - start


def shuffled(path: Path, batch: int, seed: int) -> tuple[float, list[int]]:
    """Return the seconds of an epoch, and the process's memory in MB at its quarters."""
    videos = Videos(H5Source([path]))
    seen, memory = 0, []
    start = time.perf_counter()
    for rows, _ in videos.batches(batch, shuffle=True, seed=seed):
        seen += len(rows)
        if seen * 4 // len(videos) > len(memory):
            memory.append(resident_mb())
    assert seen == len(videos)
    return time.perf_counter() - start, memory


def resident_mb() -> int:
    """Return the resident memory of this process, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    return 0


def waiting_share(path: Path, batch: int, steps: int, bits: int) -> tuple[float, float]:
    """Return the seconds a step of SSVH takes, and the share of them spent waiting for data."""
    import torch

    from hashbench.nn.training.feed import Feed
    from hashbench.nn.training.trainer import Trainer, TrainingPlan
    from hashbench_ssvh.method import SSVH

    videos = Videos(H5Source([path])).with_frames(24)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # Reconstruction alone: the neighbourhood would only make a step longer.
    model = SSVH(bits, neighbourhood=False).build_model(videos, videos).to(device)
    trainer = Trainer(model, TrainingPlan("adam", "one_cycle", 1e-3, 1, batch), len(videos))
    feed = Feed(videos, batch_size=batch, seed=0, device=device, resident=False)
    trainer.model.train()
    began = waited = 0.0
    for step, (rows, features) in enumerate(feed.epoch(0)):
        if step == 1:  # the first window must be read before the first step, whatever comes
            began, waited = time.perf_counter(), feed.waited
        trainer.step(rows, features, step)
        if step == steps:
            break
    took = time.perf_counter() - began
    return took / steps, (feed.waited - waited) / took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gib", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--file", type=Path, help="measure this one instead of writing one")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--chunk", type=int, default=0, help="videos a chunk; 0 for no chunks")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path = args.file or Path(folder) / "feats.h5"
        if args.file is None:
            write(path, args.gib, args.chunk)
        size = path.stat().st_size
        plain, streamed = [], []
        for repeat in range(args.repeats):
            cool(path)
            plain.append(sequential(path))
            cool(path)
            seconds, memory = shuffled(path, args.batch, repeat)
            streamed.append(seconds)
            print(
                f"read() {size / plain[-1] / 1e9:.2f} GB/s, "
                f"shuffled batches {size / streamed[-1] / 1e9:.2f} GB/s, "
                f"memory at the quarters {memory} MB"
            )
        print(f"share {min(plain) / min(streamed):.2f} (best against best of {args.repeats})")
        cool(path)
        step, share = waiting_share(path, args.batch, args.steps, args.bits)
        print(f"SSVH, {args.bits} bits: {step:.2f} s a step, {100 * share:.1f} % of it waiting")


if __name__ == "__main__":
    main()
