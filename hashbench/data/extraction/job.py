"""Jobs of extraction: which videos become which feature file, and how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.listing import Clip


@dataclass(frozen=True, slots=True)
class Job:
    """What to extract, and where to.

    Parameters
    ----------
    clips : sequence of Clip
        The videos.
    out : Path
        The feature file, ``.h5``; the card and the report lie beside it.
    frames : int
        Frames per video, M.
    name : str
        Name of the set.
    model : str
        Name of the extractor.
    workers : int
        Videos decoded at a time.
    """

    clips: Sequence[Clip]
    out: Path
    frames: int
    name: str
    model: str
    workers: int = 2

    def signature(self, extractor: Extractor, mended: Collection[int] = ()) -> str:
        """Digest of all that decides the features; a half-done job of another one is refused.

        Parameters
        ----------
        extractor : Extractor
        mended : collection of int
            Videos whose files may have changed, as none of their features are kept.
        """
        clips = [
            [str(c.path), c.labels, c.split, [] if row in mended else _stamp(c.path)]
            for row, c in enumerate(self.clips)
        ]
        text = json.dumps([clips, self.frames, extractor.identity, extractor.dims])
        return hashlib.sha256(text.encode()).hexdigest()


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []  # missing: found out, and reported, when it is decoded
    return [status.st_size, status.st_mtime_ns]
