"""Findings of ``hashbench data verify`` as text."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli.bars import one_bar
from hashbench.data.loading import open_splits
from hashbench.data.verifying import Audit, audit

if TYPE_CHECKING:
    from hashbench.reports.sheet import Sheet


def audited(name: str, data_root: Path | None) -> Audit:
    """Open what can be opened of a set and look at all of it."""
    card, splits, failures = open_splits(name, data_root=data_root)
    with one_bar(f"verify {card.name}", in_bytes=True) as bar:
        return audit(card, splits, failures, bar)


def show_audit(result: Audit, as_json: bool) -> None:
    """Print the outcome: tables for people or JSON for programs."""
    if as_json:
        click.echo(json.dumps(_described(result), indent=2, sort_keys=True))
        return
    from rich.console import Console

    from hashbench.reports.formats.terminal import show

    console = Console(markup=False)  # paths and names may hold brackets
    if result.looked:
        show((_splits(result),), console)
    for finding in result.findings:
        rows = ", ".join(map(str, finding.rows))
        more = ", ..." if finding.count > len(finding.rows) > 0 else ""
        console.print(
            f"{finding.where}: {finding.message}" + (f" ({rows}{more})" if rows else ""),
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if result.sha256:
        console.print(f"content sha256 {result.sha256}", highlight=False, soft_wrap=True)
    if result.ok:
        console.print(f"{result.card.name}: nothing is wrong", highlight=False)


def _splits(result: Audit) -> Sheet:
    from hashbench.reports.listed import listed
    from hashbench.reports.sheet import Column

    rows = []
    for name, looked in result.looked.items():
        n, frames, dims = looked.shape
        spread = {
            key: f"{median:.3g} ({least:.3g} to {most:.3g})"
            for key, (least, median, most) in looked.moments.items()
        }
        rows.append(
            {
                "split": name,
                "videos": n,
                "frames x dims": f"{frames} x {dims}",
                "type": looked.dtype,
                "mean": spread["mean"],
                "second moment": spread["second_moment"],
                "scale": "standardised" if looked.standardized else "not standardised",
            }
        )
    columns = [Column(head, "measured" if head == "videos" else "text") for head in rows[0]]
    return listed("Splits", columns, rows).sheets[0]


def _described(result: Audit) -> dict[str, Any]:
    return {
        "name": result.card.name,
        "ok": result.ok,
        "sha256": result.sha256,
        "findings": [dataclasses.asdict(finding) for finding in result.findings],
        "splits": {
            name: {
                "shape": list(looked.shape),
                "dtype": looked.dtype,
                "standardized": looked.standardized,
                **{
                    key: dict(zip(("least", "median", "most"), values, strict=True))
                    for key, values in looked.moments.items()
                },
            }
            for name, looked in result.looked.items()
        },
    }
