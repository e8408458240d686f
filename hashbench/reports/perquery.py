"""Per-query values of records, and the classes that make queries vary together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.errors import HashbenchError, UsageError
from hashbench.names import unknown
from hashbench.ranking.cutoffs import rank_of
from hashbench.reports.results import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def per_query_values(
    results: Sequence[Result], homes: Mapping[str, Sequence[Path]], measure: str
) -> NDArray[np.float64]:
    """Return a measure's values, one row a record, shape (n_seeds, n_query).

    Parameters
    ----------
    results : sequence of Result
        Of one method at one length.
    homes : mapping of str to sequence of Path
        Run directories by the key of a record.
    measure : str
        A measure's name.

    Raises
    ------
    UsageError
        If the measure was not recorded.
    StoreError, DataError
        If a file is missing or damaged.
    """
    import numpy as np

    from hashbench.ranking import Evaluation
    from hashbench.runs import Store

    rows = []
    for result in results:
        path = Store(homes[result.key][0]).file(result.record, "per_query")
        found = Evaluation.load(path).per_query
        if measure not in found:
            stem, at, k = measure.rpartition("@")
            stem, k = (stem, k) if at else (measure, "all")
            have = sorted(int(name.rpartition("@")[2]) for name in found if f"{stem}@" in name)
            raise UsageError(
                f"{path}: no {measure}; "
                + (f"it has K = {','.join(map(str, have))}" if have else f"no K has {stem}")
                + f"; 'hashbench run ... --k {k}' adds it"
            )
        rows.append(found[measure])
    return np.stack(rows)


def homes_of(results: Iterable[Result], runs: Sequence[Path]) -> dict[str, list[Path]]:
    """Return the run directories in which a cell was measured, by the key of its record.

    Parameters
    ----------
    results : iterable of Result
        What was measured in them.
    runs : sequence of Path

    Raises
    ------
    StoreError
        If a directory or a record cannot be read.
    """
    from hashbench.runs import Store

    if len(runs) == 1:  # where everything came from, which need not be read again
        return {result.key: list(runs) for result in results}
    homes: dict[str, list[Path]] = {}
    for run in runs:
        for record in Store(run).records():
            if record.ok:  # the same cell may have failed in another directory
                homes.setdefault(record.key, []).append(run)
    return homes


def is_paired(profile: str) -> bool:
    """Whether all queries count for every method, so that methods differ query by query."""
    from hashbench.ranking import PROFILES

    return profile not in PROFILES or PROFILES[profile].empty == "zero"


def ap_name(k: int, profile: str, ties: str) -> str:
    """Return the name of average precision at K as a profile defines it, by which it is kept.

    Raises
    ------
    UsageError
        If there is no such profile or tie policy.

    Examples
    --------
    >>> ap_name(20, "strict", "expected")
    'AP(divisor="min(R,K)", ties="expected", query="dropped")@20'
    """
    from hashbench.ranking import AP, PROFILES
    from hashbench.ranking.ties import TIES

    if profile not in PROFILES:
        raise unknown("profile", profile, PROFILES)
    if ties not in TIES:
        raise unknown("tie rule", ties, TIES)
    chosen = PROFILES[profile]
    return str(AP(rank_of(k), chosen.divisor, ties, chosen.query, chosen.empty))


class Clusters:
    """Clusters of the queries of records, looked for once a data set.

    They lie beside the per-query values. Where these were written before clusters were kept, the
    labels of the data set tell them, if it is here with the content that was measured.
    """

    def __init__(self) -> None:
        self._reopened: dict[tuple[str, str], NDArray[np.int64] | None] = {}

    def of(
        self, results: Sequence[Result], homes: Mapping[str, Sequence[Path]]
    ) -> NDArray[np.int64] | None:
        """Return the clusters of records of one data set, shape (n_query,), or None if unknown."""
        from hashbench.ranking import Evaluation
        from hashbench.runs import Store

        for result in results:
            path = Store(homes[result.key][0]).file(result.record, "per_query")
            clusters = Evaluation.load(path).clusters
            if clusters is not None:
                return clusters
        data = results[0].dataset
        content = data.name, data.sha256
        if content not in self._reopened:
            self._reopened[content] = _from_labels(*content)
        return self._reopened[content]


def _from_labels(name: str, sha256: str) -> NDArray[np.int64] | None:
    from hashbench.data import load_dataset
    from hashbench.ranking.clusters import class_clusters

    try:
        dataset = load_dataset(name)
        same = dataset.sha256 == sha256
    except HashbenchError:
        return None
    return class_clusters(dataset.query.labels) if same else None
