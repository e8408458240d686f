"""Features of one's own: HDF5 files and a card, then a name like any other."""

from pathlib import Path

import h5py
import numpy as np

import hashbench

CARD = """
schema = 1
name = "my-videos"
version = "1"
summary = "two hundred invented videos"
licence = "CC0"
citation = "none"
frames = 8
dims = 32
classes = 4
profile = "strict"

[protocol]
train = "train"
query = "test"
database = "test"

[splits.train]
feats = ["train.h5"]
labels = ["train.npy"]

[splits.test]
feats = ["test.h5"]
labels = ["test.npy"]
"""

rng = np.random.default_rng(0)
centres = rng.normal(size=(4, 8, 32))
for split in ("train", "test"):
    labels = rng.integers(0, 4, 200)
    with h5py.File(f"{split}.h5", "w") as file:
        file["feats"] = (centres[labels] + rng.normal(size=(200, 8, 32))).astype(np.float32)
    np.save(f"{split}.npy", labels)
Path("my-videos.toml").write_text(CARD, encoding="utf-8")

dataset = hashbench.load_dataset("my-videos.toml")
print(dataset.name, len(dataset.train), len(dataset.query), dataset.sha256[:8])
result = hashbench.run("itq", "my-videos.toml", bits=16, k=20, out="runs")
print(result.records[0].evaluation["profiles"]["strict"]["expected"]["AP@20"] > 0.5)
