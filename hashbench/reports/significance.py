"""Which numbers of a table no comparison tells from the best of their column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import HashbenchError, StoreError, UsageError
from hashbench.reports.perquery import Clusters, ap_name, homes_of, is_paired
from hashbench.reports.results import DatasetId, MethodId, Result, Section
from hashbench.reports.rows import Row
from hashbench.reports.score_tables import Table
from hashbench.reports.sheet import TIED, Note

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

Ranks = Mapping[MethodId, tuple[int, int]]

_Cut = tuple[int, str, str]  # K, profile and tie policy


@dataclass(frozen=True, slots=True)
class _Column:
    """What comparisons say of one length: ranks by method, and over what they generalise."""

    ranks: Ranks = field(default_factory=dict)
    scope: str = ""
    known: bool = True
    why: str = "per-query values are missing or cannot be read"


def ranked(tables: Sequence[Table], found: Sequence[Section], runs: Sequence[Path]) -> list[Table]:
    """Return tables with the rank of each score, as boards have them.

    A rank is the range of places that the paired comparisons of a column leave open, corrected by
    Holm's method over its pairs; see :func:`hashbench.ranking.ranks.rank_ranges`. Controls have
    none. Where per-query values are missing, a note says so.

    Parameters
    ----------
    tables : sequence of Table
    found : sequence of Section
        What the tables were made of.
    runs : sequence of Path
        Run directories with the per-query values.
    """
    homes = homes_of((result for one in found for result in one.measured), runs)
    columns: dict[tuple[DatasetId, int, _Cut], _Column] = {}
    for section in found:
        cuts = [
            _cut(table)
            for table in tables
            if table.dataset == section.dataset and is_paired(table.profile)
        ]
        for bits in sorted({result.bits for result in section.measured}):
            for cut, column in _at_length(section, bits, cuts, homes).items():
                columns[section.dataset, bits, cut] = column
    return [
        _with_ranks(table, [columns.get((table.dataset, bits, _cut(table))) for bits in table.bits])
        for table in tables
    ]


def _cut(table: Table) -> _Cut:
    return table.k, table.profile, table.ties


def _at_length(
    section: Section, bits: int, cuts: Sequence[_Cut], homes: Mapping[str, Sequence[Path]]
) -> dict[_Cut, _Column]:
    """Compare the competitors of one length; nothing where fewer than two were measured."""
    competitors: dict[MethodId, list[Result]] = {}
    for result in section.measured:
        if result.bits == bits and not result.method.control:
            competitors.setdefault(result.method, []).append(result)
    if len(competitors) < 2:
        return {}
    results = [result for found in competitors.values() for result in found]
    itself = section.results[0].record.dataset.self_retrieval
    try:
        values = {method: _values(found, cuts, homes) for method, found in competitors.items()}
        clusters = Clusters().of(results, homes) if itself else None
    except HashbenchError:  # which file, 'hashbench report' says before its tables
        return dict.fromkeys(cuts, _Column(known=False))
    independent = ", queries taken for independent" if itself and clusters is None else ""
    columns = {}
    for cut in cuts:
        here = {method: by_cut[cut] for method, by_cut in values.items() if cut in by_cut}
        if len(here) > 1:
            try:
                columns[cut] = _compared(here, clusters, independent)
            except UsageError as error:  # as of a single query
                columns[cut] = _Column(known=False, why=str(error))
    return columns


def _values(
    results: Sequence[Result], cuts: Sequence[_Cut], homes: Mapping[str, Sequence[Path]]
) -> dict[_Cut, Values]:
    """Return AP of shape (n_seeds, n_query) at each cut that some record has."""
    import numpy as np

    from hashbench.ranking import Evaluation
    from hashbench.runs import Store

    rows: dict[_Cut, list[Values]] = {}
    for result in results:
        if result.key not in homes:
            raise StoreError(f"record {result.key[:16]} is in none of the run directories")
        path = Store(homes[result.key][0]).file(result.record, "per_query")
        per_query = Evaluation.load(path).per_query
        for cut in cuts:
            values = per_query.get(ap_name(*cut))
            if values is not None:
                rows.setdefault(cut, []).append(values)
    return {cut: np.stack(found) for cut, found in rows.items()}


def _compared(
    values: Mapping[MethodId, Values], clusters: NDArray[np.int64] | None, independent: str
) -> _Column:
    from hashbench.ranking.ranks import rank_ranges
    from hashbench.ranking.statistics import compare

    names = {str(number): method for number, method in enumerate(values)}
    arrays = {name: values[method] for name, method in names.items()}
    comparisons = compare(arrays, clusters)
    ranges = rank_ranges({n: float(array.mean()) for n, array in arrays.items()}, comparisons)
    one_seed = any(pair.uncovered for pair in comparisons)
    over = "queries" if clusters is None else "queries by class"
    scope = f"{over} only where there is one seed" if one_seed else f"seeds and {over}"
    return _Column({names[name]: rank for name, rank in ranges.items()}, scope + independent)


def _with_ranks(table: Table, columns: Sequence[_Column | None]) -> Table:
    rows = tuple(_row(row, columns) for row in table.rows)
    return replace(table, rows=rows, remarks=tuple(_remarks(table, rows, columns)))


def _row(row: Row, columns: Sequence[_Column | None]) -> Row:
    scores = [
        score if column is None else replace(score, rank=column.ranks.get(row.method))
        for score, column in zip(row.scores, columns, strict=True)
    ]
    return replace(row, scores=tuple(scores))


def _remarks(table: Table, rows: Sequence[Row], columns: Sequence[_Column | None]) -> list[Note]:
    """Say what the sign for what is not separable means, or that there is none, or why not."""
    known = [column for column in columns if column is not None and column.ranks]
    notes = []
    if known:
        scope = "; ".join(sorted({column.scope for column in known}))
        how = f"at 5 % after Holm's correction, over {scope}"
        if any(score.tied for row in rows for score in row.scores):
            notes.append(Note(f"not separable from the best {how}", TIED))
        else:
            notes.append(Note(f"all others are separable from the best {how}"))
    lacking: dict[str, list[str]] = {}
    for bits, column in zip(table.bits, columns, strict=True):
        if column is not None and not column.known:
            lacking.setdefault(column.why, []).append(str(bits))
    for why, lengths in lacking.items():
        notes.append(Note(f"what is separable is not known at {', '.join(lengths)} bits: {why}"))
    return notes
