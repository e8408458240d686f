"""Finished parts of an extraction: small files that each are whole or absent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing, write_json
from hashbench.files.documents import read_json

_VIDEOS = 64
_SECONDS = 20.0


@dataclass(slots=True)
class Shards:
    """Features of finished videos, a few videos per file.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    """

    folder: Path
    _rows: list[int] = field(default_factory=list)
    _features: list[NDArray[np.float32]] = field(default_factory=list)
    _distinct: list[int] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    @classmethod
    def open(cls, folder: Path, signature: str) -> Shards:
        """Open the folder of a job, new or half done.

        Raises
        ------
        UsageError
            If it belongs to another job.
        """
        description = folder / "job.json"
        try:
            found = read_json(description).get("signature")
        except (OSError, ValueError, AttributeError):
            found = None
        if found is None:
            write_json(description, {"signature": signature})
        elif found != signature:
            raise UsageError(
                f"{folder} holds a half-done job with other videos, frames or weights; "
                "remove it to start anew"
            )
        return cls(folder)

    def add(self, row: int, features: NDArray[np.float32], distinct: int) -> None:
        """Take one finished video; it is on disk after at most 64 videos or 20 seconds."""
        self._rows.append(row)
        self._features.append(features)
        self._distinct.append(distinct)
        if len(self._rows) >= _VIDEOS or time.monotonic() - self._since > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if self._rows:
            path = self.folder / f"{min(self._rows):08d}.npz"
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.savez(
                    file,
                    rows=np.array(self._rows, np.int64),
                    features=np.stack(self._features),
                    distinct=np.array(self._distinct, np.int64),
                )
            self._rows, self._features, self._distinct = [], [], []
        self._since = time.monotonic()

    def done(self) -> set[int]:
        """Return the rows that are on disk; a damaged file counts for nothing and is removed."""
        rows: set[int] = set()
        for path in self._files():
            try:
                rows |= set(read_npz(path, ("rows",))["rows"].tolist())
            except DataError:
                path.unlink()
        return rows

    def read(self) -> Iterator[tuple[int, NDArray[np.float32], int]]:
        """Yield row, features (frames, dims) and distinct frames of every finished video."""
        for path in self._files():
            with np.load(path, allow_pickle=False) as shard:
                yield from zip(
                    shard["rows"].tolist(),
                    shard["features"],
                    shard["distinct"].tolist(),
                    strict=True,
                )

    def _files(self) -> list[Path]:
        return sorted(p for p in self.folder.glob("*.npz") if not p.name.startswith("."))
