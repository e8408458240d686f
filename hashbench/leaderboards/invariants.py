"""What no ranking whatever can yield, so that a record that says it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hashbench.ranking.scores import AVERAGE_PRECISION, Scores, score_name
from hashbench.runs import Record

ROUNDING = 1e-12
"""What the order of a sum may do to a mean."""


def invariants(record: Record) -> Iterator[str]:
    """Yield what no ranking whatever can yield: shares outside [0, 1], falling recall, ...

    Precision, recall and tie mass do not depend on the divisor, so that profiles which treat the
    query alike must agree on them, P@1 included; and AP divided by K cannot exceed AP divided by
    min(R, K).
    """
    scores = record.scores
    for profile, ties in dict.fromkeys((place[0], place[1]) for place, _ in scores):
        where = f"{profile}, ties {ties}"
        here = [(p[2], p[3], value) for p, value in scores if p[:2] == (profile, ties)]
        for measure, k, value in here:
            if value is None:
                yield f"{score_name(measure, k)} under {where} is no number"
            elif not -ROUNDING <= value <= 1 + ROUNDING:
                name = score_name(measure, k)
                yield f"{name} = {value} under {where} is outside [0, 1]"
        recall = sorted(
            (k or 0, value) for measure, k, value in here if measure == "R" and value is not None
        )
        for (k, low), (deeper, high) in pairwise(recall):
            if high < low - ROUNDING:
                yield f"recall falls from {low} at {k} to {high} at {deeper} under {where}"
    yield from _disagreements(scores)


def _disagreements(scores: Scores) -> Iterator[str]:
    places = [place[1:] for place, _ in scores if place[0] == "paper"]
    for ties, measure, k in places:
        one, other = (scores.get(p, ties, measure, k) for p in ("paper", "official"))
        if one is None or other is None:
            continue
        name = score_name(measure, k)
        if measure != AVERAGE_PRECISION and abs(one - other) > ROUNDING:
            yield f"{name} is {one} under paper but {other} under official, ties {ties}"
        if measure == AVERAGE_PRECISION and other > one + ROUNDING:
            yield f"{name} is {other} under official, above {one} under paper, ties {ties}"
