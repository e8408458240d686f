"""Confidence intervals of means and of ratios of means, over seeds and queries.

Values come as arrays of shape (n_seeds, n_query): one row a trained model, the same queries in
every row. The model and its variances are in :mod:`hashbench.ranking.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import UsageError
from hashbench.ranking.effects import Effects, Queries, difference_variance, mean_variance

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval.

    Attributes
    ----------
    mean, low, high : float
    confidence : float
    n_seeds, n_query : int
    df : float
        Degrees of freedom of the t distribution that gives the interval.
    n_clusters : int or None
        Clusters of queries that vary together; None where queries count as independent.
    covers_seeds : bool
        Whether the interval also covers another training run. With one seed it does not.
    """

    mean: float
    low: float
    high: float
    confidence: float
    n_seeds: int
    n_query: int
    df: float
    n_clusters: int | None
    covers_seeds: bool


def mean_interval(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    deterministic: bool = False,
) -> Interval:
    """Return the mean of (n_seeds, n_query) values with its confidence interval.

    Parameters
    ----------
    values : array of shape (n_seeds, n_query) or (n_query,)
    clusters : array of shape (n_query,), optional
        As in :func:`hashbench.compare`.
    confidence : float
    deterministic : bool
        Whether every seed is known to give these values, so that one covers all.

    Raises
    ------
    UsageError
        As :func:`hashbench.compare`, but for a single method.
    """
    array = checked({"values": values}, confidence)["values"]
    queries = queries_of(array.shape[1], clusters)
    effects = Effects.of(array, queries)
    variance = mean_variance(effects, queries)
    mean, half = float(array.mean()), float(variance.critical(1 - confidence))
    return Interval(
        mean,
        mean - half,
        mean + half,
        confidence,
        len(array),
        array.shape[1],
        float(variance.df(1 - confidence)),
        None if clusters is None else len(queries),
        len(array) > 1 or deterministic,
    )


def ratio_interval(
    above: ArrayLike,
    below: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the interval of the ratio of two methods' means, paired over the queries.

    That of ``above - ratio * below`` at the ratio found, over the mean of ``below`` (the delta
    method).

    Parameters
    ----------
    above, below : array of shape (n_seeds, n_query) or (n_query,)
    clusters, confidence
        As in :func:`hashbench.compare`.

    Raises
    ------
    UsageError
        As :func:`hashbench.compare`, or if the mean of ``below`` is not above 0.

    Examples
    --------
    >>> low, high = ratio_interval([0.3, 0.8, 1.3], [0.2, 0.4, 0.6])
    >>> round(low, 2), round(high, 2)
    (1.38, 2.62)
    """
    arrays = checked({"above": above, "below": below}, confidence)
    mean = float(arrays["below"].mean())
    if mean <= 0:
        raise UsageError(f"ratio to a mean of {mean:g}; a mean above 0 is needed")
    ratio = float(arrays["above"].mean()) / mean
    queries = queries_of(arrays["below"].shape[1], clusters)
    effects = [Effects.of(x, queries) for x in (arrays["above"], ratio * arrays["below"])]
    variance = difference_variance(effects[0], effects[1], queries)
    half = float(variance.critical(1 - confidence)) / mean
    return ratio - half, ratio + half


def checked(methods: Mapping[str, ArrayLike], confidence: float) -> dict[str, Floats]:
    """Return the values of each method as an array, one row a seed; raise where they do not fit."""
    if not 0 < confidence < 1:
        raise UsageError(f"confidence {confidence}; a number between 0 and 1 is needed")
    arrays = {name: np.atleast_2d(np.asarray(v, dtype=np.float64)) for name, v in methods.items()}
    for name, array in arrays.items():
        if array.ndim != 2 or 0 in array.shape or not np.isfinite(array).all():
            raise UsageError(f"{name}: finite values of shape (seeds, queries) are needed")
    counts = {name: array.shape[1] for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in counts.items())
        raise UsageError(f"a paired comparison needs the same queries; there are: {listed}")
    return arrays


def queries_of(n_query: int, clusters: ArrayLike | None) -> Queries:
    """Return the queries with their clusters; raise where fewer than two vary on their own."""
    if clusters is not None and np.shape(clusters) != (n_query,):
        raise UsageError(
            f"clusters of shape {np.shape(clusters)}; one entry for each of {n_query} queries "
            "is needed"
        )
    found = Queries.of(n_query, clusters)
    if len(found) < 2:
        kind = "query" if clusters is None else "cluster of queries"
        raise UsageError(f"one {kind}; nothing can be said of others from fewer than two")
    return found
