"""The examples in the docstrings run, and the calls that people begin with have one."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import hashbench

MODULES = [
    module.name
    for module in pkgutil.walk_packages(hashbench.__path__, "hashbench.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


# A string, and an object that pluggy documents.
WITHOUT = {"__version__", "hookimpl"}


@pytest.mark.parametrize("name", sorted(set(hashbench.__all__) - WITHOUT))
def test_public_names_have_an_example(name: str) -> None:
    assert doctest.DocTestFinder(recurse=False).find(getattr(hashbench, name))[0].examples
