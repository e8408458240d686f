"""Streaming speed and memory of the data feed, nothing done with the batches but a sum.

python benchmarks/feed.py --dtype float32
python benchmarks/feed.py --dtype float16 --device cuda
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from hashbench.data import Videos
from hashbench.data.hdf5 import H5Source
from hashbench.nn import Feed
from hashbench.nn.training.precision import DTYPES

FRAMES, DIMS = 24, 4096
GIB = 1 << 30


def write(path: Path, videos: int) -> None:
    """Write random features, one video a chunk."""
    rng = np.random.default_rng(0)
    shape = (videos, FRAMES, DIMS)
    with h5py.File(path, "w") as file:
        features = file.create_dataset("feats", shape, "f4", chunks=(1, FRAMES, DIMS))
        for start in range(0, videos, 100):
            stop = min(videos, start + 100)
            block = rng.standard_normal((stop - start, FRAMES, DIMS), dtype=np.float32)
            features[start:stop] = block


def resident_bytes() -> int:
    """Return what the process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def main() -> None:
    """Run two epochs and print the figures of each as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=3000)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--dtype", choices=list(DTYPES), default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--folder", type=Path, help="where the file goes for the while")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "features.h5"
        write(path, options.videos)
        feed = Feed(
            Videos(H5Source([path])),
            batch_size=options.batch_size,
            seed=0,
            device=options.device,
            dtype=options.dtype,
            resident=False,
        )
        before, epochs = resident_bytes(), []
        for epoch in range(2):
            start, waited, most = time.perf_counter(), feed.waited, 0
            for batch in feed.epoch(epoch):
                float(batch.features.sum())
                most = max(most, resident_bytes())
            seconds = time.perf_counter() - start
            epochs.append(
                {
                    "videos_per_s": round(options.videos / seconds, 1),
                    "GB_per_s": round(path.stat().st_size / seconds / 1e9, 2),
                    "share_waited": round((feed.waited - waited) / seconds, 2),
                    "memory_added_GiB": round((most - before) / GIB, 2),
                }
            )
    print(json.dumps({"dtype": options.dtype, "device": options.device, "epochs": epochs}))


if __name__ == "__main__":
    main()
