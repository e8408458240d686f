"""Features of videos without classes, some at a time, from which new videos are hashed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashbench.data.extraction.decoding import UndecodableError
from hashbench.data.extraction.extracting import decoded
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.job import Job
from hashbench.data.extraction.listing import Clip

_VIDEOS = 64


@dataclass(slots=True)
class Block:
    """Some videos that were seen.

    Parameters
    ----------
    paths : list of Path
        Those that decode.
    features : ndarray of float32, shape (len(paths), frames, dims)
    failed : dict of str to str
        Why each other one was left out, by path.
    """

    paths: list[Path] = field(default_factory=list)
    features: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    failed: dict[str, str] = field(default_factory=dict)


def blocks(
    paths: Sequence[Path], extractor: Extractor, frames: int, workers: int = 2
) -> Iterator[Block]:
    """Yield the features of videos, up to 64 at a time, so that memory does not grow with them.

    Parameters
    ----------
    paths : sequence of Path
    extractor : Extractor
    frames : int
        Frames a video.
    workers : int
        Videos decoded at a time.
    """
    clips = [Clip(path, (), "") for path in paths]
    job = Job(clips, Path(), frames, "", "", workers)
    for start in range(0, len(paths), _VIDEOS):
        rows = list(range(start, min(start + _VIDEOS, len(paths))))
        block, seen = Block(), []
        for row, sampled in decoded(job, rows, extractor):
            if isinstance(sampled, UndecodableError):
                block.failed[str(paths[row])] = str(sampled)
            else:
                block.paths.append(paths[row])
                seen.append(extractor(sampled.images))
        if seen:
            block.features = np.stack(seen).astype(np.float32, copy=False)
        yield block
