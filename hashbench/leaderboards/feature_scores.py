"""Scores of the features before hashing: exact cosine ranking, a ceiling to read codes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hashbench.leaderboards.board import K
from hashbench.workspace import Progress, Silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hashbench.data import VideoDataset, Videos

MEAN = "features, mean of the frames"
ORDERED = "features, frames in order"

IN_ORDER_BYTES = 1 << 30
"""Bytes that the frames in order may take; above it only their mean is ranked."""
_BLOCK = 256


def features_ap(
    dataset: VideoDataset, profile: str, progress: Progress | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return AP@20 of each query by cosine, shape (n_query,), for each way to take the features.

    Parameters
    ----------
    dataset : VideoDataset
    profile : str
        Its divisor and whether the query stays in its own database.
    progress : Progress, optional
        Told of the queries done.

    Notes
    -----
    Equal cosines stand in database order: with real numbers they are all but absent. Sums are in
    float64, so that every machine finds the same order.
    """
    sink = progress or Silent()
    found = {MEAN: _ranked(dataset, profile, mean_frames, sink)}
    query, database = dataset.query, dataset.database
    size = 8 * (len(query) + len(database)) * database.frames * database.dims
    if database.frames > 1 and size <= IN_ORDER_BYTES:
        found[ORDERED] = _ranked(dataset, profile, in_order, sink)
    return found


def mean_frames(videos: Videos) -> NDArray[np.float64]:
    """Return the mean frame of each video, alike on every machine."""
    import numpy as np

    # Not mean_pooled(): the last bit of a float32 differs from machine to machine.
    batches = videos.batches(_BLOCK)
    return np.concatenate([b.features.mean(axis=1, dtype=np.float64) for b in batches])


def in_order(videos: Videos) -> NDArray[np.float64]:
    """Return the frames of each video in a row, shape (n, frames * dims) float64."""
    import numpy as np

    parts = [batch.features.reshape(len(batch.rows), -1) for batch in videos.batches(_BLOCK)]
    return np.concatenate(parts).astype(np.float64)


def _ranked(
    dataset: VideoDataset, profile: str, taken: Any, progress: Progress
) -> NDArray[np.float64]:
    import numpy as np

    from hashbench.ranking import PROFILES
    from hashbench.ranking.rescoring import unit

    chosen = PROFILES[profile]
    database = unit(taken(dataset.database))
    query = database if dataset.self_retrieval else unit(taken(dataset.query))
    dropped = chosen.query == "dropped" and dataset.self_retrieval
    values = np.empty(len(query))
    for start in range(0, len(query), _BLOCK):
        stop = min(start + _BLOCK, len(query))
        progress.update(f"rank features of {dataset.name}", start, len(query))
        cosine = query[start:stop] @ database.T
        relevant = dataset.query.labels[start:stop].relevance(dataset.database.labels)
        if dropped:
            own = np.arange(stop - start), np.arange(start, stop)
            cosine[own], relevant[own] = -np.inf, False
        values[start:stop] = average_precision(cosine, relevant, chosen.divisor)
    return values


def average_precision(
    scores: NDArray[np.float64], relevant: NDArray[np.bool_], divisor: str, k: int = K
) -> NDArray[np.float64]:
    """Return AP@k of each row of scores, highest first, equal ones in their order.

    Examples
    --------
    >>> import numpy as np
    >>> relevant = np.array([[True, False, True]])
    >>> average_precision(np.array([[0.9, 0.8, 0.7]]), relevant, "min(R,K)").round(4).tolist()
    [0.8333]
    """
    import numpy as np

    from hashbench.ranking.rescoring import highest

    hits = np.take_along_axis(relevant, highest(scores, min(k, scores.shape[1])), axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    total = (hits if divisor == "hits" else relevant).sum(axis=1)
    divisors = np.full(len(hits), k) if divisor == "K" else np.minimum(total, k)
    gains = (hits * precision).sum(axis=1)
    values: NDArray[np.float64] = gains / np.maximum(divisors, 1)
    return values
