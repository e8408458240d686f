"""Ranking by Hamming distance, the measures of a ranking, and their statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashbench.lazy import lazy_names

if TYPE_CHECKING:
    from hashbench.ranking.counts import Counts as Counts
    from hashbench.ranking.cutoffs import ALL as ALL
    from hashbench.ranking.engine import HammingEngine as HammingEngine
    from hashbench.ranking.engine import prepare as prepare
    from hashbench.ranking.evaluating import evaluate as evaluate
    from hashbench.ranking.evaluating import evaluate_counts as evaluate_counts
    from hashbench.ranking.evaluation import EVALUATOR_VERSION as EVALUATOR_VERSION
    from hashbench.ranking.evaluation import Evaluation as Evaluation
    from hashbench.ranking.lists import RankedLists as RankedLists
    from hashbench.ranking.measure_plan import make_plan as make_plan
    from hashbench.ranking.measures import AP as AP
    from hashbench.ranking.measures import Hit as Hit
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
    "ALL": "hashbench.ranking.cutoffs",
    "AP": "hashbench.ranking.measures",
    "Counts": "hashbench.ranking.counts",
    "EVALUATOR_VERSION": "hashbench.ranking.evaluation",
    "Evaluation": "hashbench.ranking.evaluation",
    "HammingEngine": "hashbench.ranking.engine",
    "Hit": "hashbench.ranking.measures",
    "Measure": "hashbench.ranking.measures",
    "PROFILES": "hashbench.ranking.profiles",
    "Precision": "hashbench.ranking.measures",
    "Profile": "hashbench.ranking.profiles",
    "RadiusPrecision": "hashbench.ranking.measures",
    "Ranked": "hashbench.ranking.ranked",
    "RankedLists": "hashbench.ranking.lists",
    "Recall": "hashbench.ranking.measures",
    "Scores": "hashbench.ranking.scores",
    "TIES": "hashbench.ranking.ties",
    "TieMass": "hashbench.ranking.measures",
    "evaluate": "hashbench.ranking.evaluating",
    "evaluate_counts": "hashbench.ranking.evaluating",
    "make_plan": "hashbench.ranking.measure_plan",
    "measure_class": "hashbench.ranking.naming",
    "parse_measure": "hashbench.ranking.naming",
    "prepare": "hashbench.ranking.engine",
}

__all__ = sorted(_HOMES)


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
