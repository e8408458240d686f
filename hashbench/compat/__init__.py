"""The evaluator in the shapes that programs of the field already call.

``CalcTopMap``, ``CalcMap`` and ``mAP`` take what the functions of that name take in published
programs, so that one import replaces them. ``HammingAP`` is a module for training loops.
"""

from typing import TYPE_CHECKING

from hashbench.lazy import lazy_names

if TYPE_CHECKING:
    from hashbench.compat.functions import CalcHammingDist as CalcHammingDist
    from hashbench.compat.functions import CalcMap as CalcMap
    from hashbench.compat.functions import CalcTopMap as CalcTopMap
    from hashbench.compat.functions import mAP as mAP
    from hashbench.compat.hamming_ap import HammingAP as HammingAP

_HOMES = {
    "CalcHammingDist": "hashbench.compat.functions",
    "CalcMap": "hashbench.compat.functions",
    "CalcTopMap": "hashbench.compat.functions",
    "HammingAP": "hashbench.compat.hamming_ap",
    "mAP": "hashbench.compat.functions",
}

__all__ = sorted(_HOMES)


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
