"""``hashbench data``: look into, check and make data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hashbench.data.cards import Card

root_option = click.option(
    "--data-root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HASHBENCH_DATA",
    help="Folder of the feature files, directly or in a folder of the set's name.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def data() -> None:
    """Look into, check and make data sets."""


@data.command()
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Show the card, the splits and the licence of NAME, a data set or the path of a card."""
    from hashbench.data.loading import find_card

    card, _, _ = find_card(name)
    if as_json:
        click.echo(json.dumps(_described(card), indent=2, sort_keys=True))
    else:
        _show(card)


def _described(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "version": card.version,
        "summary": card.summary,
        "licence": card.licence,
        "citation": card.citation,
        "source": card.source,
        "frames": card.frames,
        "stored_frames": card.stored_frames,
        "dims": card.dims,
        "classes": card.classes,
        "class_names": list(card.class_names),
        "unlabelled": card.unlabelled,
        "standardize": card.standardize,
        "profile": card.profile,
        "sha256": card.sha256,
        "protocol": {"train": card.train, "query": card.query, "database": card.database},
        "splits": {
            name: {
                "videos": split.videos,
                "feats": list(split.feats),
                "feats_key": split.feats_key,
                "labels": list(split.labels),
                "labels_key": split.labels_key,
            }
            for name, split in card.splits.items()
        },
    }


def _show(card: Card) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    facts = Table.grid(padding=(0, 2))
    stored = f" (the first of {card.stored_frames})" if card.stored_frames > card.frames else ""
    for key, value in {
        "name": f"{card.name} {card.version}",
        "summary": card.summary,
        "licence": card.licence,
        "citation": card.citation,
        "source": card.source,
        "features": f"{card.frames} frames{stored} of {card.dims or '(as the member)'} dimensions",
        "classes": str(card.classes or "(as the member)"),
        "unlabelled": {"nothing": "", "others": "one further class"}[card.unlabelled],
        "standardized": "per dimension, as measured on train" if card.standardize else "",
        "profile": card.profile,
        "sha256": card.sha256 or "",
    }.items():
        if value:
            facts.add_row(key, value)
    console.print(facts)
    splits = Table("split", "part", "videos", "features", "labels")
    roles = {"train": card.train, "query": card.query, "database": card.database}
    for name, split in card.splits.items():
        splits.add_row(
            name,
            ", ".join(role for role, played in roles.items() if played == name),
            "" if split.videos is None else f"{split.videos:,}",
            "\n".join(split.feats) or "made by a plugin",
            "\n".join(split.labels),
        )
    console.print(splits)
