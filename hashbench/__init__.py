"""A benchmark for learning to hash videos; the public names, each imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashbench.lazy import lazy_names
from hashbench.version import __version__ as __version__

if TYPE_CHECKING:
    from hashbench.catalogue import list_datasets as list_datasets
    from hashbench.catalogue import list_methods as list_methods
    from hashbench.catalogue import load_method as load_method
    from hashbench.catalogue import method as method
    from hashbench.codes import BinaryCodes as BinaryCodes
    from hashbench.data import VideoDataset as VideoDataset
    from hashbench.data import Videos as Videos
    from hashbench.data import dataset_from_arrays as dataset_from_arrays
    from hashbench.data import load_dataset as load_dataset
    from hashbench.errors import HashbenchError as HashbenchError
    from hashbench.estimator import Method as Method
    from hashbench.hookspecs import hookimpl as hookimpl
    from hashbench.labels import Labels as Labels
    from hashbench.ranking import evaluate as evaluate
    from hashbench.ranking.statistics import compare as compare
    from hashbench.retrieval.search import search as search
    from hashbench.runs.api import run as run
    from hashbench.specs import CommandSpec as CommandSpec
    from hashbench.specs import DatasetSpec as DatasetSpec
    from hashbench.specs import ExtractorSpec as ExtractorSpec
    from hashbench.specs import FactsSpec as FactsSpec
    from hashbench.specs import MeasureSpec as MeasureSpec
    from hashbench.specs import MethodSpec as MethodSpec
    from hashbench.workspace import Workspace as Workspace

# Importing hashbench must load neither torch nor numba nor scikit-learn: start-up is a feature.
_HOMES = {
    "BinaryCodes": "hashbench.codes",
    "CommandSpec": "hashbench.specs",
    "DatasetSpec": "hashbench.specs",
    "ExtractorSpec": "hashbench.specs",
    "FactsSpec": "hashbench.specs",
    "HashbenchError": "hashbench.errors",
    "Labels": "hashbench.labels",
    "MeasureSpec": "hashbench.specs",
    "Method": "hashbench.estimator",
    "MethodSpec": "hashbench.specs",
    "VideoDataset": "hashbench.data",
    "Videos": "hashbench.data",
    "Workspace": "hashbench.workspace",
    "compare": "hashbench.ranking.statistics",
    "dataset_from_arrays": "hashbench.data",
    "evaluate": "hashbench.ranking",
    "hookimpl": "hashbench.hookspecs",
    "list_datasets": "hashbench.catalogue",
    "list_methods": "hashbench.catalogue",
    "load_dataset": "hashbench.data",
    "load_method": "hashbench.catalogue",
    "method": "hashbench.catalogue",
    "run": "hashbench.runs.api",
    "search": "hashbench.retrieval.search",
}

__all__ = sorted([*_HOMES, "__version__"])


__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
