"""``hashbench report``: tables and curves from records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import format_option, run_option
from hashbench.errors import UsageError


@click.command()
@argument(
    "runs",
    "Run directories.",
    nargs=-1,
    required=True,
    metavar="RUNS...",
    type=click.Path(path_type=Path),
)
@format_option("html", "trec", show_default=True, help="What to write.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File to write, or folder of --format trec.  [default: standard output]",
)
@run_option(
    "k", default=None, help="Cut-offs, as 20,40,...,100,all.  [default: all in the records]"
)
@run_option("profile", help="paper, official, strict, image, ...  [default: the data set's own]")
@run_option("ties", default=None, help="Tie policies, as expected,stable.  [default: expected]")
@run_option("dataset", metavar="LIST", help="Only these data sets, by name, separated by commas.")
@run_option("bits", default=None, help="Code lengths, as 16,32.  [default: all in the records]")
@click.option(
    "--methods",
    metavar="LIST",
    help="Only these rows, by label, in this order: 'ssvh,itq[iterations=9]'.",
)
@click.option(
    "--label",
    "labels",
    metavar="ROW=TEXT",
    multiple=True,
    help="What to call a row: later=Ours. May be repeated.",
)
@click.option(
    "--significance/--no-significance",
    default=True,
    show_default=True,
    help="Mark what is not separable from the best of its column.",
)
@click.option(
    "--curves",
    type=click.Path(path_type=Path),
    help="Folder to draw curves into, as PNG, SVG and PDF.",
)
@click.option(
    "--style",
    type=click.Choice(["screen", "paper"]),
    default="screen",
    show_default=True,
    help="Figures with a title, or as wide as a column of a paper and without one.",
)
@run_option("data_root", help="Folder of the data sets' files, for --format trec.")
def report(
    runs: tuple[Path, ...],
    form: str,
    out: Path | None,
    k: str | None,
    profile: str | None,
    ties: str | None,
    dataset: str | None,
    bits: str | None,
    methods: str | None,
    labels: tuple[str, ...],
    significance: bool,
    curves: Path | None,
    style: str,
    data_root: Path | None,
) -> None:
    """Draw tables and curves from the records in the run directories RUNS.

    Nothing is trained or ranked again: hashbench report runs --format latex. With --format trec
    the nearest K items of each query are listed again from the codes.
    """
    from hashbench.reports import Selection, formats
    from hashbench.reports.choosing import chosen
    from hashbench.reports.documents import report as report_of
    from hashbench.reports.results import load
    from hashbench.runs.progressions import numbers

    if curves is not None and curves.exists() and not curves.is_dir():
        raise UsageError(f"--curves {curves}: is a file; a folder is needed")
    lengths = None if bits is None else numbers(bits, "--bits", high=4096)
    rows = None if methods is None else split_labels(methods)
    found = chosen(load(runs, _names(dataset)), rows, lengths, _labels(labels))
    for run in runs:
        _warn_of_losses(run)
    selection = Selection(
        None if k is None else numbers(k, "--k", whole_list=True), _names(profile), _names(ties)
    )
    if form == "trec":
        from hashbench.reports.trec import write_trec

        for path in write_trec(found, selection, runs, _folder(out), data_root=data_root):
            click.echo(f"wrote {path}", err=True)
    elif form == "html":
        from hashbench.reports.html import page

        formats.deliver(page(found, selection, runs), out)
    else:
        formats.write(report_of(found, selection, runs if significance else ()), form, out)
    if curves is not None:
        from hashbench.reports import charts, draw

        drawn = [
            replace(c, paper=style == "paper") for c in charts(found, selection, rankings=True)
        ]
        for path in draw(drawn, curves):
            click.echo(f"wrote {path}", err=True)


def _folder(out: Path | None) -> Path:
    if out is None:
        raise UsageError("--format trec writes a folder: --out is missing")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: is a file; a folder is needed")
    return out


def _warn_of_losses(run: Path) -> None:
    """Say which records have lost files: their numbers can no longer be checked or compared."""
    from hashbench.runs import Store

    store = Store(run)
    poor = [record for record in store.records() if record.ok and store.lacks(record)]
    if poor:
        listed = ", ".join(f"{r.method.label} {r.bits} bits seed {r.seed}" for r in poor[:3])
        more = ", ..." if len(poor) > 3 else ""
        whose = "1 record has" if len(poor) == 1 else f"{len(poor)} records have"
        click.echo(
            f"hashbench: warning: {run}: {whose} lost codes or per-query values ({listed}{more}); "
            "the same 'hashbench run' makes them again",
            err=True,
        )


def split_labels(text: str) -> list[str]:
    """Return the labels of a list; commas within brackets belong to a label.

    Examples
    --------
    >>> split_labels("ssvh[k1=10,lam=0.1], itq")
    ['ssvh[k1=10,lam=0.1]', 'itq']
    """
    return [label.strip() for label in re.split(r",(?![^\[]*\])", text)]


def _labels(given: Sequence[str]) -> dict[str, str]:
    """Split ``later=Ours`` at the first equals sign outside brackets."""
    found = {}
    for text in given:
        match = re.fullmatch(r"\s*([^=\[]+(?:\[[^\]]*\])?)\s*=\s*(\S.*?)\s*", text)
        if match is None:
            raise UsageError(f"--label {text}: ROW=TEXT is needed, such as later=Ours")
        found[match[1].strip()] = match[2]
    return found


def _names(text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated option into names, which are lower case."""
    if text is None:
        return None
    return tuple(dict.fromkeys(name.strip().casefold() for name in text.split(",")))
