"""``hashbench encode``: codes of new videos from a method that was fitted before."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.arguments import argument


@click.command(context_settings={"show_default": True})
@argument(
    "model",
    "RUNS:KEY, the JSON file of a record, or the folder of a saved method.",
    metavar="MODEL",
)
@click.option(
    "--features",
    type=click.Path(path_type=Path),
    multiple=True,
    help="HDF5 file of frame features, may be repeated. A pattern gives one file of codes each.",
)
@click.option(
    "--videos",
    type=click.Path(path_type=Path),
    help="Video files instead: a folder, a CSV with the column path, or one video.",
)
@click.option(
    "--extractor", help="With --videos: see 'data models'.  [default: as trained on, by its card]"
)
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of the extractor.")
@click.option(
    "--key",
    help="Name of the array (n, frames, dims).  [default: feats, or SPLIT/feats of the only split]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The .npz to write. With a pattern, a folder.",
)
@click.option("--device", default="auto", help="auto, cpu, cuda or cuda:N.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Hash a pattern's files on a cluster.")
def encode(
    model: str,
    features: tuple[Path, ...],
    videos: Path | None,
    extractor: str | None,
    weights: Path | None,
    key: str | None,
    out: Path,
    device: str,
    scheduler: str | None,
) -> None:
    """Hash the videos in a feature file, or video files, with a fitted method.

    MODEL is the folder of a saved method, the JSON file of a record, or RUNS:KEY with the start
    of a record's key in the run directory RUNS.

    A pattern, --features 'part-*.h5', makes one file of codes for each file, in the folder --out.
    The same command again does what is left.

    Codes are kept with the names of their videos, where these are known.

    Example: hashbench encode runs:3fa9 --features new.h5 --out codes.npz
    """

    from hashbench.cli.bars import one_bar
    from hashbench.data import Videos
    from hashbench.data.hdf5 import H5Source, features_key
    from hashbench.devices import check_device
    from hashbench.errors import UsageError
    from hashbench.files.patterns import is_pattern
    from hashbench.runs.encoding import encode_videos, open_model
    from hashbench.workspace import Workspace

    check_device(device)
    if bool(features) == (videos is not None):
        raise UsageError("--features or --videos is needed, one of the two")
    if len(features) == 1 and is_pattern(features[0]):
        _encode_parts(model, features[0], key, out, device, scheduler)
        return
    if scheduler is not None:
        raise UsageError("--scheduler belongs to a pattern of feature files: 'part-*.h5'")
    if out.suffix != ".npz":
        raise UsageError(f"--out {out}: codes are written as .npz")
    if videos is not None:
        from hashbench.cli.new_videos import encode_files

        encode_files(model, videos, out, extractor, weights, device)
        return
    method, training = open_model(model)
    source = H5Source(list(features), features_key(features[0], key))
    given = Videos(source, name=", ".join(map(str, features)))
    with one_bar("encode") as progress:
        method.attach(Workspace(device=device, progress=progress))
        codes = encode_videos(method, given, training)
    codes.save(out, given.ids())
    click.echo(f"{len(codes)} codes of {codes.n_bits} bits in {out}", err=True)


def _encode_parts(
    model: str, pattern: Path, key: str | None, out: Path, device: str, scheduler: str | None
) -> None:
    from contextlib import ExitStack
    from functools import partial

    from hashbench.cli.bars import one_bar
    from hashbench.data.hdf5 import features_key
    from hashbench.files.patterns import matching
    from hashbench.runs.encoding import Mapper, encode_parts

    with ExitStack() as stack:
        progress = stack.enter_context(one_bar("files"))
        mapper: Mapper = map
        if scheduler is not None:
            from hashbench.runs.executors.cluster import connected, results

            mapper = partial(results, stack.enter_context(connected(scheduler)))
        files = matching(pattern)
        hashed, kept = encode_parts(
            model,
            files,
            out,
            key=features_key(files[0], key),
            device=device,
            mapper=mapper,
            progress=lambda done, total: progress.update("files", done, total),
        )
    click.echo(f"{hashed} files hashed into {out}; {kept} were there already", err=True)
