"""Functions with the signatures of published programs.

Sources of the signatures: DeepHash-pytorch (``CalcTopMap``), HashNet and its kin (``CalcMap``), the
evaluator that ConMH, S5VH and AutoSSVH share (sum of precisions over K). Only the signatures are
theirs. Ties are averaged exactly unless ``ties`` says otherwise.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hashbench.codes import BinaryCodes
from hashbench.compat.inputs import as_array, as_codes, as_labels
from hashbench.errors import UsageError
from hashbench.labels import Labels
from hashbench.names import unknown
from hashbench.ranking import AP, TIES, evaluate
from hashbench.ranking.profiles import DIVISORS, Divisor, Query
from hashbench.ternary import as_queries

CompatTies = Literal["expected", "optimistic", "pessimistic", "stable", "argsort"]
_BLOCK = 256


def CalcHammingDist(B1: Any, B2: Any) -> NDArray[np.float64]:  # noqa: N802
    """Return Hamming distances, (L - a.b) / 2 for codes of -1, 0 and +1.

    Parameters
    ----------
    B1, B2 : array_like or tensor, shape (n, L) and (m, L)
        A single code (L,) is allowed for ``B1``.

    Returns
    -------
    ndarray of float64, shape (n, m)
        Or (m,) for a single code.

    Examples
    --------
    >>> CalcHammingDist([1, -1, 1], [[1, 1, 1], [1, -1, 1]]).tolist()
    [1.0, 0.0]
    """
    one = as_array(B1)
    codes = as_codes(np.atleast_2d(one), B2)
    _check_widths(*codes)
    found = _distances(*codes)
    return found[0] if one.ndim == 1 else found


def CalcTopMap(  # noqa: N802
    rB: Any,
    qB: Any,
    retrievalL: Any,
    queryL: Any,
    topk: int | None,
    *,
    ties: CompatTies = "expected",
) -> float:
    """Return mAP@topk, each AP divided by the hits in the top, as image hashing does.

    Parameters
    ----------
    rB, qB : array_like or tensor, shape (n, L) and (m, L)
        Codes of the database and of the queries: -1/+1, 0/1, or with zeros among -1 and +1.
    retrievalL, queryL : array_like or tensor
        Their labels, multi-hot (n, C) or ids (n,).
    topk : int or None
        Cut-off, at most the size of the database. None and -1 stand for the whole list.
    ties : {"expected", "optimistic", "pessimistic", "stable", "argsort"}
        ``stable`` is database order. ``argsort`` is the order of numpy's default sort, as the
        programs have it, which depends on numpy and on the processor.

    Returns
    -------
    float
        A fraction. A query without a hit counts 0.

    Raises
    ------
    UsageError, DataError
        If the arrays do not fit each other, or hold something else.

    Examples
    --------
    >>> database, query = [[1, 1], [1, -1], [-1, -1]], [[1, 1]]
    >>> CalcTopMap(database, query, [0, 1, 0], [0], 3).__round__(4)
    0.8333
    """
    whole = topk is None or topk == -1
    k = None if topk is None or whole else min(topk, len(rB))
    return _mean_ap(qB, rB, queryL, retrievalL, k, "hits", ties)


def CalcMap(  # noqa: N802
    qB: Any, rB: Any, queryL: Any, retrievalL: Any, *, ties: CompatTies = "expected"
) -> float:
    """Return mAP of the whole list, as :func:`CalcTopMap` without a cut-off.

    Mind the order of the arguments, which is the other one.
    """
    return _mean_ap(qB, rB, queryL, retrievalL, None, "hits", ties)


def mAP(  # noqa: N802
    codes: Any,
    labels: Any,
    K: int,
    database_codes: Any = None,
    database_labels: Any = None,
    *,
    divisor: Divisor = "K",
    query: Query = "kept",
    ties: CompatTies = "expected",
) -> float:
    """Return mAP@K as video hashing computes it: the sum of precisions at hits, divided by K.

    Parameters
    ----------
    codes, labels : array_like or tensor
        Of the queries, as in :func:`CalcTopMap`.
    K : int
        Cut-off.
    database_codes, database_labels : array_like or tensor, optional
        The queries themselves by default.
    divisor : {"K", "min(R,K)", "hits", "R"}
    query : {"kept", "dropped"}
        Whether a query stays in its own list where it is ranked against its own set.
    ties : {"expected", "optimistic", "pessimistic", "stable", "argsort"}

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    UsageError, DataError
        If the arrays do not fit each other, hold something else, or K is too large.

    Examples
    --------
    >>> mAP([[1, 1], [1, 1], [-1, -1], [-1, -1]], [0, 0, 1, 1], 2)
    1.0
    """
    if (database_codes is None) != (database_labels is None):
        raise UsageError("database_codes and database_labels go together: one is missing")
    if database_codes is None:
        return _mean_ap(codes, codes, labels, labels, K, divisor, ties, query, alone=True)
    return _mean_ap(codes, database_codes, labels, database_labels, K, divisor, ties, query)


def _mean_ap(
    qB: Any,
    rB: Any,
    queryL: Any,
    retrievalL: Any,
    k: int | None,
    divisor: Divisor,
    ties: CompatTies,
    query: Query = "kept",
    *,
    alone: bool = False,
) -> float:
    if ties not in (*TIES, "argsort"):
        raise unknown("tie policy", ties, (*TIES, "argsort"))
    if divisor not in DIVISORS:
        raise unknown("divisor", divisor, DIVISORS)
    codes, labels = as_codes(qB, rB), as_labels(queryL, retrievalL)
    _check_widths(*codes)
    if ties == "argsort":
        return _sorted_ap(codes, labels, k, divisor, dropped=alone and query == "dropped")
    measure = AP(k, divisor, ties, query)
    found = evaluate(
        codes[0], codes[1], labels[0], labels[1], k=[1], profiles=["official"], measures=[measure],
        self_retrieval=alone, full=False,
    )  # fmt: skip
    return found.mean(measure)


def _sorted_ap(
    codes: list[BinaryCodes],
    labels: list[Labels],
    k: int | None,
    divisor: Divisor,
    *,
    dropped: bool,
) -> float:
    """Return mAP in the order that numpy's default sort leaves equal distances in."""
    (query, database), total = codes, 0.0
    size = len(database) - dropped
    if len(query) != len(labels[0]) or len(database) != len(labels[1]):
        raise UsageError("there must be a label for each code")
    cut = size if k is None else k
    if not 1 <= cut <= size:
        raise UsageError(f"K = {cut}: the database has {size} items")
    for start in range(0, len(query), _BLOCK):
        rows = slice(start, start + _BLOCK)
        distances = _distances(query[rows], database)
        relevant = labels[0][rows].relevance(labels[1])
        for row, (distance, hit) in enumerate(zip(distances, relevant, strict=True)):
            order = np.argsort(distance)
            order = order[order != start + row] if dropped else order
            hits = hit[order]
            top = hits[:cut]
            gains = (top * np.cumsum(top) / np.arange(1, cut + 1)).sum()
            n_relevant = int(hits.sum())
            by = {
                "K": cut, "min(R,K)": min(n_relevant, cut), "R": n_relevant, "hits": int(top.sum()),
            }[divisor]  # fmt: skip
            total += float(gains) / by if by else 0.0
    return total / len(query)


def _distances(query: BinaryCodes, database: BinaryCodes) -> NDArray[np.float64]:
    """Return distances in bits, (L - a.b) / 2 of the signs that the packed codes stand for."""
    ours, theirs = as_queries(query).signs(), database.signs()
    product = ours.astype(np.float32) @ theirs.astype(np.float32).T  # whole numbers up to 4096
    found: NDArray[np.float64] = (query.n_bits - product.astype(np.float64)) / (2 * query.scale)
    return found


def _check_widths(one: BinaryCodes, other: BinaryCodes) -> None:
    if one.length != other.length:
        raise UsageError(f"codes have {one.length} and {other.length} bits; one width is needed")
