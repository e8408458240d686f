"""Extraction of a whole list of videos: decoded side by side, resumed after a kill."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from hashbench.data.cardwriter import write_card
from hashbench.data.extraction.assembly import assemble
from hashbench.data.extraction.decoding import Sampled, UndecodableError, sample_frames
from hashbench.data.extraction.extractor import Extractor
from hashbench.data.extraction.images import is_image, read_image
from hashbench.data.extraction.job import Job
from hashbench.data.extraction.report import Report, report_path
from hashbench.data.extraction.shards import Shards
from hashbench.errors import UsageError
from hashbench.files.atomic import sweep
from hashbench.files.locks import lock
from hashbench.workspace import Progress, Silent

_BATCH_FRAMES = 64


def extract(job: Job, extractor: Extractor, progress: Progress | None = None) -> Report:
    """Extract all videos, or go on where a killed run stopped.

    The report is written after the features, and the card last: a set that has a card is whole.

    Raises
    ------
    UsageError
        If the output exists, another process is making it, or a half-done job of another kind is
        in the way.
    DataError
        If a split comes out empty because none of its videos decodes.
    """
    with lock(job.out.with_name(f".{job.out.name}.lock"), wait=False) as held:
        if not held:
            raise UsageError(f"{job.out}: another process is extracting to it")
        return _extracted(job, extractor, progress or Silent())


def _extracted(job: Job, extractor: Extractor, sink: Progress) -> Report:
    card = job.out.with_suffix(".toml")
    shards = Shards(job.out.with_name(f"{job.out.name}.partial"))
    signature = job.signature(extractor)
    if shards.are_of(signature) and card.exists():  # killed while it tidied up
        report = Report.read(job)
    else:
        _check_free(job, shards, signature)
        shards.begin(signature)
        report = _made(job, extractor, shards, sink)
    shards.remove()
    return report


def _check_free(job: Job, shards: Shards, signature: str) -> None:
    """Refuse what is there, unless a killed run of the same job has made it."""
    if shards.are_of(signature):
        return
    shards.remove_if_empty()
    for path in (job.out, job.out.with_suffix(".toml")):
        if path.exists():
            raise UsageError(f"{path} exists already; name another --out, or remove it")


def _made(job: Job, extractor: Extractor, shards: Shards, sink: Progress) -> Report:
    done = shards.done()
    failed = see_all(job, extractor, shards, done, sink)
    card, repeated = assemble(job, extractor, shards, failed)
    report = Report(job.out.with_suffix(".toml"), failed, repeated, len(done))
    report.write(job, extractor)
    for path in (job.out, report_path(job), report.card):
        sweep(path)
    write_card(report.card, card)
    return report


def see_all(
    job: Job, extractor: Extractor, shards: Shards, done: set[int], sink: Progress
) -> dict[str, str]:
    """Keep the features of all videos that are not done; return why some have none.

    Once the first batch is through the network, ``sink`` hears how long the others will take.
    """
    todo = [row for row in range(len(job.clips)) if row not in done]
    failed: dict[str, str] = {}
    began: float | None = time.perf_counter()
    sink.update("extract", len(done), len(job.clips))
    waiting: list[tuple[int, Sampled]] = []
    for finished, (row, sampled) in enumerate(decoded(job, todo, extractor), start=1):
        if isinstance(sampled, UndecodableError):
            failed[str(job.clips[row].path)] = str(sampled)
        else:
            waiting.append((row, sampled))
        if len(waiting) * job.frames >= _BATCH_FRAMES:
            _see(waiting, extractor, shards)
            if began is not None:
                passed, began = time.perf_counter() - began, None
                left = passed / finished * (len(todo) - finished)
                sink.update("extract", len(done) + finished, len(job.clips), seconds_left=left)
        sink.update("extract", len(done) + finished, len(job.clips), failed=len(failed))
    _see(waiting, extractor, shards)
    shards.flush()
    return failed


def decoded(
    job: Job, rows: list[int], extractor: Extractor
) -> Iterator[tuple[int, Sampled | UndecodableError]]:
    """Yield the videos of ``rows`` in order, a few being decoded ahead."""

    def one(row: int) -> Sampled | UndecodableError:
        try:
            path = job.clips[row].path
            if is_image(path):
                return read_image(path, extractor.prepare)
            return sample_frames(path, job.frames, extractor.prepare)
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
