"""``hashbench compare``: whether methods differ, and by how much."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import format_option, run_option
from hashbench.errors import UsageError


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
@run_option("dataset", metavar="NAME", help="Where the records are of several data sets.")
@run_option(
    "bits", default=None, help="Code lengths, as 8,16,...,256.  [default: all that both have]"
)
@run_option(
    "k", argument="cut", metavar="K", default="20", show_default=True, help="Cut-off, or all."
)
@run_option(
    "profile", kind="one", help="paper, official, strict or image.  [default: the data set's own]"
)
@run_option("ties", kind="one", show_default=True, help="Tie policy.")
@format_option(show_default=True)
@click.option(
    "--matrix", "as_matrix", is_flag=True, help="One matrix a code length, row minus column."
)
def compare(
    what: tuple[str, ...],
    runs: tuple[Path, ...],
    dataset: str | None,
    bits: str | None,
    cut: str,
    profile: str | None,
    ties: str,
    form: str,
    as_matrix: bool,
) -> None:
    """Compare methods A and B, or run directories A and B method by method.

    The same queries are paired. Intervals and p-values generalise over seeds and queries. p-values
    are corrected over all pairs of a length. Without A and B all methods are compared.

    Example: hashbench compare itq lsh --runs runs --bits 64
    """
    from hashbench.reports.compared import compared, matrix
    from hashbench.reports.comparing import Terms, verdicts
    from hashbench.reports.formats import write
    from hashbench.runs.progressions import numbers

    lengths = None if bits is None else numbers(bits, "--bits", high=4096)
    cuts = numbers(cut, "--k", whole_list=True)
    if len(cuts) > 1:
        raise UsageError(f"--k {cut}: methods are compared at one K")
    terms = Terms(cuts[0], profile, ties, lengths, dataset)
    write((matrix if as_matrix else compared)(verdicts(what, runs, terms), terms), form)
