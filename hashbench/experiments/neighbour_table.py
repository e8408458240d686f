"""The classes of nearest neighbours as a printable document, and as one line of ``data info``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json
from hashbench.ranking.cutoffs import plain
from hashbench.reports.sheet import Column, Document, Entry, Line, Note, Sheet

if TYPE_CHECKING:
    from pandas import DataFrame

    from hashbench.data import Card
    from hashbench.experiments.neighbour_classes import NeighbourClasses
    from hashbench.ranking.neighbour_precision import NeighbourPrecision

_K = 10  # of the one line, where it was measured


def neighbour_table(found: NeighbourClasses) -> Document:
    """Return what :func:`neighbour_classes` found, ready to be written in any format.

    The table is in percent. CSV and JSON hold fractions in full precision.
    """
    any_share = next(iter(found.shares.values()))
    lines = [
        Line(by, (*(_share(found.shares[by, k]) for k in found.k), _percent(any_share.chance)))
        for by in found.ways
    ]
    columns = [Column(f"{k} nearest", group="share") for k in found.k]
    sheet = Sheet(
        "Nearest training videos with a class in common (%)",
        f"{found.dataset}, {found.videos:,} videos",
        "nearest by",
        (*columns, Column("chance")),
        tuple(lines),
        tuple(_notes(any_share, found.without_direction)),
    )
    rows = [_row(by, k, one) for (by, k), one in found.shares.items()]
    head = {"schema": 1, "dataset": found.dataset, "sha256": found.sha256}
    return Document(
        (sheet,), {**head, "videos": found.videos, "shares": rows}, lambda: _frame(rows)
    )


def remember(found: NeighbourClasses, cache: Path) -> None:
    """Keep the one line on features for ``data info``, by the digest of the data set."""
    k = plain(_K if _K in found.k else found.k[0])
    by = [[way, one.share.mean] for (way, cut), one in found.shares.items() if plain(cut) == k]
    chance = next(iter(found.shares.values())).chance
    write_json(_kept(cache, found.sha256), {"k": k, "by": by, "chance": chance})


def recall(card: Card, cache: Path) -> str | None:
    """Return the line of a set whose card pins its content, or None where it was not measured."""
    if card.sha256 is None:
        return None
    try:
        kept = read_json(_kept(cache, card.sha256))
        shares = [f"{100 * share:.1f} % by {way}" for way, share in kept["by"]]
        by_chance = f"{100 * kept['chance']:.1f} % by chance"
        return f"of one class among the {kept['k']} nearest: {', '.join([*shares, by_chance])}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # not there, or damaged: it is measured anew when asked for


def _kept(cache: Path, sha256: str) -> Path:
    return cache / "neighbours" / f"{sha256}.json"


def _share(one: NeighbourPrecision) -> Entry:
    mean, low, high = (100 * x for x in (one.share.mean, one.share.low, one.share.high))
    return Entry(mean, f"{mean:.2f} [{low:.2f}, {high:.2f}]")


def _percent(share: float) -> Entry:
    return Entry(100 * share, f"{100 * share:.2f}")


def _notes(one: NeighbourPrecision, without_direction: int) -> list[Note]:
    interval = one.share
    over = "videos" if interval.n_clusters is None else f"{interval.n_clusters} classes"
    within = f"{100 * interval.confidence:.0f} % interval over {over}"
    notes = [
        f"in brackets the {within}, chance is what random neighbours share",
        "equal cosines go to the earlier video, equal distances of codes count by expectation",
        "cosines compare directions, so that vectors need not be of unit length",
        "labels are read for this table only",
    ]
    if one.left_out:
        notes.append(f"{one.left_out:,} videos without a label are left out")
    if without_direction:
        notes.append(
            f"{without_direction:,} videos have a mean frame of zeros and no direction: their "
            "neighbours are the first in order"
        )
    return [Note(text) for text in notes]


def _row(by: str, k: int, one: NeighbourPrecision) -> dict[str, Any]:
    return {
        "by": by,
        "k": plain(k),
        "share": one.share.mean,
        "low": one.share.low,
        "high": one.share.high,
        "confidence": one.share.confidence,
        "chance": one.chance,
        "videos": one.share.n_query,
        "classes": one.share.n_clusters,
        "left_out": one.left_out,
    }


def _frame(rows: list[dict[str, Any]]) -> DataFrame:
    from pandas import DataFrame

    return DataFrame(rows).astype({"classes": "Int64"})
