"""The fast engine: compiled loops on a pool of threads, no array of queries x database."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.ranking import comparing, histograms
from hashbench.ranking.counts import Counts, Ints
from hashbench.ranking.engine import check_query
from hashbench.ranking.layout import LANES, ROOM, Bytes, Distinct, Words, aligned, label_words
from hashbench.ranking.lists import FILLER, RankedLists
from hashbench.ranking.relevance import carriers, relevant_totals
from hashbench.ranking.scan import RUN, scan
from hashbench.ranking.scan_lists import scan_lists

T = TypeVar("T")
Tables = tuple[NDArray[np.int32], NDArray[np.int32]]

_JOB = 512
"""Queries of one job: enough to keep a tile busy, few enough to spread over the threads."""

_JOB_CELLS = 1 << 20
"""Cells of a job's tables at most, so that long codes do not cost memory."""

_VISIT = 25
"""A visited item costs about as much as this many compared ones."""

_PAIR = 15
"""A pair of distinct codes costs about as much as this many items compared by a mask."""

_COPIES = 64
"""Items of one code from which a whole list of single labels is counted faster code by code.

So many with codes of one word. Of longer ones the comparisons that are spared cost more.
"""

_COPIES_OF_SETS = 8
"""The same with label sets, which are rows of bits."""


class NumbaEngine:
    """Counts and lists by compiled loops.

    Parameters
    ----------
    database : BinaryCodes
    labels : Labels
    threads : int, optional
        By default all cores that the process may use.

    Raises
    ------
    UsageError
        If ``threads`` is below 1.
    """

    def __init__(
        self, database: BinaryCodes, labels: Labels, *, threads: int | None = None
    ) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads}; at least 1 is needed")
        self.database = database
        self.labels = labels
        self.threads = threads or len(os.sched_getaffinity(0))
        self._label_words = functools.cache(lambda multi: label_words(labels, multi, -2))

    def count(
        self,
        query: BinaryCodes,
        labels: Labels,
        *,
        depth: int,
        radius: int = 2,
        bound: Ints | None = None,
    ) -> Counts:
        """Return the counts of each query to rank ``depth`` and to distance ``radius``."""
        check_query(query, labels, self.database, self.labels)
        multi = not (labels.single and self.labels.single)
        words, sets = query.words(), label_words(labels, multi, -1)
        groups = Distinct.of(words)
        if self._pays_to_group(groups, multi, depth):
            counts = self._grouped(groups, sets, multi, depth, radius)
        elif 4 * depth > len(self.database):
            counts = self._whole(words, sets, multi, depth, radius)
        else:
            counts = self._scanned(words, sets, multi, depth, radius, bound)
        return replace(counts, relevant=self._relevant(labels, multi))

    def lists(
        self, query: BinaryCodes, labels: Labels, *, depth: int, bound: Ints | None = None
    ) -> RankedLists:
        """Return the nearest ``depth`` items of each query in stable order."""
        check_query(query, labels, self.database, self.labels)
        multi = not (labels.single and self.labels.single)
        words, sets = query.words(), label_words(labels, multi, -1)
        shape = (len(query), min(depth, len(self.database)))
        near = np.full(shape, FILLER, dtype=np.uint16)
        items = np.full(shape, -1, dtype=np.int64)
        hits = np.zeros(shape, dtype=np.bool_)
        blocks, size, bits = self._blocks, len(self.database), query.n_bits
        limits = self._limits(len(query), bound)

        def run(rows: slice) -> None:
            scan_lists(
                blocks, words.shape[1], size, self._label_words(multi),
                comparing.prepare(words[rows]), sets[rows], multi, shape[1], bits, limits[rows],
                near[rows], items[rows], hits[rows], _room(),
            )  # fmt: skip

        self._spread(run, self._jobs(len(query)))
        return RankedLists(depth, near, items, hits)

    def _pays_to_group(self, groups: Distinct, multi: bool, depth: int) -> bool:
        """Say whether comparing distinct codes only is less work than the other ways."""
        n_query, size = len(groups.order), len(self.database)
        if 8 * len(groups) > 7 * n_query:
            return False
        if 4 * depth > size:
            copies = _COPIES_OF_SETS if multi else max(1, _COPIES // groups.rows.shape[1])
            return copies * len(self._distinct) < size
        pairs = len(groups) * len(self._distinct) * _PAIR
        duplicates = int(np.dot(groups.sizes, self._copies(groups)))
        return pairs < n_query * size + duplicates * _VISIT

    def _copies(self, groups: Distinct) -> Ints:
        """Return how many database items carry the code of each group."""
        merged = Distinct.of(np.concatenate([groups.rows, self._distinct.rows]))
        sizes = np.concatenate([np.zeros(len(groups), dtype=np.int64), self._distinct.sizes])
        totals = np.add.reduceat(sizes[merged.order], merged.starts[:-1])
        copies = np.empty(len(merged.order), dtype=np.int64)
        copies[merged.order] = np.repeat(totals, merged.sizes)
        return copies[: len(groups)]

    def _scanned(
        self,
        words: Words,
        sets: Words,
        multi: bool,
        depth: int,
        radius: int,
        bound: Ints | None,
    ) -> Counts:
        blocks, size, theirs = self._blocks, len(self.database), self._label_words(multi)
        limits = self._limits(len(words), bound)
        np.maximum(limits, min(radius, self.database.n_bits), out=limits)

        def run(rows: slice) -> Counts:
            items, hits = self._tables(rows)
            scan(
                blocks, words.shape[1], size, theirs, comparing.prepare(words[rows]), sets[rows],
                multi, depth, radius, limits[rows], items, hits, _room(),
            )  # fmt: skip
            return self._compressed(items, hits, depth, radius)

        return Counts.stack(self._spread(run, self._jobs(len(words))))

    def _whole(self, words: Words, sets: Words, multi: bool, depth: int, radius: int) -> Counts:
        blocks, size = self._blocks, len(self.database)
        theirs = self._carriers if multi else self._label_words(multi)

        def run(rows: slice) -> Counts:
            items, hits = self._tables(rows)
            histograms.whole_lists(
                blocks, words.shape[1], size, theirs, comparing.prepare(words[rows]), sets[rows],
                multi, items, hits, _room(), np.empty(LANES, np.uint32),
                np.empty((4, 2 * items.shape[1]), np.int32), np.empty(len(blocks), np.uint64),
            )  # fmt: skip
            return self._compressed(items, hits, depth, radius)

        return Counts.stack(self._spread(run, self._jobs(len(words))))

    def _grouped(
        self, groups: Distinct, sets: Words, multi: bool, depth: int, radius: int
    ) -> Counts:
        codes = self._distinct
        theirs = self._carriers_by_code if multi else self._label_words(multi)[codes.order]
        ordered = sets[groups.order]
        jobs: list[list[tuple[int, int, int]]] = [[]]
        room = self._job_rows
        for g in range(len(groups)):
            for start in range(groups.starts[g], groups.starts[g + 1], self._job_rows):
                stop = min(start + self._job_rows, int(groups.starts[g + 1]))
                if room < stop - start:
                    jobs.append([])
                    room = self._job_rows
                jobs[-1].append((g, start, stop))
                room -= stop - start

        def run(job: list[tuple[int, int, int]]) -> Counts:
            base = job[0][1]
            items, hits = self._tables(slice(base, job[-1][2]))
            near = np.empty(len(codes), dtype=np.int64)
            relevant = np.empty(theirs.shape[1], dtype=np.uint64)
            for g, start, stop in job:
                rows = slice(start - base, stop - base)
                histograms.distinct_codes(
                    codes.rows, codes.starts, theirs, groups.rows[g], ordered[start:stop],
                    multi, depth, radius, items[rows], hits[rows], near, relevant,
                )  # fmt: skip
            return self._compressed(items, hits, depth, radius)

        inverse = np.empty(len(groups.order), dtype=np.int64)
        inverse[groups.order] = np.arange(len(inverse))
        return Counts.stack(self._spread(run, jobs)).take(inverse)

    def _relevant(self, labels: Labels, multi: bool) -> Ints:
        """Return R of each query."""
        if not multi:
            theirs, wanted = self.labels.ids, labels.ids
            per_class = np.bincount(theirs[theirs >= 0], minlength=self.labels.n_classes)
            return np.where(wanted >= 0, per_class[wanted], 0)
        ours = Distinct.of(labels.words())
        totals = np.zeros(len(ours), dtype=np.int64)

        def run(rows: slice) -> None:
            relevant_totals(self._carriers, ours.rows[rows], totals[rows])

        self._spread(run, [slice(s, s + _JOB) for s in range(0, len(ours), _JOB)])
        relevant = np.empty(len(labels), dtype=np.int64)
        relevant[ours.order] = np.repeat(totals, ours.sizes)
        return relevant

    @functools.cached_property
    def _blocks(self) -> Bytes:
        return comparing.arrange(self.database.words())

    @functools.cached_property
    def _distinct(self) -> Distinct:
        return Distinct.of(self.database.words())

    @functools.cached_property
    def _carriers(self) -> Words:
        return carriers(self.labels.multi_hot)

    @functools.cached_property
    def _carriers_by_code(self) -> Words:
        return carriers(self.labels.multi_hot[self._distinct.order])

    @property
    def _job_rows(self) -> int:
        return max(1, min(_JOB, _JOB_CELLS // (self.database.n_bits + 1)))

    def _jobs(self, n: int) -> list[slice]:
        step = min(self._job_rows, max(1, -(-n // self.threads)))
        return [slice(start, min(start + step, n)) for start in range(0, n, step)]

    def _tables(self, rows: slice) -> Tables:
        shape = (rows.stop - rows.start, self.database.n_bits + 1)
        return np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)

    def _limits(self, n_query: int, bound: Ints | None) -> Ints:
        """Return the distance up to which each query looks, as an array of its own."""
        limits = np.full(n_query, self.database.n_bits, dtype=np.int64)
        return limits if bound is None else np.minimum(limits, bound)

    def _compressed(
        self, items: NDArray[np.int32], hits: NDArray[np.int32], depth: int, radius: int
    ) -> Counts:
        offsets = np.zeros(len(items) + 1, dtype=np.int64)
        out = np.empty((3, 0), dtype=np.int64)
        histograms.compress(items, hits, depth, radius, offsets, out, False)
        out = np.empty((3, offsets[-1]), dtype=np.int64)
        histograms.compress(items, hits, depth, radius, offsets, out, True)
        unknown = np.zeros(len(items), dtype=np.int64)
        size = len(self.database)
        return Counts(self.database.n_bits, size, depth, radius, unknown, offsets, *out)

    def _spread(self, run: Callable[..., T], jobs: Sequence[object]) -> list[T]:
        if self.threads == 1 or len(jobs) == 1:
            return [run(job) for job in jobs]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(run, jobs))


def _room() -> NDArray[np.uint16]:
    """Return room for the distances of a run of blocks, which one thread at a time may use."""
    return aligned(RUN * ROOM).view(np.uint16)
