"""Work behind ``hashbench encode --videos``: video files to codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashbench.cli.bars import one_bar
from hashbench.runs.encoding import open_model
from hashbench.runs.video_files import extractor_of, hash_videos, training_card
from hashbench.workspace import Workspace

if TYPE_CHECKING:
    from hashbench.data.extraction.extractor import Extractor


def encode_files(
    model: str, videos: Path, out: Path, extractor: str | None, weights: Path | None, device: str
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
    UsageError
        If it is not known which network that is.
    DataError
        If no video decodes, or the network is another one.
    """
    method, training = open_model(model)

    def network() -> Extractor:
        return extractor_of(model, training_card(model), extractor, weights, device)

    with one_bar("encode") as progress:
        method.attach(Workspace(device=device))
        made = hash_videos(videos, method, training, network, progress)
    say_skipped(made.failed)
    made.codes.save(out, made.paths)
    click.echo(f"{len(made.codes)} codes of {made.codes.n_bits} bits in {out}", err=True)


def say_skipped(failed: tuple[str, ...]) -> None:
    """Name the videos that were left out on standard error."""
    for reason in failed:
        click.echo(f"skipped {reason}", err=True)
