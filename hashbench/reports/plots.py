"""Curves of records as a figure in hand, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashbench.errors import UsageError
from hashbench.names import unknown
from hashbench.reports.curves import charts
from hashbench.reports.figures import figure_of
from hashbench.reports.results import read, sections
from hashbench.reports.selection import Selection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hashbench.runs import Record

_ACROSS = {"bits": "bits", "k": "K"}


def plotted(
    records: Iterable[Record],
    over: str | None = None,
    *,
    k: int | None = None,
    profile: str | None = None,
    ties: str | None = None,
) -> Figure:
    """Draw mAP of records of one data set, as ``hashbench report --curves`` does.

    Parameters
    ----------
    records : iterable of Record
    over : {"bits", "k"}, optional
        mAP@K over code lengths or over K; by default over code lengths where there are several.
    k : int, optional
        The K of curves over code lengths; 20, or the first there is.
    profile, ties : str, optional
        The data set's own profile and expected ties by default.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it; ``savefig`` writes it.

    Raises
    ------
    UsageError
        If the records are of several data sets, lack what is asked for, or make no curve.
    """
    if over is not None and over not in _ACROSS:
        raise unknown("curve", over, _ACROSS)
    found = sections(read(records))
    if len(found) != 1:
        listed = ", ".join(str(section.dataset) for section in found) or "none"
        raise UsageError(f"records of {len(found)} data sets ({listed}); curves are of one")
    selection = Selection(
        None if k is None or over == "k" else (k,),
        None if profile is None else (profile,),
        None if ties is None else (ties,),
    )
    drawn = charts(found, selection)
    wanted = ("bits", "k") if over is None else (over,)
    for name in wanted:
        for chart in drawn:
            if chart.across == _ACROSS[name]:
                return figure_of(chart)
    what = {"bits": "code length", "k": "K"}
    raise UsageError(
        f"one {' and one '.join(what[name] for name in wanted)} makes no curve; two are needed"
    )
