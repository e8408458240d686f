"""Costs of experiments: cells and trainings as declared, and time where records tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hashbench.experiments.declared import Experiment
from hashbench.experiments.grid import Grid
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet, words


@dataclass(frozen=True, slots=True)
class Cost:
    """What an experiment costs on one data set.

    Parameters
    ----------
    experiment : Experiment
    cells, trainings : int
        Records and fitted methods that it needs; cells across data sets share trainings.
    done : int
        Cells that are recorded.
    seconds : float
        What those took, a shared training counted once.
    left_out : tuple of str
        Methods that are not installed.
    """

    experiment: Experiment
    cells: int
    trainings: int
    done: int
    seconds: float
    left_out: tuple[str, ...]

    @property
    def time(self) -> str:
        """The time in words."""
        if not self.done:
            return NOTHING
        took = duration(self.seconds)
        return took if self.done == self.cells else f"{took} for {self.done} of {self.cells} cells"


_COLUMNS = (
    Column("shows", "text"),
    Column("bits", "text"),
    Column("cells"),
    Column("trainings"),
    Column("time", "text"),
)


def as_sheet(costs: Iterable[Cost]) -> Sheet:
    """Return one line an experiment, as every table of the command line is written."""
    lines = [
        Line(
            one.experiment.name,
            (
                words(one.experiment.title),
                words(",".join(map(str, one.experiment.bits))),
                Entry(None, str(one.cells)),
                Entry(None, str(one.trainings)),
                words(one.time),
            ),
        )
        for one in costs
    ]
    return Sheet("Experiments", "", "name", _COLUMNS, tuple(lines))


def cost(grid: Grid) -> Cost:
    """Count what a grid needs, and add up the times of what is recorded."""
    cells = {cell.key: cell for plan in grid.plans for cell in plan.cells}
    found = grid.plan.store.get_all(list(cells))
    done = {key: record for key, record in found.items() if record.ok}
    fits = {cells[key].model_key: record.times.get("fit", 0.0) for key, record in done.items()}
    rest = sum(sum(t for name, t in r.times.items() if name != "fit") for r in done.values())
    return Cost(
        experiment=grid.experiment,
        cells=len(cells),
        trainings=len({cell.model_key for cell in cells.values()}),
        done=len(done),
        seconds=sum(fits.values()) + rest,
        left_out=tuple(row.name for row in grid.left_out),
    )


def together(grids: Iterable[Grid]) -> tuple[int, int]:
    """Return the cells and trainings of several grids, shared ones counted once."""
    cells = {cell.key: cell for grid in grids for plan in grid.plans for cell in plan.cells}
    return len(cells), len({cell.model_key for cell in cells.values()})


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(0.4), duration(75), duration(7260)
    ('0.4 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
