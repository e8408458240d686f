"""From run directories to a file or to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from hashbench.errors import StoreError
from hashbench.files.atomic import write_text
from hashbench.names import unknown
from hashbench.reports.render import RENDERERS
from hashbench.reports.results import Section, read, sections
from hashbench.reports.selection import Selection
from hashbench.reports.tables import tables
from hashbench.reports.terminal import show
from hashbench.reports.tidy import as_csv


def load(runs: Sequence[Path], datasets: Sequence[str] | None = None) -> list[Section]:
    """Read the records of some run directories.

    Parameters
    ----------
    runs : sequence of Path
    datasets : sequence of str, optional
        Names, in any case, of the data sets to keep.

    Raises
    ------
    StoreError
        If a directory does not exist or holds no record.
    UsageError
        If no record is of a data set that is asked for.
    """
    from hashbench.runs import Store

    records = []
    for run in runs:
        here = Store(run).records()
        if not here:
            raise StoreError(f"{run}: no records; 'hashbench run ... --out {run}' makes some")
        records += here
    found = sections(read(records))
    if datasets is None:
        return found
    known = sorted({section.dataset.name for section in found})
    for name in datasets:
        if name.casefold() not in map(str.casefold, known):
            raise unknown("data set", name, known)
    wanted = {name.casefold() for name in datasets}
    return [section for section in found if section.dataset.name.casefold() in wanted]


def write(
    found: Sequence[Section],
    selection: Selection,
    form: str,
    out: Path | None,
    runs: Sequence[Path] = (),
) -> None:
    """Write what the selection asks for in one of the formats.

    Parameters
    ----------
    found : sequence of Section
    selection : Selection
    form : {"table", "markdown", "csv", "json", "latex", "html"}
    out : Path or None
        The file; None is standard output, where ``table`` uses the terminal's width and bold.
    runs : sequence of Path
        The run directories, for the manifests on the page.

    Raises
    ------
    UsageError
        If the selection names something that no record has.
    StoreError
        If the file cannot be written.
    """
    if form == "table" and out is None:
        show(tables(found, selection), Console())
        return
    text = _text(found, selection, form, runs)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"wrote {out}", err=True)


def _text(found: Sequence[Section], selection: Selection, form: str, runs: Sequence[Path]) -> str:
    if form == "csv":
        return as_csv(found, selection)
    if form == "html":
        from hashbench.reports.html import page

        return page(found, selection, runs)
    return RENDERERS[form](tables(found, selection))
