"""Convergence (Fig. 6): recorded loss over epochs, and mAP of the snapshots that were kept.

The snapshots are encoded and ranked when training is over; no test video has steered it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hashbench.catalogue import load_method
from hashbench.data import VideoDataset
from hashbench.errors import VerificationError
from hashbench.estimator import Method
from hashbench.experiments.grid import Grid
from hashbench.experiments.tables import stem
from hashbench.files.atomic import write_json
from hashbench.files.documents import read_json
from hashbench.ranking.cutoffs import plain
from hashbench.ranking.profiles import ALWAYS
from hashbench.ranking.scores import AVERAGE_PRECISION, Scores
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.sheet import numbered
from hashbench.runs import Record
from hashbench.workspace import Progress, Silent, Workspace, default_cache

_SCHEMA = 1
Points = tuple[tuple[int, float, float | None], ...]


def measure(
    grid: Grid, records: Sequence[Record], progress: Progress | None = None
) -> dict[str, dict[int, Scores]]:
    """Return the scores of every snapshot of some records, by record key and epoch.

    What was measured is kept in the run directory, under ``convergence``, and not measured again.

    Raises
    ------
    VerificationError
        If the snapshot of the epoch that was kept does not make the codes of its record.
    """
    dataset: VideoDataset | None = None
    found = {}
    for record in records:
        path = grid.plan.store.path / "convergence" / f"{record.key}.json"
        kept = _kept(path, grid, record)
        if kept is None:
            dataset = dataset or grid.options.places.open(grid.options.target)
            kept = _measured(grid, record, dataset, progress or Silent())
            epochs = {str(epoch): scores.to_json() for epoch, scores in kept.items()}
            write_json(path, {**_about(grid, record), "epochs": epochs})
        found[record.key] = kept
    return found


def charts(
    grid: Grid, records: Sequence[Record], measured: Mapping[str, Mapping[int, Scores]]
) -> list[Chart]:
    """Return a chart of the training loss, and one of mAP for each K, profile and tie policy."""
    name = grid.plan.cells[0].dataset.name
    seeds = numbered("seed", sorted({record.seed for record in records}))
    found = []
    losses = _panels(grid, [(r, _relative_loss(r)) for r in records])
    if losses:
        title = f"{grid.experiment.title}: training loss on {name}, {seeds}"
        up = "loss (% of epoch 1)"
        found.append(Chart(stem(grid, "loss"), title, "epoch", up, False, losses))
    for k in grid.experiment.k:
        for profile in grid.plan.profiles:
            for ties in grid.plan.measures.ties:
                values = [(r, _over_epochs(measured[r.key], profile, ties, k)) for r in records]
                title = f"{grid.experiment.title}: mAP@{k} on {name}, profile {profile}, "
                panels = _panels(grid, values)
                if panels:
                    file = stem(grid, f"map{k}", profile, ties)
                    title += f"ties {ties}, {seeds}"
                    found.append(Chart(file, title, "epoch", f"mAP@{k} (%)", False, panels))
    return found


def _over_epochs(scores: Mapping[int, Scores], profile: str, ties: str, k: int) -> dict[int, float]:
    """Return mAP in percent by epoch."""
    values = {e: s.get(profile, ties, AVERAGE_PRECISION, k) for e, s in scores.items()}
    return {epoch: 100 * value for epoch, value in values.items() if value is not None}


def _panels(grid: Grid, values: Sequence[tuple[Record, Mapping[int, float]]]) -> tuple[Panel, ...]:
    panels = []
    for bits in grid.experiment.bits:
        curves = []
        for label, row in grid.labels.items():
            mine = [v for r, v in values if (r.method.label, r.bits) == (label, bits)]
            supervised = any(r.method.supervised for r, _ in values if r.method.label == label)
            if points := _points(mine):
                curves.append(Curve(row, False, supervised, points))
        if curves:
            panels.append(Panel(f"{bits} bits", tuple(curves)))
    return tuple(panels)


def _points(by_seed: Sequence[Mapping[int, float]]) -> Points:
    """Return mean and deviation over seeds at the epochs that every seed has."""
    epochs = sorted(set.intersection(*(set(values) for values in by_seed))) if by_seed else []
    points = []
    for epoch in epochs:
        here = [values[epoch] for values in by_seed]
        spread = statistics.stdev(here) if len(here) > 1 else None
        points.append((epoch, statistics.fmean(here), spread))
    return tuple(points)


def _relative_loss(record: Record) -> dict[int, float]:
    """Return the loss as a share of the first epoch's: components differ in their scale."""
    history = record.diagnostics.get("loss_history", {})
    losses = history.get("loss", []) if isinstance(history, dict) else []
    if not losses or losses[0] == 0:
        return {}
    return {epoch: 100 * loss / losses[0] for epoch, loss in enumerate(losses, 1)}


def _measured(
    grid: Grid, record: Record, dataset: VideoDataset, progress: Progress
) -> dict[int, Scores]:
    options = grid.options
    cache = Path(options.cache) if options.cache else default_cache()
    method = load_method(grid.plan.store.file(record, "model"))
    method.attach(Workspace(cache=cache, device=options.device, progress=progress))
    snapshots = method.snapshots()
    best = method.diagnostics().get("best_epoch")  # whose weights were kept by an early stop
    kept = best if best in snapshots else max(snapshots, default=0)
    found = {}
    for done, (epoch, then) in enumerate(snapshots.items()):
        progress.update("snapshots", done, len(snapshots))
        found[epoch] = _ranked(grid, record, then, dataset, kept=epoch == kept)
    return found


def _ranked(
    grid: Grid, record: Record, method: Method, dataset: VideoDataset, *, kept: bool
) -> Scores:
    from hashbench.ranking import evaluate

    def encode(which: Any) -> Any:
        return method.encode(which if record.method.supervised else which.unlabelled())

    query = encode(dataset.query)
    database = query if dataset.self_retrieval else encode(dataset.database)
    if kept and query.sha256 != record.codes_sha256["query"]:
        raise VerificationError(
            f"{record.method.label}: the snapshot of the epoch that was kept does not make the "
            f"codes of record {record.key[:16]}"
        )
    evaluation = evaluate(
        query,
        database,
        dataset.query.labels,
        dataset.database.labels,
        k=grid.plan.measures.k,
        profiles=grid.plan.measures.profiles,
        ties=grid.plan.measures.ties,
        self_retrieval=dataset.self_retrieval,
    )
    return evaluation.scores


def _kept(path: Path, grid: Grid, record: Record) -> dict[int, Scores] | None:
    try:
        value = read_json(path)
    except (OSError, ValueError):
        return None  # Not there, or damaged: it is made from the model again.
    if not isinstance(value, dict) or not isinstance(value.get("epochs"), dict):
        return None
    wanted = _about(grid, record)
    names = ("k", "ties", "profiles")
    usual = {"profiles": ALWAYS}  # of files from before there were others
    enough = all(set(wanted[name]) <= set(value.get(name, usual.get(name, ()))) for name in names)
    alike = all(value.get(name) == wanted[name] for name in ("schema", "evaluator", "codes_sha256"))
    if not (enough and alike):
        return None
    return {int(epoch): Scores.from_json(scores) for epoch, scores in value["epochs"].items()}


def _about(grid: Grid, record: Record) -> dict[str, Any]:
    from hashbench.ranking import EVALUATOR_VERSION

    measures = grid.plan.measures
    return {
        "schema": _SCHEMA,
        "evaluator": EVALUATOR_VERSION,
        "codes_sha256": dict(record.codes_sha256),  # a training with --force makes others
        "k": [plain(k) for k in measures.k],
        "ties": list(measures.ties),
        "profiles": list(measures.profiles),
    }
