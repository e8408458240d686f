"""``hashbench methods | datasets | measures | plugins``: what is there, and from which package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from hashbench.cli.options import format_or_json
from hashbench.plugins import Plugin, Shelf, registry

_BRINGS = "brings or why not"


@click.command()
@format_or_json
def methods(form: str) -> None:
    """List the hashing methods."""
    shelf = registry().methods
    rows = [
        {
            "name": spec.name,
            "aliases": list(spec.aliases),
            "summary": spec.summary,
            "reference": spec.reference,
            **_facts(spec.name, shelf.plugin(spec.name).distribution),
            "min_frames": spec.min_frames,
            "kind": _kind(supervised=spec.supervised, control=spec.control),
            "plugin": shelf.plugin(spec.name).origin,
        }
        for spec in shelf
    ]
    show("Methods", ["name", "kind", "summary", "reference", "plugin"], rows, form)


@click.command()
@format_or_json
def datasets(form: str) -> None:
    """List the data sets."""
    shelf = registry().datasets
    rows = [
        {
            "name": f"{spec.name}:NAME" if spec.family else spec.name,
            "aliases": list(spec.aliases),
            "summary": spec.summary,
            "needs": spec.needs or ("nothing" if spec.generator else "feature files"),
            "plugin": shelf.plugin(spec.name).origin,
        }
        for spec in shelf
    ]
    show("Data sets", ["name", "needs", "summary", "plugin"], rows, form)


@click.command()
@format_or_json
def measures(form: str) -> None:
    """List the measures."""
    show("Measures", ["name", "summary", "plugin"], summaries(registry().measures), form)


@click.command()
@format_or_json
def plugins(form: str) -> None:
    """List the plugins with what they bring; a broken one with the reason."""
    rows = [_plugin_row(plugin) for plugin in registry().plugins]
    data = [{key: row[key] for key in row if key != _BRINGS} for row in rows]
    show("Plugins", ["name", "distribution", "version", "state", _BRINGS], rows, form, data)


def summaries(shelf: Shelf[Any]) -> list[dict[str, Any]]:
    """Return what is told of each spec of a shelf that has no kind of its own."""
    return [
        {
            "name": spec.name,
            "aliases": list(spec.aliases),
            "summary": spec.summary,
            "plugin": shelf.plugin(spec.name).origin,
        }
        for spec in shelf
    ]


def _plugin_row(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "state": plugin.state,
        _BRINGS: plugin.reason or ", ".join(plugin.brings),
        "brings": list(plugin.brings),
        "reason": plugin.reason,
    }


def _facts(name: str, distribution: str) -> dict[str, Any]:
    """Return what is known of a method, without its paper, which a row has as its reference."""
    from hashbench.runs.facts import Facts, method_facts

    found = asdict(method_facts(name, distribution) or Facts())
    del found["paper"]
    return found


def _kind(*, supervised: bool, control: bool) -> str:
    if control:
        return "control"
    return "supervised" if supervised else "unsupervised"


def show(
    title: str, heads: Sequence[str], rows: Sequence[dict[str, Any]], form: str, data: Any = None
) -> None:
    """Write rows of words, of which JSON has all keys and other formats those of ``heads``."""
    from hashbench.reports.formats import write
    from hashbench.reports.listed import listed
    from hashbench.reports.sheet import Column

    write(listed(title, [Column(head, "text") for head in heads], rows, data=data), form)
