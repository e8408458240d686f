"""Rankings of records as files of TREC: a run a record, and the judgements of each data set.

::

    NAME.qrels                    q17 0 d203 1     a line a relevant item
    NAME-itq-64-s0.run            q17 Q0 d203 1 100 itq-64-s0

Query ``q17`` and item ``d17`` are the 17th of the data set, counted from 0. Equal distances stand
in database order, which is tie policy ``stable``. The score is the number of places from there to
the end of the list, so that programs which sort by it and know nothing of ranks keep the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hashbench.errors import DataError, UsageError
from hashbench.files.atomic import replacing
from hashbench.reports.results import Result, Section
from hashbench.reports.selection import Selection

if TYPE_CHECKING:
    from hashbench.codes import BinaryCodes
    from hashbench.labels import Labels
    from hashbench.runs import Store

_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the items of a data set are judged by.

    Parameters
    ----------
    query, database : Labels
    dropped : bool
        Whether an item is left out of its own list.
    """

    query: Labels
    database: Labels
    dropped: bool


def write_trec(
    found: Sequence[Section],
    selection: Selection,
    runs: Sequence[Path],
    out: Path,
    *,
    data_root: Path | None = None,
) -> list[Path]:
    """Write the rankings of records and the judgements of their data sets.

    Parameters
    ----------
    found : sequence of Section
    selection : Selection
        Its largest K is the length of the lists; its profile says whether queries stay in them.
    runs : sequence of Path
        Run directories, for the codes.
    out : Path
        A folder; files in it are replaced.
    data_root : Path, optional
        Where the files of data sets lie, for the labels.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UsageError
        If several profiles are asked for, or records of two data sets have one name.
    DataError, StoreError
        If codes or data sets are not there, or are others than those that were measured.
    """
    names = [section.dataset.name for section in found if section.measured]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"--format trec: there are several tables of {twice[0]}; choose one")
    written = []
    for section in found:
        if not section.measured:
            continue
        chosen = selection.resolve(section)
        if len(chosen.profiles or ()) != 1:
            raise UsageError("--format trec: lists are of one profile; name it with --profile")
        depth = max(chosen.k or (1,))
        judged = _judged(section, str((chosen.profiles or ("",))[0]), runs, data_root)
        path = out / f"{section.dataset.name}.qrels"
        _write(path, _qrels(judged))
        written.append(path)
        for result, tag in _tagged(section.measured):
            path = out / f"{section.dataset.name}-{tag}.run"
            codes = _home(result, runs).codes(result.record)
            _write(path, _run(*codes, judged, depth, tag))
            written.append(path)
    return written


def _write(path: Path, lines: Iterator[str]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for text in lines:
            file.write(text)


def _tagged(results: Sequence[Result]) -> Iterator[tuple[Result, str]]:
    """Yield each record with a name of its own, without blanks or slashes."""
    from hashbench.runs.packed import file_name

    seen: set[str] = set()
    for result in results:
        tag = file_name(f"{result.method.label}-{result.bits}-s{result.seed}")
        tag = f"{tag}-{result.key[:8]}" if tag in seen else tag
        seen.add(tag)
        yield result, tag


def _home(result: Result, runs: Sequence[Path]) -> Store:
    from hashbench.runs import Store

    stores = [Store(run) for run in runs]
    return next(store for store in stores if store.get(result.key) is not None)


def _judged(
    section: Section, profile: str, runs: Sequence[Path], data_root: Path | None
) -> _Judged:
    from hashbench.data import load_dataset
    from hashbench.ranking import PROFILES
    from hashbench.runs.cards import dataset_of
    from hashbench.runs.labelled import load_labels

    result = section.measured[0]
    record, store = result.record, _home(result, runs)
    dropped = PROFILES[profile].query == "dropped" and record.dataset.self_retrieval
    if record.files.get("labels"):
        return _Judged(*load_labels(store.file(record, "labels")), dropped)
    dataset = load_dataset(dataset_of(store, record), data_root=data_root)
    if dataset.sha256 != record.dataset.sha256:
        raise DataError(f"data set {dataset.name} has changed since record {record.key[:12]}")
    return _Judged(dataset.query.labels, dataset.database.labels, dropped)


def _qrels(judged: _Judged) -> Iterator[str]:
    for start in range(0, len(judged.query), _BLOCK):
        relevant = judged.query[start : start + _BLOCK].relevance(judged.database)
        for row, hits in enumerate(relevant):
            query = start + row
            if judged.dropped:
                hits[query] = False
            items: NDArray[np.int64] = np.flatnonzero(hits)
            yield "".join(f"q{query} 0 d{item} 1\n" for item in items.tolist())


def _run(
    query: BinaryCodes, database: BinaryCodes, judged: _Judged, depth: int, tag: str
) -> Iterator[str]:
    from hashbench.labels import Labels
    from hashbench.ranking import prepare

    blank = Labels(np.zeros((len(database), 1), dtype=np.bool_))
    engine = prepare(database, blank)
    for start in range(0, len(query), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(query)))
        nothing = Labels(np.zeros((len(rows), 1), dtype=np.bool_))
        lists = engine.lists(query[rows], nothing, depth=depth + judged.dropped)
        if judged.dropped:
            lists = lists.without_query(rows)
        for number, items in zip(rows.tolist(), lists.items.tolist(), strict=True):
            yield "".join(
                f"q{number} Q0 d{item} {rank} {len(items) - rank + 1} {tag}\n"
                for rank, item in enumerate(items, start=1)
            )
