"""Finished parts of an extraction: small files that each are whole or absent."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.arrays import read_npz
from hashbench.files.atomic import replacing, write_json
from hashbench.files.documents import read_json

_VIDEOS = 64
_SECONDS = 20.0
_ARRAYS = ("rows", "features", "distinct")


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

    def are_of(self, signature: str) -> bool:
        """Say whether the folder belongs to a job."""
        return self._signature() == signature

    def begin(self, signature: str) -> None:
        """Make the folder of a job, or go on with it.

        Raises
        ------
        UsageError
            If it belongs to another job.
        """
        found = self._signature()
        if found is None:
            self._describe(signature)
        elif found != signature:
            raise UsageError(
                f"{self.folder} holds a half-done job with other videos, frames or weights; "
                "remove it to start anew"
            )

    def failed(self) -> set[int]:
        """Return the videos that the last run could not read."""
        rows = self._read_description().get("failed", [])
        return set(rows) if isinstance(rows, list) else set()

    def keep_failed(self, failed: set[int], signature: str) -> None:
        """Keep which videos could not be read, and the job's signature without their files."""
        self._describe(signature, failed=sorted(failed))

    def _describe(self, signature: str, **more: list[int]) -> None:
        write_json(self._description, {"signature": signature, **more})

    def _signature(self) -> str | None:
        found: str | None = self._read_description().get("signature")
        return found

    def _read_description(self) -> dict[str, Any]:
        try:
            found = read_json(self._description)
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def _description(self) -> Path:
        return self.folder / "job.json"

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
        """Yield row, features (frames, dims) and distinct frames of every finished video.

        Raises
        ------
        DataError
            If a file is damaged in a place that :meth:`done` does not read; it is removed.
        """
        for path in self._files():
            try:
                rows, features, distinct = read_npz(path, _ARRAYS).values()
            except DataError as error:
                path.unlink()
                raise DataError(f"{error}; it is removed: run again to make it anew") from None
            yield from zip(rows.tolist(), features, distinct.tolist(), strict=True)

    def _files(self) -> list[Path]:
        return sorted(p for p in self.folder.glob("*.npz") if not p.name.startswith("."))

    def remove(self) -> None:
        """Remove the folder; until nothing else is left in it, it says which job it is of."""
        for path in self.folder.iterdir():
            if path != self._description:
                path.unlink()
        self._description.unlink()
        self.folder.rmdir()

    def remove_if_empty(self) -> None:
        """Remove the folder if it is all that is left of a job."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()
