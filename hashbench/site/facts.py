"""What is known of a method besides its numbers: where it was published."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from hashbench.plugins import registry
from hashbench.reports.results import Result


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a method was published; empty where its specification does not say.

    Attributes
    ----------
    year : int or None
    venue, paper, program : str
    """

    year: int | None = None
    venue: str = ""
    paper: str = ""
    program: str = ""


def facts_of(result: Result) -> Facts:
    """Return what the plugin that a record names says of its method, if it is installed."""
    return _facts(result.record.method.name, result.method.distribution)


@functools.cache
def _facts(name: str, distribution: str) -> Facts:
    shelf = registry().methods
    if name not in shelf.names() or shelf.plugin(name).distribution != distribution:
        return Facts()
    spec = shelf.get(name)
    return Facts(spec.year, spec.venue, spec.reference, spec.program)
