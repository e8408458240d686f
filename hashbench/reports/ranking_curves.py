"""Curves of whole rankings: precision over recall by rank and by radius, and P@N.

Each is the mean over seeds of what the records hold. Records that were measured without the whole
list have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hashbench.ranking.profiles import PROFILES
from hashbench.reports.results import MethodId, Result, Section

RADIUS = "radius"
"""What the curve within growing Hamming radii is called; those by rank go by ``kept``, ``dropped``.
"""


@dataclass(frozen=True, slots=True)
class RankingCurve:
    """Mean precision and recall along the ranking of one method at one length.

    Attributes
    ----------
    method : MethodId
    at, precision, recall : tuple of float
        Rank or radius, and fractions in [0, 1]; equally long.
    """

    method: MethodId
    at: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]


def curve_of(result: Result, which: str) -> Mapping[str, Sequence[float]] | None:
    """Return one curve of a record as it holds it, None where it has none.

    Parameters
    ----------
    result : Result
    which : {"radius", "kept", "dropped"}
        By radius, or by rank with the query kept in its own list or dropped from it.
    """
    full = (result.record.evaluation or {}).get("full") or {}
    found = full.get("curve") if which == RADIUS else (full.get("by_rank") or {}).get(which)
    names = (RADIUS if which == RADIUS else "rank", "precision", "recall")
    if not isinstance(found, dict) or not all(_numbers(found.get(name)) for name in names):
        return None
    lengths = {len(found[name]) for name in names}
    return found if len(lengths) == 1 and lengths != {0} else None


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, int | float) for one in value)


def by_method(section: Section, bits: int, which: str) -> list[RankingCurve]:
    """Return the curves of one length, a method each, in the order of the results."""
    found: dict[MethodId, list[Mapping[str, Sequence[float]]]] = {}
    for result in section.measured:
        curve = curve_of(result, which) if result.bits == bits else None
        if curve is not None:
            found.setdefault(result.method, []).append(curve)
    at = RADIUS if which == RADIUS else "rank"
    return [
        RankingCurve(
            method,
            tuple(curves[0][at]),
            *(_mean([curve[name] for curve in curves]) for name in ("precision", "recall")),
        )
        for method, curves in found.items()
        if len({tuple(curve[at]) for curve in curves}) == 1
    ]


def _mean(curves: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(sum(values) / len(values) for values in zip(*curves, strict=True))


def query_of(profile: str) -> str:
    """Return whether a profile has the query ``kept`` or ``dropped``."""
    return PROFILES[profile].query if profile in PROFILES else "kept"
