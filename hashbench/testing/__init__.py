"""Conformance checks for authors of plugins.

Three lines of test show that a method keeps the promises that the harness relies on::

    @parametrize_with_checks(method_checks("my-hash"))
    def test_conforms(check):
        check()
"""

from __future__ import annotations

from hashbench.testing.checks import (
    BoundCheck,
    Check,
    ConformanceError,
    parametrize_with_checks,
)
from hashbench.testing.datasets import DATASET_CHECKS, check_dataset, dataset_checks
from hashbench.testing.measures import MEASURE_CHECKS, check_measure, measure_checks
from hashbench.testing.methods import METHOD_CHECKS, check_method, method_checks
from hashbench.testing.subjects import small_videos

__all__ = [
    "DATASET_CHECKS",
    "MEASURE_CHECKS",
    "METHOD_CHECKS",
    "BoundCheck",
    "Check",
    "ConformanceError",
    "check_dataset",
    "check_measure",
    "check_method",
    "dataset_checks",
    "measure_checks",
    "method_checks",
    "parametrize_with_checks",
    "small_videos",
]
