"""Shell completion: names of methods, data sets and measures after TAB.

Everything comes from the plugins' specs and from source text, so that no method is imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from hashbench.plugins import Shelf, registry


def methods(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete ``itq``, ``itq,lsh`` and, from the parameters, ``itq[iterations=``."""
    opened = re.search(r"([^\[\],\s]+)\[([^\]]*)$", incomplete)
    if opened is None:
        return in_list(_summaries(registry().methods), incomplete)
    given, comma, last = opened.group(2).rpartition(",")
    if "=" in last:  # a value, which only its author knows
        return []
    used = {piece.partition("=")[0].strip() for piece in given.split(",")}
    start = incomplete[: opened.start(2)] + given + comma
    names = [name for name in _parameters(opened.group(1)) if name not in used]
    return [CompletionItem(f"{start}{name}=") for name in names if name.startswith(last)]


def datasets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a data set, or else the path of a card."""
    rows = {f"{s.name}:" if s.family else s.name: s.summary for s in registry().datasets}
    return _matching(rows, incomplete) or [CompletionItem(incomplete, type="file")]


def measures(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of measures, separated by commas."""
    return in_list(_summaries(registry().measures), incomplete)


def profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of profiles, separated by commas."""
    from hashbench.ranking.profiles import PROFILES

    return in_list({name: profile.summary for name, profile in PROFILES.items()}, incomplete)


def ties(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of tie policies, separated by commas."""
    from hashbench.ranking.ties import TIES

    return in_list(dict.fromkeys(TIES, ""), incomplete)


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the formats of ``export``."""
    from hashbench.export.targets import TARGETS

    rows = {name: target.summary for name, target in TARGETS.items()}
    return _matching(rows, incomplete)


def in_list(rows: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    """Complete the last of several names separated by commas; each is offered once.

    Parameters
    ----------
    rows : mapping of str to str
        Names, each with a line of help.
    incomplete : str
        What is typed so far.
    """
    before, comma, last = incomplete.rpartition(",")
    used = {name.strip().casefold() for name in before.split(",")}
    left = {name: line for name, line in rows.items() if name.casefold() not in used}
    return _matching(left, last, before + comma)


def _matching(rows: Mapping[str, str], start: str, prefix: str = "") -> list[CompletionItem]:
    key = start.casefold()
    return [
        CompletionItem(prefix + name, help=line)
        for name, line in rows.items()
        if name.casefold().startswith(key)
    ]


def _summaries(shelf: Shelf[Any]) -> dict[str, str]:
    return {spec.name: spec.summary for spec in shelf}


def _parameters(method: str) -> list[str]:
    from hashbench.signatures import written_parameters

    entry = registry().methods.entries.get(method.casefold())
    names = written_parameters(entry[0].target) if entry else []
    return [name for name in names if name not in ("bits", "seed")]
