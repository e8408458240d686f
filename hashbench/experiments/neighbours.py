"""What neighbours are worth: the share of right ones beside mAP, over what the rows differ in.

A row is labelled ``SERIES, VALUE``. Series stand side by side, values below each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hashbench.catalogue import method
from hashbench.data import VideoDataset
from hashbench.errors import HashbenchError
from hashbench.experiments.declared import MethodRow
from hashbench.experiments.grid import Grid
from hashbench.experiments.tables import stem
from hashbench.ranking.neighbour_precision import neighbour_precision
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.results import Section
from hashbench.reports.rows import Score
from hashbench.reports.score_tables import Table, table
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Note, Sheet
from hashbench.runs import Record
from hashbench.workspace import Progress, Silent, Workspace

_RIGHT = "right neighbours"


@dataclass(frozen=True, slots=True)
class RightNeighbours:
    """Shares of training videos' neighbours with a common label, in percent.

    Parameters
    ----------
    shares : dict of str to float
        By value of the rows; without those that have no neighbourhood.
    chance : float or None
        What random neighbours would reach; None where no row has a neighbourhood.
    videos : int
        Training videos of the set.
    labelled : bool
        Whether those have labels.
    """

    shares: dict[str, float]
    chance: float | None
    videos: int
    labelled: bool = True


def measure(grid: Grid, progress: Progress | None = None) -> RightNeighbours:
    """Return the right neighbours of the first row of each value that trains on a graph.

    Labels are read here and by no row that is not supervised.
    """
    dataset = grid.options.places.open(grid.options.target)
    report = progress or Silent()
    shares: dict[str, float] = {}
    chance = None
    if not dataset.labelled_train.has_labels:
        return RightNeighbours({}, None, len(dataset.labelled_train), labelled=False)
    rows = grid.experiment.rows
    for done, row in enumerate(rows):
        report.update("neighbours", done, len(rows))
        value = _parts(row)[1]
        found = None if value in shares else _graph(grid, done, dataset, report)
        if found is not None:
            right = neighbour_precision(found, dataset.labelled_train.labels)
            shares[value], chance = 100 * right.share.mean, 100 * right.chance
    return RightNeighbours(shares, chance, len(dataset.labelled_train))


def sheets(
    grid: Grid, section: Section | None, records: Sequence[Record], right: RightNeighbours
) -> list[Sheet]:
    """Return a sheet a code length, K, profile and tie policy."""
    return [
        _sheet(grid, one, bits, right, _chosen(grid, records, bits))
        for bits in grid.experiment.bits
        for one in _tables(grid, section)
    ]


def charts(grid: Grid, section: Section | None, right: RightNeighbours) -> list[Chart]:
    """Return mAP and the share of right neighbours over the values, a panel a code length."""
    found = []
    for one in _tables(grid, section):
        curves = {
            bits: (*_curves(grid, one, bits), *_neighbour_curves(grid, right))
            for bits in grid.experiment.bits
        }
        panels = tuple(Panel(f"{bits} bits", drawn) for bits, drawn in curves.items() if drawn)
        if not panels:
            continue
        name = f"map{one.k}"
        title = f"{grid.experiment.title}: mAP@{one.k} on {one.dataset.name}, {one.terms}"
        file = stem(grid, name, one.profile, one.ties)
        up = "share of right neighbours, mAP (%)"
        found.append(
            Chart(file, title, grid.experiment.across, up, False, panels, tuple(_values(grid)))
        )
    return found


def _graph(grid: Grid, place: int, dataset: VideoDataset, progress: Progress) -> object:
    cell = grid.plan.cells[place]
    row = method(cell.method.name, bits=cell.bits, seed=cell.seed, **cell.method.params)
    options = grid.options
    row.attach(
        Workspace(
            cache=options.places.cache_folder, device=options.places.device, progress=progress
        )
    )
    train = dataset.labelled_train
    try:
        graph = row.training_graph(train if cell.method.supervised else train.unlabelled())
    except HashbenchError:
        return None  # The row's cells failed of it too, and say why.
    # One made of labels is kept as a product; its rows are formed here.
    return graph.rows(np.arange(len(train))) if hasattr(graph, "rows") else graph


def _parts(row: MethodRow) -> tuple[str, str]:
    """Return series and value of a row; one without a comma is a series and a value at once."""
    series, comma, value = row.label.rpartition(", ")
    return (series, value) if comma else (row.label, row.label)


def _values(grid: Grid) -> list[str]:
    return list(dict.fromkeys(_parts(row)[1] for row in grid.experiment.rows))


def _series(grid: Grid) -> list[str]:
    return list(dict.fromkeys(_parts(row)[0] for row in grid.experiment.rows))


def _tables(grid: Grid, section: Section | None) -> Iterator[Table]:
    if section is not None:
        for k in grid.experiment.k:
            for profile in grid.plan.profiles:
                for ties in grid.plan.measures.ties:
                    yield table(section, k, profile, ties)


def _scores(grid: Grid, one: Table, bits: int) -> dict[tuple[str, str], Score]:
    """Return the scores by series and value."""
    place = one.bits.index(bits)
    by_label = {row.label: row.scores[place] for row in one.rows}
    return {_parts(row): by_label[row.label] for row in grid.experiment.rows}


def _sheet(
    grid: Grid, one: Table, bits: int, right: RightNeighbours, chosen: dict[str, str]
) -> Sheet:
    scores = _scores(grid, one, bits)
    nothing = Entry(None, NOTHING)
    lines = []
    for value in _values(grid):
        share = right.shares.get(value)
        entries = [nothing if share is None else Entry(share, f"{share:.1f}")]
        for name in _series(grid):
            score = scores.get((name, value))
            entries.append(nothing if score is None else score.entry.unmarked)
        lines.append(Line(f"{value}{chosen.get(value, '')}", tuple(entries)))
    notes = [Note(text, "" if sign.isalpha() else sign) for sign, text in one.legend]
    if right.chance is not None:
        notes.insert(
            0,
            Note(
                f"{_RIGHT}: neighbours in the graph that is trained on with a label in common, of "
                f"all, in %, a mean over {right.videos:,} training videos; "
                f"by chance {right.chance:.1f}"
            ),
        )
    elif right.labelled:
        notes.insert(0, Note(f"{_RIGHT}: no row is trained on a graph of neighbours"))
    else:
        notes.insert(0, Note(f"{_RIGHT}: the training videos have no labels to tell by"))
    return Sheet(
        f"{grid.experiment.title}: mAP@{one.k} (%) on {one.dataset}, {bits} bits",
        one.terms,
        grid.experiment.across,
        (Column(_RIGHT), *(Column(name) for name in _series(grid))),
        tuple(lines),
        tuple(dict.fromkeys(notes)),
    )


def _chosen(grid: Grid, records: Sequence[Record], bits: int) -> dict[str, str]:
    """Return what a value that leaves the choice to the method became, by value: `` (S = 4)``."""
    found: dict[str, str] = {}
    for record in records:
        segments = record.diagnostics.get("segments")
        label = grid.labels.get(record.method.label)
        if record.bits == bits and label and record.method.params.get("segments") == "auto":
            value = label.rpartition(", ")[2]
            found |= {value: f" (S = {segments})"} if segments else {}
    return found


def _curves(grid: Grid, one: Table, bits: int) -> list[Curve]:
    scores = _scores(grid, one, bits)
    values = _values(grid)
    curves = []
    for name in _series(grid):
        points = []
        for place, value in enumerate(values):
            score = scores.get((name, value))
            if score is not None and score.mean is not None:
                spread = None if score.spread is None else 100 * score.spread
                points.append((place, 100 * score.mean, spread))
        if points:
            curves.append(Curve(name, False, False, tuple(points)))
    return curves


def _neighbour_curves(grid: Grid, right: RightNeighbours) -> list[Curve]:
    """Return the share of right neighbours and chance, drawn as yardsticks."""
    if right.chance is None:
        return []
    values = _values(grid)
    places = [at for at, value in enumerate(values) if value in right.shares]
    shares = [right.shares[values[at]] for at in places]
    return [
        Curve(
            _RIGHT, True, False, tuple((at, s, None) for at, s in zip(places, shares, strict=True))
        ),
        Curve("by chance", True, False, tuple((at, right.chance, None) for at in places)),
    ]
