"""Sources of frame features: memory, or files that are read piece by piece."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class FeatureSource(Protocol):
    """Frame features (n, frames, dims) that need not fit in memory.

    A source is cheap to make and to send to another process: files are opened on first read, one
    handle a process, since an HDF5 handle does not survive a fork.
    """

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n, frames, dims)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The stored type."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return videos ``start`` to ``stop``, shape (stop - start, frames, dims), as stored."""

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        """Return the videos at ``index``, in that order, as stored."""

    def signature(self) -> str:
        """Identify the content: a digest in memory; name, size and time of change for files."""


@runtime_checkable
class FillingSource(FeatureSource, Protocol):
    """A source that can read straight to where the features are wanted."""

    def fill(self, index: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Read the first frames of the videos at ``index`` to ``out``, (m, frames, dims)."""


def ids_of(source: Any) -> list[str]:
    """Return what the videos of a source are called; none where it is not known."""
    while not hasattr(source, "ids") and hasattr(source, "source"):
        source = source.source  # what standardizes reads another source
    return list(source.ids()) if hasattr(source, "ids") else []


class ArraySource:
    """Features in memory.

    Parameters
    ----------
    array : ndarray, shape (n, frames, dims)
        Kept as it is; a memory map will do.
    """

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self._signature: str | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        n, frames, dims = self.array.shape
        return n, frames, dims

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    def read(self, start: int, stop: int) -> NDArray[Any]:
        return self.array[start:stop]

    def take(self, index: NDArray[np.int64]) -> NDArray[Any]:
        return self.array[index]

    def signature(self) -> str:
        from hashbench.files.digests import array_sha256

        if self._signature is None:
            self._signature = array_sha256(self.array)
        return self._signature
