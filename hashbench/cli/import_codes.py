"""``hashbench import``: codes by their authors become records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import format_or_json, run_option
from hashbench.runs.progressions import DEFAULT_K, numbers
from hashbench.specs import CHOSEN_ON


@click.command(name="import")
@argument(
    "description",
    "TOML file with any of the options below, named as they are.",
    metavar="[DESCRIPTION]",
    required=False,
    type=click.Path(path_type=Path),
)
@click.option("--method", metavar="NAME", help="What the method is called.")
@run_option("dataset", default=None, help="The data set that was encoded, by name or card.")
@click.option("--database-codes", metavar="FILE|PATTERN", help="Such as 'codes/{bits}/{seed}.npy'.")
@click.option(
    "--query-codes", metavar="FILE|PATTERN", help="Where the queries are a set of their own."
)
@click.option(
    "--database-labels",
    metavar="FILE",
    help="Held against those of the data set; in place of them where its features are not here.",
)
@click.option("--query-labels", metavar="FILE", help="The same of the queries.")
@click.option("--bits", metavar="LIST", help="Code lengths.  [default: all that are there]")
@click.option("--seed", "seeds", metavar="LIST", help="Seeds.  [default: all that are there, or 0]")
@click.option("--key", metavar="NAME", help="Name of the codes in a file.  [default: codes]")
@click.option("--query-key", metavar="NAME", help="Name of the query codes.  [default: --key]")
@click.option("--labels-key", metavar="NAME", help="Name of the labels.  [default: labels]")
@click.option(
    "--query-labels-key", metavar="NAME", help="Name of the query labels.  [default: --labels-key]"
)
@click.option(
    "--packed", type=click.Choice(["lsb", "msb"]), help="Codes are bytes; their first bit."
)
@click.option("--zeros", type=click.Choice(["plus", "minus"]), help="What a 0 among -1 and +1 is.")
@click.option("--paper", help="Where the method was published.")
@click.option("--program", help="What made the codes, such as the address of a repository.")
@click.option("--version", help="Version or commit of the program.")
@click.option("--licence", help="On what terms the codes may be used.")
@click.option("--venue", help="Where the paper appeared, such as CVPR.")
@click.option("--year", type=int, help="When it appeared.")
@click.option("--trained-on", metavar="SPLIT", help="The split that was trained on, such as train.")
@click.option("--n-parameters", type=int, metavar="N", help="Parameters of the encoder.")
@click.option(
    "--chosen-on",
    type=click.Choice(CHOSEN_ON),
    help="What the checkpoint was chosen on.  [default: unknown]",
)
@click.option("--supervised", is_flag=True, default=None, help="Labels were trained on.")
@run_option("k", argument="cuts", default=DEFAULT_K, show_default=True, help="Cut-offs K.")
@run_option("ties", show_default=True, help="Tie policies.")
@run_option("out", show_default=True)
@run_option("data_root")
@click.option("--force", is_flag=True, help="Take the place of other codes of the same cells.")
@format_or_json
def import_codes(
    description: Path | None,
    cuts: str,
    ties: str,
    out: Path,
    data_root: Path | None,
    force: bool,
    form: str,
    **given: Any,
) -> None:
    """Keep codes by their authors as records of a run directory.

    The codes are ranked here, so that every number is ours. Speeds stay empty, and tables and
    boards mark the rows. docs/codes.md shows a description.

    Example: hashbench import --method conmh --dataset fcvid --database-codes 'codes/{bits}.npy'
    """
    from hashbench.cli.bars import one_bar
    from hashbench.places import Places
    from hashbench.reports import Selection, formats
    from hashbench.reports.documents import report
    from hashbench.reports.results import read, sections
    from hashbench.runs.authored import Authored
    from hashbench.runs.importing import import_codes as imported

    authored = Authored.read(description, given)
    with one_bar("import") as bar:
        records = imported(
            authored,
            out,
            k=numbers(cuts, "--k", whole_list=True),
            ties=[part.strip() for part in ties.split(",")],
            places=Places(data_root),
            force=force,
            argv=sys.argv,
            say=lambda line: click.echo(f"hashbench: {line}", err=True),
            progress=bar,
        )
    click.echo(f"{len(records)} records of {BY} in {out}", err=True)
    formats.write(report(sections(read(records)), Selection(), ()), form)


BY = "codes by their authors"
