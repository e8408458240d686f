"""Small data sets on disk, for the tests of everything that reads them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

CARD = """\
schema = 1
name = "mine"
version = "1"
licence = "mine"
citation = "none"
frames = {frames}
dims = {dims}
classes = {classes}
profile = "strict"
{more}
[protocol]
query = "test"
database = "test"

[splits.train]
feats = "train.h5"

[splits.test]
feats = "test.h5"
labels = "{labels}"
"""


def features(n: int, frames: int = 4, dims: int = 6, seed: int = 0) -> NDArray[np.float32]:
    """Return made-up features."""
    return np.random.default_rng(seed).standard_normal((n, frames, dims)).astype(np.float32)


def multi_hot(n: int, classes: int = 3, seed: int = 1) -> NDArray[np.uint8]:
    """Return one label a video."""
    ids = np.random.default_rng(seed).integers(0, classes, n)
    return np.eye(classes, dtype=np.uint8)[ids]


def write_feats(path: Path, array: NDArray[np.generic], key: str = "feats", **how: object) -> None:
    """Write an HDF5 file with one array."""
    with h5py.File(path, "w") as file:
        file.create_dataset(key, data=array, **how)


def write_mat73(path: Path, array: NDArray[np.generic], key: str = "labels") -> None:
    """Write a matrix as MATLAB v7.3 does: HDF5 behind a 512-byte header, transposed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        dataset = file.create_dataset(key, data=np.asarray(array).astype(np.float64).T)
        dataset.attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def write_set(folder: Path, more: str = "", n: tuple[int, int] = (30, 20)) -> Path:
    """Write a whole small set and return the path of its card."""
    write_feats(folder / "train.h5", features(n[0], seed=2))
    write_feats(folder / "test.h5", features(n[1], seed=3))
    np.save(folder / "labels.npy", multi_hot(n[1]))
    card = folder / "card.toml"
    card.write_text(CARD.format(frames=4, dims=6, classes=3, more=more, labels="labels.npy"))
    return card
