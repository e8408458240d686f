"""``hashbench export``: codes and encoders in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.code_options import code_form_options
from hashbench.cli.options import run_option

if TYPE_CHECKING:
    from hashbench.codefiles import CodeForm
    from hashbench.export.opening import SourceOptions
    from hashbench.export.targets import ExportOptions

FILE = click.Path(path_type=Path)


@click.command(context_settings={"show_default": True})
@argument(
    "source",
    "A file, folder or pattern of codes; RUNS:KEY or the JSON file of a record; a run directory. "
    "With --to onnx, RUNS:KEY, a record or the folder of a saved method.",
    metavar="SOURCE",
)
@click.option(
    "--to",
    "target",
    required=True,
    metavar="FORMAT",
    shell_complete=complete.targets,
    help="What to write: see above.",
)
@click.option("--out", type=FILE, required=True, help="The file; of a run directory, a folder.")
@click.option("--labels", type=FILE, help="Labels of files of codes: one for each, or one for all.")
@click.option("--query-codes", type=FILE, help="Codes of the queries that ann-benchmarks needs.")
@code_form_options
@click.option(
    "--index",
    metavar="KIND",
    show_default=False,
    help="faiss: flat, ivf or hnsw. pgvector: hnsw, ivfflat or none. milvus: BIN_FLAT or "
    "BIN_IVF_FLAT.  [default: the first]",
)
@click.option("--table", default="videos", metavar="NAME", help="Name of table or collection.")
@click.option("--top", type=int, default=100, metavar="N", help="ann-benchmarks: true neighbours.")
@run_option("dataset", help="Data set of a record, where it has moved; for onnx, what to check on.")
@click.option("--codes-only", is_flag=True, help="Leave a record's data set closed: no labels.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@run_option("data_root")
def export(
    source: str,
    target: str,
    out: Path,
    labels: Path | None,
    query_codes: Path | None,
    code_form: CodeForm,
    index: str | None,
    table: str,
    top: int,
    dataset: str | None,
    codes_only: bool,
    force: bool,
    data_root: Path | None,
) -> None:
    """Write codes, with ids and labels, or an encoder, in the format of another program.

    FORMAT is faiss, usearch, sqlite-vec, lancedb, pgvector, parquet, npy, u8bin, ibin,
    ann-benchmarks, milvus, elasticsearch, opensearch or vespa. Codes are packed least significant
    bit first, and padded with zeros where the format has whole bytes only.

    Of a run directory each record is written, into the folder --out.

    FORMAT onnx writes the encoder of a fitted method, and checks its codes on 1,000 videos.

    Example: hashbench export runs:3fa9 --to faiss --out codes.faiss
    """
    from hashbench.cli.bars import one_bar
    from hashbench.errors import UsageError
    from hashbench.export.opening import SourceOptions
    from hashbench.export.targets import ExportOptions
    from hashbench.places import Places

    if top < 1:
        raise UsageError(f"--top {top}: at least 1 is needed")
    places = Places(data_root, device="cpu")
    if target == "onnx":
        from hashbench.export.encoders.exporting import export_encoder

        with one_bar("check") as progress:
            made = export_encoder(
                source, out, dataset=dataset, places=places, force=force, progress=progress
            )
        click.echo(made, err=True)
        return
    with one_bar("export") as progress:
        known = SourceOptions(labels, query_codes, dataset, codes_only, places, progress, code_form)
        said = _written(source, target, out, known, ExportOptions(index or "", top, table), force)
    for line in said:
        click.echo(line, err=True)


def _written(
    source: str,
    target: str,
    out: Path,
    known: SourceOptions,
    options: ExportOptions,
    force: bool,
) -> list[Any]:
    from hashbench.export.exporting import export_codes
    from hashbench.export.opening import of_record, open_collection, records_of

    run = records_of(source)
    if run is None:
        return [export_codes(open_collection(source, known), target, out, options, force=force)]
    store, records = run
    said = []
    for record in records:
        name = f"{store.record_path(record).stem}.{target}"
        collection = of_record(store, record, known)
        said.append(export_codes(collection, target, out / name, options, force=force))
    return said
