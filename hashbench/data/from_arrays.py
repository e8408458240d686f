"""Data sets of arrays in memory, for Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.data.dataset import VideoDataset
from hashbench.data.drawing import dataset_from_files
from hashbench.data.featuretypes import feature_fault
from hashbench.data.loading import load_dataset
from hashbench.errors import DataError
from hashbench.files.atomic import replacing
from hashbench.files.digests import array_sha256
from hashbench.workspace import default_cache


def dataset_from_arrays(
    features: NDArray[np.floating],
    labels: ArrayLike,
    *,
    split: float = 0.8,
    seed: int = 0,
    name: str = "arrays",
    cache: Path | str | None = None,
) -> VideoDataset:
    """Return a data set of arrays, divided by a seeded draw, which ``hashbench.run`` takes.

    The arrays are kept as ``.npy`` in the cache folder, where the processes of a grid find them.

    Parameters
    ----------
    features : ndarray of float, shape (n, dims) or (n, frames, dims)
        Single vectors, or videos.
    labels : array_like, shape (n,) or (n, classes)
        Class ids, or multi-hot rows.
    split, seed, name, cache
        As for :func:`hashbench.data.dataset_from_files`.

    Raises
    ------
    UsageError, DataError
        As :func:`hashbench.data.dataset_from_files`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> rng = np.random.default_rng(0)
    >>> with TemporaryDirectory() as cache:
    ...     dataset = dataset_from_arrays(
    ...         rng.standard_normal((50, 8), np.float32), np.arange(50) % 5, cache=cache
    ...     )
    >>> len(dataset.train), len(dataset.query), dataset.query.frames
    (40, 10, 1)
    """
    folder = Path(cache) if cache is not None else default_cache()
    kept = []
    for kind, array in (("features", np.asarray(features)), ("labels", np.asarray(labels))):
        _check(kind, array)
        path = folder / "arrays" / f"{array_sha256(array)}.npy"
        if not path.is_file():
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        kept.append(path)
    card = dataset_from_files(kept[0], kept[1], split=split, seed=seed, name=name, cache=folder)
    return load_dataset(card, data_root=folder / "arrays", cache=folder)


def _check(kind: str, array: NDArray[np.generic]) -> None:
    """Raise a DataError on arrays whose file would be refused, since nobody knows that file."""
    if kind == "features":
        if fault := feature_fault(array.shape, array.dtype):
            raise DataError(f"features {fault}")
    elif array.dtype.kind not in "buif":
        raise DataError(f"labels are an array of {array.dtype}; numbers are needed")
