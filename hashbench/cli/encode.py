"""``hashbench encode``: codes of new videos from a method that was fitted before."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(context_settings={"show_default": True})
@click.argument("model", metavar="MODEL")
@click.option(
    "--features",
    type=click.Path(path_type=Path),
    required=True,
    multiple=True,
    help="HDF5 file of frame features; several follow each other.",
)
@click.option("--key", default="feats", help="Name of the array (n, frames, dims) in the file.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The .npz of codes to write."
)
@click.option("--device", default="auto", help="auto, cpu, cuda or cuda:N.")
def encode(model: str, features: tuple[Path, ...], key: str, out: Path, device: str) -> None:
    """Hash the videos in a feature file with a fitted method.

    MODEL is the folder of a saved method, the JSON file of a record, or RUNS:KEY with the start
    of a record's key in the run directory RUNS.

    Example: hashbench encode runs:3fa9 --features new.h5 --out codes.npz
    """
    from rich.console import Console

    from hashbench.cli.watching import working
    from hashbench.data import Videos
    from hashbench.data.hdf5 import H5Source
    from hashbench.errors import UsageError
    from hashbench.runs.devices import check_device
    from hashbench.runs.encoding import encode_videos, open_model
    from hashbench.workspace import Workspace

    if out.suffix != ".npz":
        raise UsageError(f"--out {out}: codes are written as .npz")
    check_device(device)
    method, training = open_model(model)
    videos = Videos(H5Source(list(features), key), name=", ".join(map(str, features)))
    with working(Console(stderr=True), "encode") as progress:
        method.attach(Workspace(device=device, progress=progress))
        codes = encode_videos(method, videos, training)
    codes.save(out)
    click.echo(f"{len(codes)} codes of {codes.n_bits} bits in {out}", err=True)
