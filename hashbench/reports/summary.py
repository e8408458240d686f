"""Summary at the end of ``hashbench run``: tables on the screen, curves in the run directory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hashbench.reports.curves import charts
from hashbench.reports.documents import report
from hashbench.reports.figures import draw
from hashbench.reports.results import read, sections
from hashbench.reports.selection import Selection

if TYPE_CHECKING:
    from rich.console import Console

    from hashbench.runs import Store

CURVES = "curves"
"""The folder of a run directory that its figures lie in."""


def summarise(
    store: Store,
    keys: Iterable[str] | None = None,
    *,
    k: Sequence[int] | None = None,
    profile: Sequence[str] | None = None,
    ties: Sequence[str] | None = None,
    console: Console | None = None,
) -> list[Path]:
    """Print the tables of some records, and draw curves into the run directory.

    The curves show every record of the same data sets, not only those of the tables.

    Parameters
    ----------
    store : Store
        The run directory.
    keys : iterable of str, optional
        The records in the tables; all of them by default.
    k, profile, ties : sequences, optional
        What to show; by default every K, the data set's own profile, and expected ties.
    console : rich.console.Console, optional
        Where the tables go; standard output by default.

    Returns
    -------
    list of Path
        The figures, whether drawn now or before.

    Raises
    ------
    UsageError
        If no record has a K, a profile or a tie policy that is asked for.
    StoreError
        If the curves cannot be written.
    """
    from rich.console import Console

    from hashbench.reports.formats.terminal import show

    wanted: Collection[str] | None = None if keys is None else set(keys)
    records = store.records()
    found = sections(read(r for r in records if wanted is None or r.key in wanted))
    selection = Selection(
        k=None if k is None else tuple(k),
        profiles=None if profile is None else tuple(profile),
        ties=None if ties is None else tuple(ties),
    )
    show(report(found, selection, [store.path]).on_screen, console or Console())
    # Figures show all that was measured on these data sets: a later run adds its lines.
    shown = {section.dataset for section in found}
    everything = [s for s in sections(read(records)) if s.dataset in shown]
    return draw(charts(everything, selection), store.path / CURVES)
