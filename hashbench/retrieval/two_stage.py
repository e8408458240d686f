"""What records' codes are worth in two-stage search, and by asymmetric distance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.data import VideoDataset
from hashbench.errors import DataError
from hashbench.places import Places
from hashbench.ranking.beside import Beside
from hashbench.ranking.evaluating import evaluate_shards
from hashbench.ranking.measures import AP, AsymmetricAP, Measure, Rescored
from hashbench.ranking.profiles import PROFILES, Query
from hashbench.ranking.shards import MemoryShard
from hashbench.realvalued import watching_signs
from hashbench.runs import Record, Store
from hashbench.runs.cards import dataset_of
from hashbench.runs.encoding import encode_videos, open_model


@dataclass(frozen=True, slots=True)
class StageOptions:
    """What is measured.

    Parameters
    ----------
    find : int
        k of recall@k of the exact cosine ranking.
    first : tuple of int
        K', how many are rescored.
    k : int
        Cut-off of mAP by Hamming and by asymmetric distance.
    asymmetric : bool
        Whether the latter is measured.
    """

    find: int = 10
    first: tuple[int, ...] = (10, 20, 50, 100, 200)
    k: int = 20
    asymmetric: bool = False


@dataclass(frozen=True, slots=True)
class StageScores:
    """What one record's codes come to; fractions in [0, 1].

    Parameters
    ----------
    record : Record
    recall : tuple of float
        For each K', the mean recall after rescoring.
    hamming, asymmetric : float, optional
        mAP@k under the card's profile by either distance. None where it was not asked for, or the
        method offers no projections.
    """

    record: Record
    recall: tuple[float, ...]
    hamming: float | None = None
    asymmetric: float | None = None


@dataclass(slots=True)
class _Sets:
    """Data sets that are open, and the neighbours by cosine that were found in them."""

    places: Places
    opened: dict[str, VideoDataset] = field(default_factory=dict)
    neighbours: dict[str, dict[tuple[int, Query], NDArray[np.int64]]] = field(default_factory=dict)

    def of(self, store: Store, record: Record) -> VideoDataset:
        digest = record.dataset.sha256
        if digest not in self.opened:
            found = self.places.open(dataset_of(store, record))
            if found.sha256 != digest:
                raise DataError(
                    f"data set {found.name} is not the one of record {record.key[:16]}: its "
                    "content differs"
                )
            self.opened[digest] = found
        return self.opened[digest]


def stage_scores(
    records: Sequence[tuple[Store, Record]],
    options: StageOptions,
    places: Places,
    progress: Callable[[int, int], None] | None = None,
) -> list[StageScores]:
    """Measure the codes of records, in their order.

    Parameters
    ----------
    records : sequence of (Store, Record)
    options : StageOptions
    places : Places
    progress : callable, optional
        Called with (records done, records in all).

    Raises
    ------
    DataError, StoreError
        If codes or data sets are not there.
    UsageError
        If the database is smaller than a K'.
    """
    sets, found = _Sets(places), []
    for done, (store, record) in enumerate(records, start=1):
        found.append(_measured(store, record, options, sets))
        if progress is not None:
            progress(done, len(records))
    return found


def _measured(store: Store, record: Record, options: StageOptions, sets: _Sets) -> StageScores:
    data = sets.of(store, record)
    query, database = store.codes(record)
    own = data.self_retrieval
    beside = Beside(
        (query, data.query.labels),
        (database, data.database.labels),
        (data.query.mean_pooled(), data.database.mean_pooled()),
        _values(store, record, data, query) if options.asymmetric else None,
        own,
        sets.neighbours.setdefault(record.dataset.sha256, {}),
    )
    profile = PROFILES[record.dataset.profile]
    hamming = AP(options.k, profile.divisor, "expected", profile.query)
    asymmetric = AsymmetricAP(options.k, profile.divisor, "expected", profile.query)
    recalls = [Rescored(first, options.find) for first in options.first]
    extra: list[Measure] = [*recalls, hamming]
    if beside.values is not None:
        extra.append(asymmetric)
    result = evaluate_shards(
        [MemoryShard(database, data.database.labels)],
        beside.query,
        k=[options.k],
        self_retrieval=own,
        measures=extra,
        beside=beside,
    )
    return StageScores(
        record,
        tuple(result.mean(one) for one in recalls),
        result.mean(hamming),
        None if beside.values is None else result.mean(asymmetric),
    )


def _values(
    store: Store, record: Record, data: VideoDataset, query: BinaryCodes
) -> NDArray[Any] | None:
    """Return what a record's query codes are the signs of; None where they are no signs."""
    method, training = open_model(store.file(record, "model"))
    training.pop("moments", None)  # an open data set is standardised already
    videos = data.query if method.uses_labels else data.query.unlabelled()
    with watching_signs() as seen:
        encode_videos(method, videos, training)
    values = seen.joined()
    same = values is not None and BinaryCodes.from_signs(values) == query
    return values if same else None
