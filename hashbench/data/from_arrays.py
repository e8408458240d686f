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
    arrays = {"features": np.asarray(features), "labels": np.asarray(labels)}
    for kind, array in arrays.items():
        _check(kind, array)
    root = (folder / "arrays").resolve()
    kept, new = {}, []
    for kind, array in arrays.items():
        path = kept[kind] = root / f"{array_sha256(array)}.npy"
        if not path.is_file():
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            new.append(path)
    try:
        card = dataset_from_files(
            kept["features"], kept["labels"], split=split, seed=seed, name=name, cache=folder
        )
    except DataError as error:
        told = str(error)
        for kind, path in kept.items():
            told = told.replace(str(path), kind)  # nobody knows that file
        for path in new:
            path.unlink(missing_ok=True)
        raise DataError(told) from None
    return load_dataset(card, data_root=root, cache=folder)


def _check(kind: str, array: NDArray[np.generic]) -> None:
    """Raise a DataError on arrays whose file could not be written, or would be refused at once."""
    if kind == "features":
        if fault := feature_fault(array.shape, array.dtype):
            raise DataError(f"features {fault}")
    elif array.dtype.kind not in "buif":
        raise DataError(f"labels are an array of {array.dtype}; numbers are needed")
    elif array.ndim not in (1, 2):
        raise DataError(f"labels have shape {array.shape}; (n,) or (n, classes) is needed")
