"""Formats that sheets are written in, one file each.

A new format is a function from :class:`~hashbench.reports.sheet.Document` to text, in a file here,
and one line in :data:`FORMATS`; every command that has ``--format`` then offers it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashbench.reports.sheet import Document

FORMATS = {
    "table": "terminal:terminal",
    "markdown": "markdown:markdown",
    "latex": "latex:latex",
    "csv": "csv_json:as_csv",
    "json": "csv_json:as_json",
}
"""Format -> module and function here, imported when asked for."""


def render(document: Document, form: str) -> str:
    """Return a document in one of :data:`FORMATS`."""
    module, _, function = FORMATS[form].partition(":")
    text: str = getattr(import_module(f"{__name__}.{module}"), function)(document)
    return text


def write(document: Document, form: str, out: Path | None = None) -> None:
    """Write a document to a file, or to standard output.

    Parameters
    ----------
    document : Document
    form : str
        One of :data:`FORMATS`. On standard output ``table`` uses the terminal's width and bold.
    out : Path, optional
        The file.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    if form == "table" and out is None:
        from rich.console import Console

        from hashbench.reports.formats.terminal import show

        show(document.on_screen, Console())
    else:
        deliver(render(document, form), out)


def deliver(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file and say so on standard error."""
    import click

    from hashbench.files.atomic import write_text

    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"wrote {out}", err=True)
