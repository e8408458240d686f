"""``hashbench methods | datasets | measures | plugins``: what is there, and from which package."""

from __future__ import annotations

import json
from typing import Any

import click

from hashbench.plugins import Plugin, Shelf, registry

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@_as_json
def methods(as_json: bool) -> None:
    """List the hashing methods."""
    shelf = registry().methods
    rows = [
        {
            "name": spec.name,
            "aliases": list(spec.aliases),
            "summary": spec.summary,
            "reference": spec.reference,
            "kind": _kind(supervised=spec.supervised, control=spec.control),
            "plugin": shelf.plugin(spec.name).origin,
        }
        for spec in shelf
    ]
    _show(rows, as_json, ["name", "kind", "summary", "reference", "plugin"])


@click.command()
@_as_json
def datasets(as_json: bool) -> None:
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
    _show(rows, as_json, ["name", "needs", "summary", "plugin"])


@click.command()
@_as_json
def measures(as_json: bool) -> None:
    """List the measures."""
    _show(_summaries(registry().measures), as_json, ["name", "summary", "plugin"])


@click.command()
@_as_json
def plugins(as_json: bool) -> None:
    """List the plugins with what they bring; a broken one with the reason."""
    rows = [_plugin_row(plugin) for plugin in registry().plugins]
    _show(rows, as_json, ["name", "distribution", "version", "state", "brings or why not"])


def _summaries(shelf: Shelf[Any]) -> list[dict[str, Any]]:
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
        "brings or why not": plugin.reason or ", ".join(plugin.brings),
        "brings": list(plugin.brings),
        "reason": plugin.reason,
    }


def _kind(*, supervised: bool, control: bool) -> str:
    if control:
        return "control"
    return "supervised" if supervised else "unsupervised"


def _show(rows: list[dict[str, Any]], as_json: bool, columns: list[str]) -> None:
    if as_json:
        shown = [{k: v for k, v in row.items() if k != "brings or why not"} for row in rows]
        click.echo(json.dumps(shown, indent=2))
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        # Text, not markup: a broken plugin's reason may hold brackets.
        table.add_row(*(_plain(row[column]) for column in columns))
    Console().print(table)


def _plain(value: object) -> Any:
    from rich.text import Text

    return Text(str(value))
