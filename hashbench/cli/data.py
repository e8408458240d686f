"""``hashbench data``: look into, check and make data sets."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli import complete
from hashbench.cli.arguments import argument
from hashbench.cli.options import format_option, format_or_json, run_option
from hashbench.data.cards import Card, Split
from hashbench.errors import UsageError, VerificationError

if TYPE_CHECKING:
    from hashbench.reports.sheet import Sheet

root_option = click.option(
    "--data-root",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HASHBENCH_DATA",
    help="Folder of the feature files, directly or in a folder of the set's name.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def data() -> None:
    """Inspect, check and make data sets."""


@data.command()
@argument("name", "A data set, or the path of a card.", shell_complete=complete.datasets)
@json_option
def info(name: str, as_json: bool) -> None:
    """Show the card, the splits and the licence of NAME, a data set or the path of a card."""
    from hashbench.data.cardwriter import card_values
    from hashbench.data.loading import find_card

    card, _, _ = find_card(name)
    if as_json:
        click.echo(json.dumps(card_values(card), indent=2, sort_keys=True))
    else:
        _show(card, name)


@data.command()
@argument("name", "A data set, or the path of a card.", shell_complete=complete.datasets)
@root_option
@json_option
def verify(name: str, data_root: Path | None, as_json: bool) -> None:
    """Check every value of NAME, a data set or the path of a card. Exit 4 if anything is wrong.

    Files, keys, shapes, types and counts are checked against the card, and so is the digest, if
    the card has one. Listed are values that are NaN or infinite, videos that are zero throughout,
    videos that occur twice, within a split or across train, query and database, and classes with
    fewer than two members. The memory does not grow with the set.
    """
    from hashbench.cli.audits import audited, show_audit

    with_findings = audited(name, data_root)
    show_audit(with_findings, as_json)
    if not with_findings.ok:
        raise VerificationError(
            f"{with_findings.card.name}: {len(with_findings.findings)} findings"
        )


@data.command()
@argument("name", "A data set, or the path of a card.", shell_complete=complete.datasets)
@run_option("k", default="5,10,20", show_default=True, help="How many nearest videos to look at.")
@click.option(
    "--codes",
    multiple=True,
    metavar="MODEL|FILE",
    help="Also by the distance of codes: RUNS:KEY, the JSON file of a record, the folder of a "
    "saved method, or .npz or .npy codes of the training videos in order. May be repeated.",
)
@click.option(
    "--segments",
    type=click.IntRange(1),
    metavar="N",
    help="Average the frames in order within N spans of time.  [default: all frames, fewer where "
    "they make over 16,384 values]",
)
@run_option("device", show_default=True, help="auto, cpu, cuda or cuda:N.")
@root_option
@format_option(show_default=True)
def neighbours(
    name: str,
    k: str,
    codes: tuple[str, ...],
    segments: int | None,
    device: str,
    data_root: Path | None,
    form: str,
) -> None:
    """Tell how many of the nearest training videos of NAME have the class of their video.

    Nearest are videos by the cosine of their mean frames, by that of their frames in order, and by
    codes. Beside the shares stands what random neighbours would reach. Where mean frames come
    close to chance, a method that learns from such neighbours learns from wrong ones. Labels are
    read for this table and never for training.

    Example: hashbench data neighbours digit-stories --k 10,20
    """
    from hashbench.cli.neighbours import show_neighbours
    from hashbench.places import Places

    show_neighbours(name, Places(data_root, device=device), k, codes, segments, form)


@data.command()
@argument(
    "name",
    "A data set, the path of a card, or with --groups an HDF5 file.",
    shell_complete=complete.datasets,
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="New folder."
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16"]),
    default="float32",
    show_default=True,
    help="Type of the features written.",
)
@click.option(
    "--groups",
    multiple=True,
    metavar="[SPLIT=]LIST",
    help="NAME is an HDF5 file with a group for each video, and LIST the text file of a split: "
    "'ID,CLASS' or 'ID,FRAMES,CLASS,...' a line. May be repeated.",
)
@click.option(
    "--database",
    metavar="SPLIT",
    help="With --groups: the split that is ranked.  [default: database, if listed]",
)
@click.option("--key", help="With --groups: name of the array in each group, if it has several.")
@click.option(
    "--frames",
    type=click.IntRange(1),
    help="With --groups: take so many frames of each video, evenly spread.  [default: all]",
)
@click.option("--name", "title", help="With --groups: name of the set.  [default: that of --out]")
@root_option
def convert(
    name: str,
    out: Path,
    dtype: str,
    groups: tuple[str, ...],
    data_root: Path | None,
    **options: Any,
) -> None:
    """Write NAME anew, one file per split laid out for streaming, with a card.

    With --groups, NAME is an HDF5 file that has a group for each video, and the lists say which
    videos make up a split and of what class they are.

    Example: hashbench data convert a.h5 --groups train.txt --groups query.txt --groups database.txt
    --out new
    """
    from hashbench.cli.conversion import converted, converted_groups

    if groups:
        title = options.pop("title")
        return converted_groups(Path(name), groups, out, dtype, name=title, **options)
    wrong = [option for option, given in options.items() if given is not None]
    if wrong:
        option = {"title": "name"}.get(wrong[0], wrong[0])
        raise UsageError(f"--{option} goes with --groups; leave it out")
    return converted(name, out, dtype, data_root)


@data.command()
@argument(
    "videos", "A folder of videos or images, or a CSV of paths.", type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The .h5 file to write; a folder with --for.",
)
@click.option(
    "--model",
    default="vgg16-fc7",
    show_default=True,
    help="See 'data models'. Also torchvision:NAME and timm:NAME, where these are installed.",
)
@click.option(
    "--frames", type=click.IntRange(1), help="Frames per video.  [default: 24, of images 1]"
)
@click.option(
    "--for",
    "card",
    metavar="NAME|CARD",
    shell_complete=complete.datasets,
    help="Write the files that the card of an image set names, in its order.",
)
@click.option("--name", help="Name of the set.  [default: that of --out]")
@click.option("--weights", type=click.Path(path_type=Path, dir_okay=False), help="Weights file.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1 or auto.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Decoding threads."
)
@click.option(
    "--test-share",
    type=float,
    default=1 / 3,
    help="Share of each class that becomes queries, where no split is given.  [default: 1/3]",
)
def extract(videos: Path, out: Path, model: str, card: str | None, **options: Any) -> None:
    """Turn VIDEOS into a feature file and a card, ready for 'hashbench run'.

    VIDEOS is a folder with one subfolder per class, or a CSV with the columns path, label (several
    labels separated by ;) and, if wanted, split. Images are videos of one frame. A killed run
    continues where it stopped. How long it will take is said after the first batch.

    With --for, VIDEOS is the folder of the published lists of images, or of train and test with
    subfolders a class: hashbench data extract COCO --for coco --out features --model hog-color
    """
    from hashbench.cli.extraction import extracted, extracted_for

    if card is None:
        return extracted(videos, out, model, **options)
    wrong = [name for name in ("frames", "name") if options.pop(name) is not None]
    if wrong:
        raise UsageError(f"--{wrong[0]} is the card's own with --for {card}; leave it out")
    del options["test_share"]
    return extracted_for(card, videos, out, model, **options)


@data.command()
@argument("out", "A new folder.", type=click.Path(path_type=Path, file_okay=False))
def demo(out: Path) -> None:
    """Write 60 small videos to OUT, to try the way from videos to a table.

    They show handwritten digits, whose order is the class. The commands that go on are printed.
    """
    from hashbench.data.demo import write_demo

    paths = write_demo(out)
    click.echo(f"{len(paths)} videos in {len({path.parent for path in paths})} classes; next:")
    file = shlex.quote(f"{out.name}.h5")
    click.echo(f"  hashbench data extract {shlex.quote(str(out))} --out {file} --model hog-color")
    card = shlex.quote(f"{out.name}.toml")
    click.echo(f"  hashbench run itq lsh --dataset {card} --bits 16,64")


@data.command()
@format_or_json
def models(form: str) -> None:
    """List the networks that 'data extract' can use."""
    from hashbench.cli.listings import show, summaries
    from hashbench.plugins import registry

    heads = ["name", "summary", "plugin"]
    rows = [{head: row[head] for head in heads} for row in summaries(registry().extractors)]
    show("Networks", heads, rows, form)


def _show(card: Card, name: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from hashbench.reports.formats.terminal import show

    console = Console(markup=False)
    facts = Table.grid(padding=(0, 2))
    stored = f" (the first of {card.stored_frames})" if card.stored_frames > card.frames else ""
    for key, value in {
        "name": f"{card.name} {card.version}",
        "summary": card.summary,
        "licence": card.licence,
        "citation": card.citation,
        "source": card.source,
        "features": f"{card.frames} frames{stored} of {card.dims or _any_dims(card)} dimensions",
        "classes": str(card.classes or "(as the member)"),
        "unlabelled": {"nothing": "", "others": "one further class"}[card.unlabelled],
        "standardized": "per dimension, as measured on train" if card.standardize else "",
        "protocol": card.protocol_name,
        "profile": card.profile,
        "sha256": card.sha256 or "",
        "neighbours": _neighbours(card, name),
    }.items():
        if value:
            facts.add_row(key, value)
    console.print(facts)
    console.print()
    show((_splits(card),), console)


def _splits(card: Card) -> Sheet:
    from hashbench.reports.listed import listed
    from hashbench.reports.sheet import Column

    draw = card.draw
    rows = [
        {
            "split": name,
            "part": ", ".join(role for role, played in card.roles.items() if played == name),
            "videos": "" if split.videos is None else split.videos,
            "rows": _rows(card, name, split),
            "features": "\n".join(split.feats) or (draw.features if draw else "made by a plugin"),
            "labels": "\n".join(split.labels) or (draw.labels if draw else ""),
        }
        for name, split in card.splits.items()
    ]
    if not any(row["rows"] for row in rows):
        rows = [{head: row[head] for head in row if head != "rows"} for row in rows]
    columns = [Column(head, "measured" if head == "videos" else "text") for head in rows[0]]
    return listed("Splits", columns, rows).sheets[0]


def _any_dims(card: Card) -> str:
    return "any number of" if card.has_files else "(as the member)"


def _rows(card: Card, name: str, split: Split) -> str:
    """Say which rows of its files a split has, where these are not all."""
    if card.draw is not None:
        share = card.draw.share if name == card.train else 1 - card.draw.share
        return f"{share:g} of each class, drawn with seed {card.draw.seed}"
    kept = {
        "the first {} of each class": split.first_of_class,
        "the last {} of each class": split.last_of_class,
        "those of {}": split.rows,
        "without those of {}": split.without,
    }
    return ", ".join(text.format(value) for text, value in kept.items() if value)


def _neighbours(card: Card, name: str) -> str:
    """Return what is known of the training videos' neighbours, or how to find out."""
    from hashbench.experiments.neighbour_table import recall
    from hashbench.workspace import default_cache

    if card.has_files and card.draw is None and not card.splits[card.train].labels:
        return ""  # Without labels nobody can tell which are right.
    found = recall(card, default_cache())
    return found or f"'hashbench data neighbours {name}' measures how many are of one class"
