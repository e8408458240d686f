"""``hashbench search``: the videos nearest to a query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.arguments import argument
from hashbench.cli.code_options import database_form_options
from hashbench.cli.options import format_or_json, run_option
from hashbench.reports.listed import listed
from hashbench.reports.sheet import Column, Document, Sheet

if TYPE_CHECKING:
    from pandas import DataFrame

    from hashbench.codefiles import CodeForm
    from hashbench.retrieval.nearest import Neighbour
    from hashbench.retrieval.search import SearchResult

_SAID = {True: "yes", False: "no", None: "?"}
_NUMBERS = {"video", "distance", "asymmetric", "cosine", "row"}


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
    help="Position among the data set's queries; a video file, a folder or a CSV of them; or an "
    "HDF5 or .npy file of frame features; with --database-codes also an .npz of codes, or "
    "FILE.npz:ROW, and without MODEL any file of codes.",
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
    help="Their labels: one file for each file of codes, or one for all.",
)
@database_form_options
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Search the files on a Dask cluster.")
@click.option(
    "--rescore",
    type=int,
    metavar="N",
    help="Rank the first N by the cosine of their features with the query's.",
)
@click.option(
    "--asymmetric",
    is_flag=True,
    help="Rank by asymmetric distance: the values behind the query's code, against codes.",
)
@click.option(
    "--key",
    help="Name of the array in an HDF5 file.  [default: feats, or SPLIT/feats of the only split]",
)
@click.option(
    "--extractor",
    help="What sees videos: see 'data models'.  [default: as trained on, by its card]",
    show_default=False,
)
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of the extractor.")
@run_option("data_root")
@run_option("device", help="auto, cpu, cuda or cuda:N.")
@format_or_json
def search(
    model: str | None,
    query: str,
    top: int,
    dataset: str | None,
    database_codes: str | None,
    database_labels: str | None,
    code_form: CodeForm,
    scheduler: str | None,
    rescore: int | None,
    asymmetric: bool,
    key: str | None,
    extractor: str | None,
    weights: Path | None,
    data_root: Path | None,
    device: str,
    form: str,
) -> None:
    """Show the videos nearest to a query, with distance and label.

    MODEL is RUNS:KEY with the start of a record's key in the run directory RUNS, the JSON file of
    a record, or the folder of a saved method (which needs --dataset or --database-codes). It may be
    left out where codes are searched with codes.

    Example: hashbench search runs:3fa9 --query 17 --top 5
    """

    from hashbench.cli.bars import one_bar
    from hashbench.reports.formats import write
    from hashbench.retrieval.search import search as find

    skipped: list[str] = []
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
            extractor=extractor,
            weights=weights,
            progress=progress,
            on_skip=skipped.append,
            rescore=rescore,
            asymmetric=asymmetric,
            code_form=code_form,
        )
    for line in skipped:
        click.echo(f"skipped {line}", err=True)
    write(_documented(found), form)


def _documented(found: Sequence[SearchResult]) -> Document:
    """Return one table a query; JSON and CSV have every field of every neighbour."""

    def frame() -> DataFrame:
        from pandas import DataFrame

        rows = [
            {"query": one.query, **near.to_json(), "labels": ", ".join(near.labels)}
            for one in found
            for near in one.neighbours
        ]
        return DataFrame(rows)

    return Document(tuple(map(_sheet, found)), [one.to_json() for one in found], frame)


def _sheet(found: SearchResult) -> Sheet:
    shows = f": {', '.join(found.labels)}" if found.labels else ""
    rows = _rows(found.neighbours)
    heads = list(rows[0]) if rows else ["rank", "video", "distance"]
    texts = {"video"} if any(one.id is not None for one in found.neighbours) else set()
    columns = [Column(h, "measured" if h in _NUMBERS - texts else "text") for h in heads]
    return listed(f"nearest to {found.query}{shows}", columns, rows, right=True).sheets[0]


def _rows(found: Sequence[Neighbour]) -> list[dict[str, str]]:
    """Return what is shown of each, by head; a head is left out where it is known of none.

    A video is called what its file is called, and by its row only where that is not known.
    """
    named = any(one.id is not None for one in found)
    in_files = any(one.file is not None for one in found)
    labelled = not in_files or any(one.labels for one in found)
    judged = any(one.relevant is not None for one in found)
    rows = []
    for one in found:
        called = one.id if one.id is not None else str(one.row)
        row = {"rank": str(one.rank), "video": called, "distance": str(one.distance)}
        if one.asymmetric is not None:
            row["asymmetric"] = f"{one.asymmetric:.4f}"
        if one.cosine is not None:
            row["cosine"] = f"{one.cosine:.4f}"
        if in_files:
            row["file"] = one.file or ""
        if in_files and not named:
            row["row"] = str(one.file_row)
        if labelled:
            row["label"] = ", ".join(one.labels) or "none"
        if judged:
            row["relevant"] = _SAID[one.relevant]
        rows.append(row)
    return rows
