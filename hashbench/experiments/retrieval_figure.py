"""The drawing of Fig. 9: a row a query and method, right ones told from wrong ones three ways."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.experiments.retrieval import Image, Retrieved
from hashbench.files.atomic import replacing, write_text
from hashbench.reports.figures import FORMATS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RIGHT, _WRONG, _QUERY, _UNKNOWN = "#009E73", "#D55E00", "#333333", "#888888"
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "pdf.fonttype": 42,
    "text.parse_math": False,
    "svg.hashsalt": "hashbench",
}
_WIDE = 1.9  # Inches of a tile.


def draw(
    found: Sequence[Retrieved],
    queries: Mapping[int, Image],
    database: Mapping[int, Image],
    title: str,
    stem: Path,
) -> list[Path]:
    """Draw what queries found as PNG, SVG and PDF, with the numbers in a JSON beside them.

    A right video has a solid green border and a check mark, a wrong one a dashed red border and a
    cross: colour, line and sign each tell them apart.

    Parameters
    ----------
    found : sequence of Retrieved
        A row each.
    queries, database : mapping of int to ndarray
        Pictures by position; a video without one is shown as text.
    title : str
    stem : Path
        Of the files, without their suffix.
    """
    import matplotlib as mpl

    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in FORMATS]
    with mpl.rc_context(_SETTINGS):
        figure = _figure(found, queries, database, title)
        for path in paths:
            suffix = path.suffix[1:]
            with replacing(path) as temporary:
                figure.savefig(temporary, format=suffix, dpi=150, metadata=FORMATS[suffix])
    numbers = json.dumps([one.to_json() for one in found], indent=1, ensure_ascii=False)
    write_text(stem.with_name(f"{stem.name}.json"), numbers + "\n")
    return paths


def _figure(
    found: Sequence[Retrieved],
    queries: Mapping[int, Image],
    database: Mapping[int, Image],
    title: str,
) -> Figure:
    from matplotlib.figure import Figure

    columns = 1 + max(len(one.neighbours) for one in found)
    high = _height({**queries, **database})
    figure = Figure(figsize=(_WIDE * columns + 0.5, (high + 0.42) * len(found) + 0.75))
    figure.set_layout_engine("constrained", w_pad=0.06, h_pad=0.05)
    grid = figure.subplots(len(found), columns, squeeze=False)
    for row, one in zip(grid, found, strict=True):
        for axes in row:
            _empty(axes)
        _tile(row[0], queries.get(one.query), f"query {one.query}", _QUERY)
        row[0].set_xlabel(_caption(f"query {one.query}:", one.query_labels, ""))
        row[0].set_ylabel(one.label, fontsize=8.5, fontweight="bold")
        for axes, neighbour in zip(row[1:], one.neighbours, strict=False):
            _neighbour(axes, neighbour, database)
        for axes in row[1 + len(one.neighbours) :]:
            axes.set_visible(False)
    figure.suptitle(textwrap.fill(title, int(columns * 26)), fontsize=9)
    figure.supxlabel(
        "✓ and a solid green border: shares a label with the query; "
        "✗ and a dashed red border: does not; d: Hamming distance",
        fontsize=7.5,
    )
    return figure


def _neighbour(axes: Axes, neighbour: Any, database: Mapping[int, Image]) -> None:
    right = neighbour.relevant
    colour = {True: _RIGHT, False: _WRONG, None: _UNKNOWN}[right]
    _tile(
        axes, database.get(neighbour.row), f"video {neighbour.row}", colour, dashed=right is False
    )
    sign = {True: "✓", False: "✗", None: "?"}[right]
    axes.text(
        1.0,
        1.0,
        sign,
        transform=axes.transAxes,
        ha="center",
        va="center",
        color="white",
        fontsize=7.5,
        fontweight="bold",
        zorder=5,
        bbox={"boxstyle": "circle,pad=0.18", "facecolor": colour, "edgecolor": "white"},
    )
    axes.set_xlabel(_caption(f"{neighbour.rank}.", neighbour.labels, f"  d={neighbour.distance}"))


def _caption(first: str, labels: Sequence[str], last: str) -> str:
    told = ", ".join(labels) or "no label"
    return f"{first} {textwrap.shorten(told, 24, placeholder='…')}{last}"


def _tile(
    axes: Axes, picture: Image | None, text: str, colour: str, *, dashed: bool = False
) -> None:
    if picture is None:
        axes.set_facecolor("#f2f2f2")
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")
    else:
        axes.imshow(picture, cmap="gray", vmin=0, vmax=_white(picture), aspect="equal")
    for spine in axes.spines.values():
        spine.set(edgecolor=colour, linewidth=2.2, linestyle=(0, (3, 1.5)) if dashed else "-")


def _empty(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.xaxis.labelpad = 3


def _white(picture: Image) -> float:
    """Return what white is: pictures hold whole numbers to 255, or fractions."""
    return 255.0 if picture.dtype.kind in "ui" else 1.0


def _height(pictures: Mapping[int, Image]) -> float:
    """Return the inches that the tallest picture takes at the width of a tile."""
    shapes = [picture.shape[:2] for picture in pictures.values()]
    return _WIDE * max((high / wide for high, wide in shapes), default=0.35)
