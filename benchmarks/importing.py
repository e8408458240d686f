"""Time of ``hashbench import`` beyond ranking: six code lengths, five seeds, a video set's size.

::

    python benchmarks/importing.py [--videos 45600]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np

from hashbench.runs.authored import Authored
from hashbench.runs.importing import import_codes

BITS, SEEDS, CLASSES = (8, 16, 32, 64, 128, 256), range(5), 239

CARD = """schema = 1
name = "made"
version = "1"
licence = "none"
citation = "none"
frames = 1
dims = 2
classes = {classes}
profile = "official"

[protocol]
query = "test"
database = "test"

[splits.train]
feats = "train.h5"

[splits.test]
feats = "test.h5"
labels = "labels.npy"
"""


def write(folder: Path, videos: int) -> None:
    """Write a data set and its codes, -1 and +1 in files of a byte a bit."""
    rng = np.random.default_rng(0)
    (folder / "card.toml").write_text(CARD.format(classes=CLASSES))
    for name, n in (("train", 10), ("test", videos)):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file["feats"] = rng.standard_normal((n, 1, 2)).astype(np.float32)
    np.save(folder / "labels.npy", rng.integers(0, CLASSES, videos))
    for bits in BITS:
        for seed in SEEDS:
            signs = rng.integers(0, 2, (videos, bits), dtype=np.int8) * 2 - 1
            np.save(folder / f"codes-{bits}-{seed}.npy", signs)


def main() -> None:
    """Import once, and print the time with and without the ranking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=45_600)
    videos = parser.parse_args().videos
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, videos)
        described = Authored(
            method="made",
            dataset=str(folder / "card.toml"),
            database_codes=str(folder / "codes-{bits}-{seed}.npy"),
            database_labels=str(folder / "labels.npy"),
        )
        started = time.perf_counter()
        records = import_codes(described, folder / "run")
        whole = time.perf_counter() - started
    ranking = sum(record.times["rank"] for record in records)
    print(f"{len(records)} records of {videos:,} videos: {whole:.1f} s")
    print(f"ranking {ranking:.1f} s, the rest {whole - ranking:.1f} s")


if __name__ == "__main__":
    main()
