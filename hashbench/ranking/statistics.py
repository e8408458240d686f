"""What a difference between methods is worth: bootstrap, paired comparison, Holm, shared ranks.

Values come as arrays of shape (n_seeds, n_query): one row a trained model, the same queries in
every row. Both are sampled, for a method's number varies with either: a replicate draws seeds
with replacement, then queries with replacement, the same ones for every method compared.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashbench.errors import UsageError

Floats = NDArray[np.float64]

_CHUNK = 250
"""Replicates held at once: 250 x 45,600 query weights take 91 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its bootstrap interval.

    Parameters
    ----------
    mean, low, high : float
        The mean over seeds and queries, and the ends of the percentile interval.
    confidence : float
    n_seeds, n_query : int
        With one seed the interval covers the choice of queries only.
    """

    mean: float
    low: float
    high: float
    confidence: float
    n_seeds: int
    n_query: int

    @property
    def covers_seeds(self) -> bool:
        """Whether the interval also covers another training run."""
        return self.n_seeds > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired difference, first minus second.

    Parameters
    ----------
    first, second : str
    difference : Interval
    p : float
        Two-sided bootstrap p-value of "no difference".
    p_holm : float
        The same after Holm's correction over all pairs compared.
    alpha : float
        Level at which the pair counts as separable.
    """

    first: str
    second: str
    difference: Interval
    p: float
    p_holm: float
    alpha: float

    @property
    def separable(self) -> bool:
        """Whether the difference stands after correction."""
        return self.p_holm < self.alpha

    def __str__(self) -> str:
        d = self.difference
        scope = "seeds and queries" if d.covers_seeds else "queries only: one seed"
        verdict = "separable" if self.separable else "not separable"
        return (
            f"{self.first} - {self.second}: {d.mean:+.4f} "
            f"[{d.low:+.4f}, {d.high:+.4f}] ({scope}), p = {self.p_holm:.4f}: {verdict}"
        )


def bootstrap(
    values: ArrayLike, *, replicates: int = 2000, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Return the mean of (n_seeds, n_query) values with its percentile interval.

    Raises
    ------
    UsageError
        If there are no values, or a number is out of range.
    """
    array = _checked({"values": values}, replicates, confidence)["values"]
    (means,) = _replicates([array], replicates, seed)
    return _interval(array, means, confidence)


def bootstrap_each(
    methods: Mapping[str, ArrayLike],
    *,
    replicates: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return :func:`bootstrap` of each method, the samples of queries drawn once for all.

    Drawing them is what takes the time; an interval does not depend on who stands beside it.

    Raises
    ------
    UsageError
        As :func:`compare`, but for a single method.
    """
    arrays = _checked(methods, replicates, confidence)
    rng = np.random.default_rng(seed)
    rows = _rows(list(arrays.values()), replicates, rng)
    return {
        name: _interval(array, _over_seeds(own, copy.deepcopy(rng)), confidence)
        for (name, array), own in zip(arrays.items(), rows, strict=True)
    }


def compare(
    methods: Mapping[str, ArrayLike],
    *,
    replicates: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[Comparison]:
    """Compare all pairs of methods on the same queries.

    Parameters
    ----------
    methods : mapping of str to array of shape (n_seeds, n_query) or (n_query,)
        Methods may differ in seeds, which are drawn independently, but not in queries.
    replicates : int
    confidence : float
        Of the intervals; a pair is separable where Holm's p is below ``1 - confidence``.
    seed : int
        Of the bootstrap: the same input yields the same output.

    Returns
    -------
    list of Comparison
        One a pair, in the order of the mapping.

    Raises
    ------
    UsageError
        If there are under two methods, or they were not measured on as many queries.

    Notes
    -----
    The p-value is twice the smaller share of replicates on one side of zero, ties counted half,
    with one added above and below so that it is never 0 (Davison and Hinkley 1997, section 4.2).
    """
    arrays = _checked(methods, replicates, confidence)
    if len(arrays) < 2:
        raise UsageError(f"{len(arrays)} method given; a comparison takes two")
    means = dict(zip(arrays, _replicates(list(arrays.values()), replicates, seed), strict=True))
    pairs = list(combinations(arrays, 2))
    differences = [means[a] - means[b] for a, b in pairs]
    p = [two_sided(difference) for difference in differences]
    return [
        Comparison(
            a,
            b,
            _difference(arrays[a], arrays[b], difference, confidence),
            float(raw),
            float(corrected),
            1 - confidence,
        )
        for (a, b), difference, raw, corrected in zip(pairs, differences, p, holm(p), strict=True)
    ]


def compare_each(
    methods: Mapping[str, ArrayLike],
    pairs: Sequence[tuple[str, str]],
    *,
    replicates: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[Comparison]:
    """Return :func:`compare` of each pair alone, the samples of queries drawn once for all.

    Parameters
    ----------
    methods : mapping of str to array of shape (n_seeds, n_query) or (n_query,)
    pairs : sequence of (first, second)
        Names in ``methods``.
    replicates, confidence, seed
        As in :func:`compare`.

    Returns
    -------
    list of Comparison
        One a pair; p-values are not corrected, for a pair is compared as if it stood alone.

    Raises
    ------
    UsageError
        As :func:`compare`.
    """
    arrays = _checked(methods, replicates, confidence)
    rng = np.random.default_rng(seed)
    rows = dict(zip(arrays, _rows(list(arrays.values()), replicates, rng), strict=True))
    found = []
    for a, b in pairs:
        draws = copy.deepcopy(rng)
        replicated = _over_seeds(rows[a], draws) - _over_seeds(rows[b], draws)
        difference = _difference(arrays[a], arrays[b], replicated, confidence)
        p = two_sided(replicated)
        found.append(Comparison(a, b, difference, p, p, 1 - confidence))
    return found


def two_sided(differences: Floats) -> float:
    """Return the bootstrap p-value of replicates of a difference against zero."""
    half = 0.5 * np.count_nonzero(differences == 0)
    below = np.count_nonzero(differences < 0) + half
    above = np.count_nonzero(differences > 0) + half
    return float(min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1)))


def holm(p: Sequence[float]) -> Floats:
    """Return p-values corrected by Holm's step-down procedure (1979), in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    scaled = raw[order] * np.arange(len(raw), 0, -1)
    corrected = np.empty_like(raw)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected


def shared_ranks(means: Mapping[str, float], comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Return ranks in which methods share one where their gap is not separable.

    A method's rank is 1 plus the number of better methods that are separable from it, so that
    a rank never claims more than the comparisons show.
    """
    apart = {frozenset((c.first, c.second)) for c in comparisons if c.separable}
    return {
        name: 1
        + sum(means[other] > means[name] and frozenset((name, other)) in apart for other in means)
        for name in means
    }


def _checked(
    methods: Mapping[str, ArrayLike], replicates: int, confidence: float
) -> dict[str, Floats]:
    if replicates < 1 or not 0 < confidence < 1:
        raise UsageError(
            f"{replicates} replicates at confidence {confidence}; at least 1, between 0 and 1"
        )
    arrays = {name: np.atleast_2d(np.asarray(v, dtype=np.float64)) for name, v in methods.items()}
    for name, array in arrays.items():
        if array.ndim != 2 or 0 in array.shape or not np.isfinite(array).all():
            raise UsageError(f"{name}: finite values of shape (seeds, queries) are needed")
    counts = {name: array.shape[1] for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in counts.items())
        raise UsageError(f"a paired comparison needs the same queries; there are: {listed}")
    return arrays


def _replicates(arrays: list[Floats], replicates: int, seed: int) -> list[Floats]:
    """Return the bootstrap means of each array, shape (replicates,), paired over queries."""
    rng = np.random.default_rng(seed)
    return [_over_seeds(rows, rng) for rows in _rows(arrays, replicates, rng)]


def _rows(arrays: list[Floats], replicates: int, rng: np.random.Generator) -> list[Floats]:
    """Return the means of each array's rows over drawn queries, (replicates, n_seeds) each."""
    n_query = arrays[0].shape[1]
    stacked = np.concatenate(arrays)
    of_rows = np.empty((replicates, len(stacked)))
    uniform = np.full(n_query, 1 / n_query)
    for start in range(0, replicates, _CHUNK):
        size = min(_CHUNK, replicates - start)
        weights = rng.multinomial(n_query, uniform, size=size)
        of_rows[start : start + size] = weights @ stacked.T / n_query
    ends = np.cumsum([len(array) for array in arrays])[:-1]
    return np.split(of_rows, ends, axis=1)


def _over_seeds(rows: Floats, rng: np.random.Generator) -> Floats:
    """Return the means over drawn seeds, shape (replicates,)."""
    replicates, n_seeds = rows.shape
    drawn = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=replicates)
    means: Floats = (rows * drawn).sum(axis=1) / n_seeds
    return means


def _interval(array: Floats, means: Floats, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(array.mean()), float(low), float(high), confidence, *array.shape)


def _difference(a: Floats, b: Floats, differences: Floats, confidence: float) -> Interval:
    spread = _interval(a, differences, confidence)
    return Interval(
        float(a.mean() - b.mean()),
        spread.low,
        spread.high,
        confidence,
        min(len(a), len(b)),
        a.shape[1],
    )
