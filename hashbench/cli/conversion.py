"""``hashbench data convert``: a data set, or a file with a group for each video, written anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hashbench.cli.bars import one_bar
from hashbench.data import cardkeys
from hashbench.data.converting import convert
from hashbench.data.grouped import SPLITS, Grouping, open_groups
from hashbench.data.loading import open_splits
from hashbench.errors import DataError, UsageError
from hashbench.names import few


def converted(name: str, out: Path, dtype: str, data_root: Path | None) -> None:
    """Convert the data set ``name``; print the path of its card."""
    _check_new(out)
    card, splits, failures = open_splits(name, data_root=data_root)
    if failures:
        raise DataError(next(iter(failures.values())))
    with one_bar(f"convert {card.name}") as bar:
        path = convert(card, splits, out, dtype, bar)
    click.echo(path)


def converted_groups(
    file: Path,
    groups: Sequence[str],
    out: Path,
    dtype: str,
    *,
    name: str | None,
    database: str | None,
    key: str | None,
    frames: int | None,
) -> None:
    """Convert a grouped file by its lists; print the path of the card."""
    _check_new(out)
    name = name or out.resolve().name
    try:
        cardkeys.name(name)
    except ValueError as error:
        raise UsageError(f"--name {name}: {error}") from None
    ranked = (database or "").lower()
    grouping = Grouping(
        path=file,
        lists=_lists(groups),
        name=name,
        database=SPLITS.get(ranked, ranked),
        key=key or "",
        frames=frames or 0,
    )
    with one_bar(f"convert {name}") as bar:
        card, splits, left_out = open_groups(grouping, bar)
        path = convert(card, splits, out, dtype, bar)
    if left_out:
        click.echo(
            f"{file}: groups in no list are left out: {few(left_out, 3)}",
            err=True,
        )
    click.echo(path)


def _lists(groups: Sequence[str]) -> dict[str, Path]:
    """Return the list of each split, from ``[SPLIT=]FILE``."""
    lists: dict[str, Path] = {}
    for text in groups:
        given, parted, path = text.partition("=")
        if not parted or not path or "/" in given:  # a path may have the sign as well
            given, path = Path(text).stem, text
        split = SPLITS.get(given.lower())
        if split is None:
            raise UsageError(
                f"--groups {text}: {given!r} is no split; write SPLIT={path} with one of "
                f"{', '.join(SPLITS)}"
            )
        if split in lists:
            raise UsageError(f"--groups {text}: {lists[split]} is the list of {split} already")
        lists[split] = Path(path)
    return lists


def _check_new(out: Path) -> None:
    if (out / "card.toml").exists():
        raise UsageError(f"--out {out}: holds a set already; name a new folder")
