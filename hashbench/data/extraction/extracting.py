"""Extraction of a whole list of videos: decoded side by side, resumed after a kill."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashbench.data.extraction.assembly import assemble
from hashbench.data.extraction.decoding import Sampled, UndecodableError, sample_frames
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.job import Job
from hashbench.data.extraction.shards import Shards
from hashbench.errors import UsageError
from hashbench.files.atomic import write_json
from hashbench.workspace import Progress, Silent

_BATCH_FRAMES = 64


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each video.

    Parameters
    ----------
    card : Path
        The card that was written.
    failed : dict of str to str
        Why a video was skipped, by path.
    repeated : dict of str to int
        How many different frames a short video has, by path.
    resumed : int
        Videos that an earlier run had done already.
    """

    card: Path
    failed: dict[str, str]
    repeated: dict[str, int]
    resumed: int


def extract(job: Job, extractor: Extractor, progress: Progress | None = None) -> Report:
    """Extract all videos, or go on where a killed run stopped.

    Raises
    ------
    UsageError
        If the output exists, or a half-done job of another kind is in the way.
    DataError
        If a split comes out empty because none of its videos decodes.
    """
    sink = progress or Silent()
    card = job.out.with_suffix(".toml")
    for path in (job.out, card):
        if path.exists():
            raise UsageError(f"{path} exists already; name another --out, or remove it")
    shards = Shards.open(job.out.with_name(f"{job.out.name}.partial"), job.signature(extractor))
    done = shards.done()
    todo = [row for row in range(len(job.clips)) if row not in done]
    failed: dict[str, str] = {}
    sink.update("extract", len(done), len(job.clips))
    waiting: list[tuple[int, Sampled]] = []
    for finished, (row, sampled) in enumerate(decoded(job, todo, extractor), start=1):
        if isinstance(sampled, UndecodableError):
            failed[str(job.clips[row].path)] = str(sampled)
        else:
            waiting.append((row, sampled))
        if len(waiting) * job.frames >= _BATCH_FRAMES:
            _see(waiting, extractor, shards)
        sink.update("extract", len(done) + finished, len(job.clips), failed=len(failed))
    _see(waiting, extractor, shards)
    shards.flush()
    repeated = assemble(job, extractor, shards, failed)
    report = Report(card, failed, repeated, len(done))
    write_json(job.out.with_suffix(".report.json"), _as_json(job, extractor, report))
    shutil.rmtree(shards.folder)
    return report


def decoded(
    job: Job, rows: list[int], extractor: Extractor
) -> Iterator[tuple[int, Sampled | UndecodableError]]:
    """Yield the videos of ``rows`` in order, a few being decoded ahead."""

    def one(row: int) -> Sampled | UndecodableError:
        try:
            return sample_frames(job.clips[row].path, job.frames, extractor.prepare)
        except UndecodableError as error:
            return error

    pending: deque[tuple[int, Future[Sampled | UndecodableError]]] = deque()
    with ThreadPoolExecutor(job.workers) as pool:
        try:
            for row in rows:
                pending.append((row, pool.submit(one, row)))
                if len(pending) > 2 * job.workers:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            for _, future in pending:
                future.cancel()


def _see(waiting: list[tuple[int, Sampled]], extractor: Extractor, shards: Shards) -> None:
    """Run the network over all waiting videos together, and keep what it says."""
    if not waiting:
        return
    images = np.concatenate([sampled.images for _, sampled in waiting])
    features = np.concatenate(
        [extractor(images[i : i + _BATCH_FRAMES]) for i in range(0, len(images), _BATCH_FRAMES)]
    )
    features = features.reshape(len(waiting), -1, extractor.dims)
    for (row, sampled), video in zip(waiting, features, strict=True):
        shards.add(row, video, sampled.distinct)
    waiting.clear()


def _as_json(job: Job, extractor: Extractor, report: Report) -> dict[str, object]:
    return {
        "name": job.name,
        "model": job.model,
        "identity": extractor.identity,
        "frames": job.frames,
        "videos": len(job.clips) - len(report.failed),
        "failed": report.failed,
        "repeated_frames": {
            path: f"{distinct} different frames for {job.frames}"
            for path, distinct in report.repeated.items()
        },
    }
