"""``hashbench data extract``: a folder or list of videos into a feature file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hashbench.cli.bars import one_bar
from hashbench.data import cardkeys
from hashbench.data.extraction import Job, are_images, extract, list_clips
from hashbench.data.extraction.extractor import make_extractor
from hashbench.devices import resolved_device
from hashbench.errors import UsageError
from hashbench.workspace import Progress

SHORT_S = 2.0
"""What takes less needs no forecast."""


class Forecast:
    """A progress sink that says once, on standard error, how long the work will take.

    Parameters
    ----------
    sink : Progress
        Told of everything else.
    """

    def __init__(self, sink: Progress) -> None:
        self._sink = sink

    def update(
        self, task: str, completed: float, total: float | None = None, **fields: float | str
    ) -> None:
        """Pass a report on; say the time that is left where it has been measured."""
        left = fields.pop("seconds_left", None)
        if isinstance(left, float) and left >= SHORT_S and total:
            click.echo(
                f"about {_duration(left)} for the other {total - completed:,.0f}, by the first "
                f"{completed:,.0f}",
                err=True,
            )
        self._sink.update(task, completed, total, **fields)


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _frames(wanted: int | None, images: bool) -> int:
    if images and wanted not in (None, 1):
        raise UsageError(f"--frames {wanted}: an image has one frame; leave --frames out")
    return wanted or (1 if images else FRAMES)


FRAMES = 24
"""Frames a video, unless others are asked for."""


def extracted_for(
    name: str,
    images: Path,
    out: Path,
    model: str,
    *,
    weights: Path | None,
    device: str,
    workers: int,
) -> None:
    """Extract the arrays that the card ``name`` names; print their paths, and what to do next."""
    from hashbench.data.extraction.for_card import extract_parts, parts_of
    from hashbench.data.loading import find_card

    card, _, _ = find_card(name)
    parts = parts_of(card, images)
    extractor = make_extractor(model, weights, resolved_device(device))
    with one_bar(f"extract {card.name}") as bar:
        written = extract_parts(
            card, parts, out, extractor, model, workers=workers, progress=Forecast(bar)
        )
    root = shlex.quote(str(out))
    click.echo("next:", err=True)
    click.echo(
        f"  hashbench run itq lsh --dataset {shlex.quote(name)} --data-root {root}", err=True
    )
    for path in written:
        click.echo(path)


def extracted(
    videos: Path,
    out: Path,
    model: str,
    *,
    frames: int | None,
    name: str | None,
    weights: Path | None,
    device: str,
    workers: int,
    test_share: float,
) -> None:
    """Extract ``videos`` to ``out``; print the card's path, and what was skipped to stderr."""
    if out.suffix not in (".h5", ".hdf5"):
        raise UsageError(f"--out {out}: a feature file ends in .h5")
    option, name = ("--out", out.stem) if name is None else ("--name", name)
    try:
        cardkeys.folder(cardkeys.name(name))  # the card names both after the set
    except ValueError as error:
        raise UsageError(f"{option}: the name of the set {error}") from None
    clips = list_clips(videos, test_share)
    frames = _frames(frames, are_images(videos, clips))
    extractor = make_extractor(model, weights, resolved_device(device))
    job = Job(clips, out, frames, name, model, workers)
    with one_bar(f"extract {job.name}") as bar:
        report = extract(job, extractor, Forecast(bar))
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
    click.echo(f"  hashbench run itq --dataset {shlex.quote(str(report.card))}", err=True)
    click.echo(report.card)
