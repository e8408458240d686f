"""Work behind ``hashbench encode --videos``: video files to codes."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.bars import one_bar
from hashbench.codes import BinaryCodes
from hashbench.data import Videos
from hashbench.data.extraction import list_videos
from hashbench.data.extraction.extractor import make_extractor
from hashbench.data.extraction.loose import blocks
from hashbench.devices import resolved_device
from hashbench.errors import DataError
from hashbench.runs.encoding import encode_videos, open_model
from hashbench.workspace import Workspace

_FRAMES = 24


def encode_files(
    model: str, videos: Path, out: Path, extractor: str, weights: Path | None, device: str
) -> None:
    """Hash video files; say what was left out and where the codes are.

    Parameters
    ----------
    model : str
        As :func:`hashbench.runs.encoding.open_model` takes it.
    videos : Path
        As :func:`hashbench.data.extraction.list_videos` takes it.
    out : Path
        The ``.npz`` to write.
    extractor, weights
        The network that the features trained on came from, and its weights.
    device : str
        Where network and method compute.

    Raises
    ------
    DataError
        If no video decodes, or the network's features are of another width than those trained on.
    """
    paths = list_videos(videos)
    method, training = open_model(model)
    network = make_extractor(extractor, weights, resolved_device(device))
    if training.get("dims") not in (None, network.dims):
        raise DataError(
            f"--extractor {extractor}: gives {network.dims} dimensions; the method was trained on "
            f"{training['dims']}"
        )
    codes: list[BinaryCodes] = []
    ids: list[str] = []
    failed: dict[str, str] = {}
    with one_bar("encode") as progress:
        method.attach(Workspace(device=device))
        for block in blocks(paths, network, training.get("frames") or _FRAMES):
            failed |= block.failed
            if block.paths:
                seen = Videos(block.features, name=str(videos))
                codes.append(encode_videos(method, seen, training))
                ids += [str(path) for path in block.paths]
            progress.update("videos", len(ids) + len(failed), len(paths))
    for reason in failed.values():
        click.echo(f"skipped {reason}", err=True)
    if not codes:
        raise DataError(f"{videos}: no video decodes")
    made = BinaryCodes.concatenate(codes)
    made.save(out, ids)
    click.echo(f"{len(made)} codes of {made.n_bits} bits in {out}", err=True)
