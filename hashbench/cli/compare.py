"""``hashbench compare``: whether methods differ, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import (
    bits_option,
    dataset_option,
    k_option,
    profile_option,
    ties_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashbench.reports.comparing import Terms, Verdict


@click.command()
@argument(
    "what",
    "Methods by their labels, or two run directories.  [default: all methods in --runs]",
    nargs=-1,
    metavar="[A B]...",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    multiple=True,
    default=[Path("runs")],
    show_default=True,
    help="Run directory with the records. May be repeated.",
)
@dataset_option(metavar="NAME", help="Where the records are of several data sets.")
@bits_option(help="Code lengths, as 8,16,...,256.  [default: all that both have]")
@k_option(type=click.IntRange(min=1), metavar="K", default=20, show_default=True, help="Cut-off.")
@profile_option(one=True, help="paper, official or strict.  [default: the data set's own]")
@ties_option(one=True, show_default=True, help="Tie policy.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json"), case_sensitive=False),
    default="table",
    show_default=True,
    help="Form of what is printed.",
)
def compare(
    what: tuple[str, ...],
    runs: tuple[Path, ...],
    dataset: str | None,
    bits: str | None,
    k: int,
    profile: str | None,
    ties: str,
    form: str,
) -> None:
    """Compare methods A and B, or run directories A and B method by method.

    The same queries are paired. Intervals and p-values generalise over seeds and queries. p-values
    are corrected over all pairs of a length. Without A and B all methods are compared.

    Example: hashbench compare itq lsh --runs runs --bits 64
    """
    from hashbench.reports.comparing import Terms, as_json, verdicts
    from hashbench.runs.progressions import numbers

    lengths = None if bits is None else numbers(bits, "--bits", high=4096)
    terms = Terms(k, profile, ties, lengths, dataset)
    found = verdicts(what, runs, terms)
    if form.casefold() == "json":
        click.echo(as_json(found), nl=False)
    else:
        _show(found, terms)


def _show(found: Sequence[Verdict], terms: Terms) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("bits", justify="right")
    table.add_column("first", overflow="fold")
    table.add_column("second", overflow="fold")
    for heading in ("difference", "95 % interval", "p (Holm)"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for verdict in found:
        pair = verdict.comparison
        table.add_row(
            str(verdict.bits),
            pair.a,
            pair.b,
            f"{100 * pair.difference:+.2f}",
            f"[{100 * pair.low:+.2f}, {100 * pair.high:+.2f}]",
            f"{pair.p_holm:.4f}" if pair.p_holm >= 0.0001 else "<0.0001",
            verdict.words,
        )
    console = Console(markup=False)  # a label such as itq[iterations=5] is no markup
    under = f"profile {found[0].profile}"
    console.print(f"mAP@{terms.k}, {under}, ties {terms.ties}; first minus second, in points")
    console.print()
    console.print(table)
    scopes = sorted({verdict.scope for verdict in found})
    console.print(f"intervals over {' / '.join(scopes)}", highlight=False)
    if not all(verdict.comparison.separable for verdict in found):
        console.print(
            "not separable: with so many seeds and queries a true difference of the size given "
            "would be found four times in five",
            highlight=False,
        )
