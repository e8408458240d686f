"""Charts drawn by matplotlib, the same bytes for the same numbers."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import textwrap
import threading
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashbench.files.atomic import replacing, write_text
from hashbench.notebook import new_figure
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.palette import Style, positions, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
"""Suffix -> the metadata that would otherwise differ from one drawing to the next."""

_DRAWING = 5  # Raised when the look changes, so that figures of an older look are drawn anew.
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "figure.autolayout": False,  # with the next, what makes None mean no layout
    "figure.constrained_layout.use": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.5,
    "pdf.fonttype": 42,
    "text.parse_math": False,  # a $ in a name is a $
    "svg.hashsalt": "hashbench",
}


_MOMENT_S = 0.2
_COLUMN_INCHES = 3.4  # a column of a two-column paper, somewhat less than IEEE's 3.5


def draw(
    found: Iterable[Chart], folder: Path, formats: Collection[str] = tuple(FORMATS)
) -> list[Path]:
    """Draw charts into a folder as PNG, SVG and PDF; leave alone what is drawn already.

    Beside each figure lies ``NAME.json``, the numbers that it shows.

    Parameters
    ----------
    found : iterable of Chart
    folder : Path
        Made where it is missing.
    formats : collection of str
        Of :data:`FORMATS`.

    Returns
    -------
    list of Path
        The figures, whether drawn now or before.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    paths: list[Path] = []
    for chart in found:
        figures = [folder / f"{chart.stem}.{suffix}" for suffix in formats]
        numbers = folder / f"{chart.stem}.json"
        inputs = _inputs(chart)
        if not _is_drawn(figures, numbers, inputs):
            # Without its numbers a figure counts as not drawn, should the process be killed now.
            numbers.unlink(missing_ok=True)
            _save(chart, figures)
            write_text(numbers, inputs)
        paths += figures
    return paths


def _is_drawn(figures: Iterable[Path], numbers: Path, inputs: str) -> bool:
    if not all(path.is_file() for path in figures):
        return False
    try:
        return numbers.read_text(encoding="utf-8") == inputs
    except (OSError, UnicodeDecodeError):
        return False


def _inputs(chart: Chart) -> str:
    from importlib.metadata import version

    about = {"drawing": _DRAWING, "matplotlib": version("matplotlib")}
    return json.dumps(about | dataclasses.asdict(chart), indent=1, ensure_ascii=False) + "\n"


def load_ahead() -> None:
    """Load what draws and compares in a thread, while somebody waits for something else.

    That takes half of the time of a first figure, and of the marks in a table. It begins a moment
    later, since until then the workers are started, by code that would take turns with it.
    """
    names = (
        *(f"matplotlib.{name}" for name in ("figure", "backends.backend_agg")),
        *(f"matplotlib.backends.backend_{name}" for name in ("svg", "pdf")),
        "fontTools.subset",  # embeds fonts in a PDF
        "scipy.special",  # has the quantiles of comparisons
    )

    def load() -> None:
        for name in names:
            importlib.import_module(name)

    later = threading.Timer(_MOMENT_S, load)
    later.daemon = True
    later.start()


def figure_of(chart: Chart) -> Figure:
    """Return a chart as a figure."""
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):
        return _figure(chart)


def _save(chart: Chart, paths: Iterable[Path]) -> None:
    import matplotlib as mpl

    with mpl.rc_context(_SETTINGS):
        figure = _figure(chart)
        for path in paths:
            with replacing(path) as temporary:
                suffix = path.suffix[1:]
                figure.savefig(temporary, format=suffix, dpi=150, metadata=FORMATS[suffix])
            # Laid out by now: the same places in every format, and no drawing to find them.
            figure.set_layout_engine(None)


def _figure(chart: Chart) -> Figure:
    count = len(chart.panels)
    columns = min(count, 2 if chart.paper else 3 if count <= 9 else 4)
    rows = math.ceil(count / columns)
    width = _COLUMN_INCHES if chart.paper else 5.4 if count == 1 else 2.4 * columns
    styles = _styles(chart)
    handles_high = 0.17 * math.ceil(len(styles) / _legend_columns(styles, width))
    panels_high = 3.2 if count == 1 and not chart.paper else (2.2 if count == 1 else 1.9 * rows)
    height = panels_high + (0.0 if chart.paper else 0.5) + handles_high
    figure = new_figure(width, height)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat
    top = _top(chart)
    for axes, panel in zip(grid, chart.panels, strict=False):
        _plot(axes, panel, chart, styles, top)
    for axes in list(grid)[count:]:
        axes.set_visible(False)
    _name_axes(figure, chart, columns)
    if not chart.paper:  # a paper's caption says it
        figure.suptitle(textwrap.fill(chart.title, int(width * 14)), fontsize=8.5)
    _legend(figure, styles, top, chart, width)
    return figure


def _name_axes(figure: Figure, chart: Chart, columns: int) -> None:
    for position, axes in enumerate(figure.axes[: len(chart.panels)]):
        if position % columns == 0:
            axes.set_ylabel(chart.up)
        if position + columns >= len(chart.panels):
            axes.set_xlabel(chart.across)
            axes.tick_params(labelbottom=True)


def _styles(chart: Chart) -> dict[str, Style]:
    """Give every line the style it keeps in all panels."""
    curves = {c.label: c for panel in chart.panels for c in panel.curves}
    places = {
        control: positions(
            [c.name for c in curves.values() if c.control == control], control=control
        )
        for control in (False, True)
    }
    return {
        label: style(places[curve.control][curve.name], control=curve.control)
        for label, curve in sorted(
            curves.items(),
            key=lambda item: (item[1].control, places[item[1].control][item[1].name]),
        )
    }


def _top(chart: Chart) -> float:
    """Return the upper end of the ordinate: controls that see labels must not flatten the rest."""
    curves = [curve for panel in chart.panels for curve in panel.curves]
    honest = [c for c in curves if not (c.control and c.supervised)] or curves
    highest = max(mean + (spread or 0) for c in honest for _, mean, spread in c.points)
    return max(1.06 * highest, 1e-3)


def _plot(axes: Axes, panel: Panel, chart: Chart, styles: dict[str, Style], top: float) -> None:
    for curve in panel.curves:
        _line(axes, curve, styles[curve.label], every=6 if chart.continuous else None)
    axes.set_title(panel.title, fontsize=8)
    axes.set_ylim(0, top)
    if chart.decades:
        _decades(axes)
        return
    if chart.continuous:
        axes.set_xscale("log" if chart.logarithmic else "linear")
        return
    ticks = sorted({int(x) for curve in panel.curves for x, _, _ in curve.points})
    if chart.logarithmic:
        axes.set_xscale("log", base=2)
        axes.minorticks_off()
        if len(ticks) > 8:  # those that double, as measured
            ticks = [x for x in ticks if x & (x - 1) == 0] or ticks[:: len(ticks) // 8]
    elif len(ticks) > 6:
        ticks = ticks[:: math.ceil(len(ticks) / 6)]
    axes.set_xticks(ticks, [chart.names[x] if chart.names else str(x) for x in ticks])


def _decades(axes: Axes) -> None:
    """Give a logarithmic abscissa ticks at 1, 2 and 5 times the powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _line(axes: Axes, curve: Curve, look: Style, every: int | None) -> None:
    across, means, spreads = zip(*curve.points, strict=True)
    axes.errorbar(
        across,
        means,
        yerr=[spread or 0.0 for spread in spreads] if any(spreads) else None,
        color=look.colour,
        marker=look.marker,
        linestyle=look.stroke,
        markevery=every,
        capsize=2,
        elinewidth=0.8,
    )


def _legend_columns(styles: dict[str, Style], width: float) -> int:
    # A handle takes as much as nine letters, and "(above the frame)" behind a control thirteen.
    taken = [len(label) + (22 if "\N{DOUBLE DAGGER}" in label else 9) for label in styles]
    longest = max(taken, default=10)
    return max(1, min(len(styles), int(width * 17 / longest)))


def _legend(
    figure: Figure, styles: dict[str, Style], top: float, chart: Chart, width: float
) -> None:
    from matplotlib.lines import Line2D

    handles: list[Any] = []
    for label, look in styles.items():
        curves = [c for panel in chart.panels for c in panel.curves if c.label == label]
        seen = any(mean <= top for c in curves for _, mean, _ in c.points)
        handles.append(
            Line2D(
                [],
                [],
                color=look.colour,
                marker=look.marker,
                linestyle=look.stroke,
                label=label if seen else f"{label} (above the frame)",
            )
        )
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=_legend_columns(styles, width),
        frameon=False,
        handlelength=3.2,
    )
