"""Plans of an experiment, which share one run directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hashbench.errors import UsageError
from hashbench.experiments import cross
from hashbench.experiments.declared import Experiment, MethodRow
from hashbench.names import unknown
from hashbench.plugins import registry
from hashbench.runs import Options, Record, RunPlan, make_plan

DEFAULT_DATASET = "digit-stories"
DEFAULT_OTHER = "digit-reels"


@dataclass(frozen=True, slots=True)
class Grid:
    """An experiment that is ready to be worked on.

    Parameters
    ----------
    experiment : Experiment
        With the code lengths, cut-offs and rows that were asked for.
    options : Options
        How and where.
    plans : tuple of RunPlan
        The cells, in the order of work.
    directions : tuple of Direction
        Of an experiment across data sets; empty for others.
    left_out : tuple of MethodRow
        Rows whose method is not installed.
    """

    experiment: Experiment
    options: Options
    plans: tuple[RunPlan, ...]
    directions: tuple[cross.Direction, ...]
    left_out: tuple[MethodRow, ...]

    @property
    def plan(self) -> RunPlan:
        """The first plan; the only one within one data set."""
        return self.plans[0]

    @property
    def labels(self) -> dict[str, str]:
        """What the paper calls a row, by its label in the records."""
        rows = self.experiment.rows
        cells = self.plan.cells[: len(rows)]
        return {cell.method.label: row.label for cell, row in zip(cells, rows, strict=True)}

    def records(self) -> list[Record]:
        """Return the records that are there, of the first plan, in the order of its cells."""
        return list(self.plan.store.get_all([cell.key for cell in self.plan.cells]).values())


def plan(
    experiment: Experiment,
    options: Options,
    *,
    rows: Sequence[str] = (),
    train: str | Path | None = None,
    test: str | Path | None = None,
    settings: Sequence[str] = (),
) -> Grid:
    """Plan an experiment.

    Parameters
    ----------
    experiment : Experiment
    options : Options
        Data set, code lengths, cut-offs, seeds, measures and places; its methods are not used.
    rows : sequence of str
        Labels of the rows to keep, in any case; all of them by default.
    train, test : str or Path, optional
        The two data sets of an experiment across data sets.
    settings : sequence of str
        ``["ssvh.epochs=10"]``: wins over what the experiment sets, not over a row's own.

    Raises
    ------
    UsageError, DataError, PluginError
        If something is wrong with the grid, before any work begins.
    """
    chosen = _chosen(experiment, rows)
    known = registry().methods.entries
    present = tuple(row for row in chosen if row.name.casefold() in known)
    if not present:
        raise unknown("method", chosen[0].name, registry().methods.names())
    names = {row.name.casefold() for row in present}
    declared = [
        f"{name}.{param}={_scalar(value)}"
        for name, params in experiment.settings.items()
        for param, value in params.items()
        if name.casefold() in names
    ]
    options = replace(
        options,
        methods=[row.method for row in present],
        settings=[*declared, *settings],
    )
    directions: list[cross.Direction] = []
    if experiment.shows == "cross":
        first, second = str(train or DEFAULT_DATASET), str(test or DEFAULT_OTHER)
        directions = cross.directions(options, first, second, both=True)
        plans = tuple(cross.plans(directions))
    else:
        if train or test:
            raise UsageError(f"--train and --test: {experiment.name} takes one set, --dataset")
        plans = (make_plan(options),)
    made = replace(
        experiment,
        rows=present,
        bits=tuple(dict.fromkeys(cell.bits for cell in plans[0].cells)),
        k=plans[0].measures.k,
    )
    left_out = tuple(row for row in chosen if row not in present)
    return Grid(made, options, plans, tuple(directions), left_out)


def _chosen(experiment: Experiment, rows: Sequence[str]) -> tuple[MethodRow, ...]:
    if not rows:
        return experiment.rows
    by_label = {row.label.casefold(): row for row in experiment.rows}
    chosen = []
    for label in rows:
        if label.strip().casefold() not in by_label:
            raise unknown(f"row of {experiment.name}", label, (r.label for r in experiment.rows))
        chosen.append(by_label[label.strip().casefold()])
    return tuple(dict.fromkeys(chosen))


def _scalar(value: Any) -> str:
    """Return a value as ``--set`` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
