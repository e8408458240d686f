"""``hashbench search``: the videos nearest to a query."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import run_option

if TYPE_CHECKING:
    from hashbench.retrieval.search import SearchResult

_SAID = {True: "yes", False: "no", None: "?"}


@click.command(context_settings={"show_default": True})
@argument(
    "model",
    "RUNS:KEY, the JSON file of a record, or the folder of a saved method.",
    metavar="[MODEL]",
    required=False,
)
@click.option(
    "--query",
    required=True,
    metavar="ID|FILE",
    help="Position among the data set's queries, or an HDF5 or .npy file of frame features; "
    "with --database-codes also an .npz of codes, or FILE.npz:ROW.",
)
@click.option("--top", type=int, default=10, metavar="N", help="Videos to find.")
@run_option("dataset", help="Where to look.  [default: the record's data set]")
@click.option(
    "--database-codes",
    metavar="DIR|PATTERN|FILE",
    help="Search these files of codes instead, block by block: a folder that 'encode' made, "
    "'codes/part-*.npz'.",
)
@click.option(
    "--database-labels",
    metavar="DIR|PATTERN|FILE",
    help="Their labels, .npy: one for each file of codes, or one for all.",
)
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Search the files on a Dask cluster.")
@click.option(
    "--key",
    help="Name of the array in an HDF5 file.  [default: feats, or SPLIT/feats of the only split]",
)
@run_option("data_root")
@run_option("device", help="auto, cpu, cuda or cuda:N.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(
    model: str | None,
    query: str,
    top: int,
    dataset: str | None,
    database_codes: str | None,
    database_labels: str | None,
    scheduler: str | None,
    key: str | None,
    data_root: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Show the videos nearest to a query, with distance and label.

    MODEL is RUNS:KEY with the start of a record's key in the run directory RUNS, the JSON file of
    a record, or the folder of a saved method (which needs --dataset or --database-codes). It may be
    left out where codes are searched with codes.

    Example: hashbench search runs:3fa9 --query 17 --top 5
    """

    from hashbench.cli.bars import one_bar
    from hashbench.retrieval.search import search as find

    with one_bar("search") as progress:
        found = find(
            model,
            query,
            top=top,
            dataset=dataset,
            database_codes=database_codes,
            database_labels=database_labels,
            scheduler=scheduler,
            key=key,
            data_root=data_root,
            device=device,
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        _print(one)


def _print(found: SearchResult) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shows = f": {', '.join(found.labels)}" if found.labels else ""
    console.print(Text(f"nearest to {found.query}{shows}", style="bold"))
    known = any(neighbour.relevant is not None for neighbour in found.neighbours)
    in_files = any(neighbour.file is not None for neighbour in found.neighbours)
    labelled = not in_files or any(neighbour.labels for neighbour in found.neighbours)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("rank", "video", "distance"):
        table.add_column(name, justify="right")
    named = any(neighbour.id is not None for neighbour in found.neighbours)
    if named:
        table.add_column("id", overflow="fold")
    if in_files:
        table.add_column("file", overflow="fold")
        table.add_column("row", justify="right")
    if labelled:
        table.add_column("label", overflow="fold")
    if known:
        table.add_column("relevant")
    for one in found.neighbours:
        row = [str(one.rank), str(one.row), str(one.distance)]
        row += [one.id or ""] if named else []
        if one.file is not None:
            row += [one.file, str(one.file_row)]
        row += [", ".join(one.labels) or "none"] if labelled else []
        table.add_row(*map(Text, row + ([_SAID[one.relevant]] if known else [])))
    console.print(table)
