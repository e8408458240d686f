"""``hashbench data extract``: a folder or list of videos into a feature file."""

from __future__ import annotations

from pathlib import Path

import click

from hashbench.cli.bars import one_bar
from hashbench.data.cardkeys import folder
from hashbench.data.extraction import Job, extract, list_clips
from hashbench.data.extraction.extractor import make_extractor
from hashbench.devices import resolved_device
from hashbench.errors import UsageError


def extracted(
    videos: Path,
    out: Path,
    model: str,
    *,
    frames: int,
    name: str | None,
    weights: Path | None,
    device: str,
    workers: int,
    test_share: float,
) -> None:
    """Extract ``videos`` to ``out``; print the card's path, and what was skipped to stderr."""
    if out.suffix not in (".h5", ".hdf5"):
        raise UsageError(f"--out {out}: a feature file ends in .h5")
    name = name or out.stem
    try:
        folder(name)  # which the card names after the set
    except ValueError as error:
        raise UsageError(f"--name {name}: {error}") from None
    clips = list_clips(videos, test_share)
    extractor = make_extractor(model, weights, resolved_device(device))
    job = Job(clips, out, frames, name, model, workers)
    with one_bar(f"extract {job.name}") as bar:
        report = extract(job, extractor, bar)
    for reason in report.failed.values():
        click.echo(f"skipped {reason}", err=True)
    if report.resumed:
        click.echo(f"{report.resumed} videos were done already", err=True)
    if report.repeated:
        click.echo(
            f"{len(report.repeated)} videos have fewer than {frames} frames and show some again",
            err=True,
        )
    done = len(clips) - len(report.failed)
    click.echo(f"{done} videos of {len(clips)} extracted; next:", err=True)
    click.echo(f"  hashbench run itq --dataset {report.card}", err=True)
    click.echo(report.card)
