"""The hooks a plugin may implement; each returns specs and imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from hashbench.specs import (
    CommandSpec,
    DatasetSpec,
    ExtractorSpec,
    FactsSpec,
    MeasureSpec,
    MethodSpec,
)

PROJECT = "hashbench"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hashbench_register_methods() -> Iterable[MethodSpec]:
    """Return the hashing methods that this plugin brings."""
    raise NotImplementedError


@hookspec
def hashbench_register_datasets() -> Iterable[DatasetSpec]:
    """Return the data sets that this plugin brings."""
    raise NotImplementedError


@hookspec
def hashbench_register_measures() -> Iterable[MeasureSpec]:
    """Return the measures that this plugin brings."""
    raise NotImplementedError


@hookspec
def hashbench_register_commands() -> Iterable[CommandSpec]:
    """Return the commands that this plugin adds to ``hashbench``."""
    raise NotImplementedError


@hookspec
def hashbench_register_extractors() -> Iterable[ExtractorSpec]:
    """Return the networks that this plugin brings for turning frames into features."""
    raise NotImplementedError


@hookspec
def hashbench_register_facts() -> Iterable[FactsSpec]:
    """Return what is known of methods of this distribution besides what they compute."""
    raise NotImplementedError
