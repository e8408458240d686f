"""Places: where data files and cached results lie, and what computes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hashbench.workspace import Progress, default_cache

if TYPE_CHECKING:
    from hashbench.data.dataset import VideoDataset


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and device of one command, handed down as one value.

    Nothing in it may change what is computed.

    Parameters
    ----------
    data_root : str or Path, optional
        Folder of the data sets' files; ``$HASHBENCH_DATA`` where it is None.
    cache : str or Path, optional
        Folder of cached results; the user's own where it is None.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Examples
    --------
    >>> Places(device="cpu").open("digit-stories").name
    'digit-stories'
    """

    data_root: str | Path | None = None
    cache: str | Path | None = None
    device: str = "auto"

    def open(self, name: str | Path, progress: Progress | None = None) -> VideoDataset:
        """Open a data set by its name or its card; see :func:`hashbench.load_dataset`.

        Whole numbers are not warned of: each process of a grid opens the set, and the run says it
        once.
        """
        from hashbench.data.featuretypes import WholeNumbersWarning
        from hashbench.data.loading import load_dataset

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WholeNumbersWarning)
            return load_dataset(name, data_root=self.data_root, cache=self.cache, progress=progress)

    @property
    def cache_folder(self) -> Path:
        """Folder of cached results."""
        return default_cache() if self.cache is None else Path(self.cache)

    def absolute(self) -> Self:
        """Return the places as other processes find them, with JSON values."""
        root, cache = (
            str(Path(folder).resolve()) if folder else None
            for folder in (self.data_root, self.cache)
        )
        return replace(self, data_root=root, cache=cache)
