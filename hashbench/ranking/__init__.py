"""Ranking by Hamming distance, the measures of a ranking, and their statistics."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashbench.ranking.counts import Counts as Counts
    from hashbench.ranking.engine import HammingEngine as HammingEngine
    from hashbench.ranking.engine import prepare as prepare
    from hashbench.ranking.evaluating import evaluate as evaluate
    from hashbench.ranking.evaluating import evaluate_counts as evaluate_counts
    from hashbench.ranking.evaluation import EVALUATOR_VERSION as EVALUATOR_VERSION
    from hashbench.ranking.evaluation import Evaluation as Evaluation
    from hashbench.ranking.lists import RankedLists as RankedLists
    from hashbench.ranking.measure_plan import make_plan as make_plan
    from hashbench.ranking.measures import AP as AP
    from hashbench.ranking.measures import Measure as Measure
    from hashbench.ranking.measures import Precision as Precision
    from hashbench.ranking.measures import RadiusPrecision as RadiusPrecision
    from hashbench.ranking.measures import Recall as Recall
    from hashbench.ranking.measures import TieMass as TieMass
    from hashbench.ranking.naming import measure_class as measure_class
    from hashbench.ranking.naming import parse_measure as parse_measure
    from hashbench.ranking.profiles import PROFILES as PROFILES
    from hashbench.ranking.profiles import Profile as Profile
    from hashbench.ranking.ranked import Ranked as Ranked
    from hashbench.ranking.scores import Scores as Scores
    from hashbench.ranking.ties import TIES as TIES

_HOMES = {
    "AP": "measures",
    "Counts": "counts",
    "EVALUATOR_VERSION": "evaluation",
    "Evaluation": "evaluation",
    "HammingEngine": "engine",
    "Measure": "measures",
    "PROFILES": "profiles",
    "Precision": "measures",
    "Profile": "profiles",
    "RadiusPrecision": "measures",
    "Ranked": "ranked",
    "RankedLists": "lists",
    "Recall": "measures",
    "Scores": "scores",
    "TIES": "ties",
    "TieMass": "measures",
    "evaluate": "evaluating",
    "evaluate_counts": "evaluating",
    "make_plan": "measure_plan",
    "measure_class": "naming",
    "parse_measure": "naming",
    "prepare": "engine",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
