"""Transfer across data sets (Table IV): gain in mAP of training on another set."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hashbench.data import VideoDataset
from hashbench.data.loading import find_card
from hashbench.errors import DataError, StoreError, UsageError
from hashbench.plugins import registry
from hashbench.ranking import Evaluation
from hashbench.ranking.scores import AVERAGE_PRECISION
from hashbench.reports.perquery import ap_name, is_paired
from hashbench.reports.reported import find_gain
from hashbench.reports.rows import Score, meanings, sign_of
from hashbench.reports.sheet import (
    Column,
    Entry,
    Line,
    Note,
    Sheet,
    gained,
    numbered,
    printed,
)
from hashbench.runs import Cell, Options, Record, RunPlan, RunResult, Watcher, execute, make_plan

INTERVAL = "brackets: 95 % interval of the gain over seeds and queries."
INTERVAL_OF_ONE = "brackets: 95 % interval of the gain over queries only: one seed."


@dataclass(frozen=True, slots=True)
class Direction:
    """One set to train on and another to evaluate on, with the plans that this takes.

    Parameters
    ----------
    train, test : str
        Names of the sets.
    own, across : RunPlan
        Training on the evaluated set itself, and on the other one.
    """

    train: str
    test: str
    own: RunPlan
    across: RunPlan


@dataclass(frozen=True, slots=True)
class Gain:
    """What a method gains, under one measure.

    Parameters
    ----------
    label, sign : str
        The method, and what marks it.
    own, across : Score
        mAP when trained on the evaluated set, and on the other one, by seed.
    interval : tuple of (float, float), optional
        95 % interval of the gain in percent, over the seeds that both have and over queries, by
        class where these are the database. None where per-query values are missing.
    """

    label: str
    sign: str
    own: Score
    across: Score
    interval: tuple[float, float] | None = None

    @property
    def percent(self) -> float | None:
        """Gain of the means over the seeds that both have; None without numbers or above 0."""
        pairs = self._pairs()
        own = statistics.fmean(a for a, _ in pairs) if pairs else 0.0
        return 100 * (statistics.fmean(b for _, b in pairs) / own - 1) if own > 0 else None

    @property
    def spread(self) -> float | None:
        """Standard deviation of the gains of single seeds; None below two."""
        gains = [100 * (b / a - 1) for a, b in self._pairs() if a > 0]
        return statistics.stdev(gains) if len(gains) > 1 else None

    def _pairs(self) -> list[tuple[float, float]]:
        across = dict(self.across.values)
        return [(own, across[seed]) for seed, own in self.own.values if seed in across]


def directions(options: Options, train: str, test: str, *, both: bool = False) -> list[Direction]:
    """Plan the cells of one or both directions.

    Parameters
    ----------
    options : Options
        Methods, code lengths, seeds, measures and places; its data sets are not used.
    train, test : str
        Names of data sets, or paths of cards.
    both : bool
        Also train on ``test`` and evaluate on ``train``.

    Raises
    ------
    UsageError
        If the sets are one, or differ in frames or width; the message names those that fit.
    """
    sets = {name: options.places.open(name) for name in (train, test)}
    first, second = sets.values() if len(sets) == 2 else (sets[train],) * 2
    if first.sha256 == second.sha256:
        raise UsageError(
            f"--train and --test are both {first.name}; 'hashbench run' trains and evaluates on "
            "one set"
        )
    _check_alike(first, second)
    pairs = [(train, test), (test, train)] if both else [(train, test)]
    return [
        Direction(
            train=sets[a].name,
            test=sets[b].name,
            own=make_plan(replace(options, dataset=b, trained_on=None)),
            across=make_plan(replace(options, dataset=b, trained_on=a)),
        )
        for a, b in pairs
    ]


def plans(found: Sequence[Direction]) -> list[RunPlan]:
    """Return the plans, training on the evaluated set first.

    With both directions those leave every model that the others need.
    """
    return [direction.own for direction in found] + [direction.across for direction in found]


def perform(
    found: Sequence[Direction], *, argv: Sequence[str], watcher: Watcher | None = None
) -> list[RunResult]:
    """Work on what the plans leave to do, one after the other."""
    return [execute(plan, argv=argv, watcher=watcher) for plan in plans(found)]


def read(found: Sequence[Direction]) -> dict[str, Record]:
    """Return the records of all directions by key, each run directory looked through once."""
    keys = {cell.key for plan in plans(found) for cell in plan.cells}
    return found[0].own.store.get_all(list(keys)) if found else {}


def gains(
    direction: Direction, records: Mapping[str, Record], bits: int, k: int, profile: str, ties: str
) -> list[Gain]:
    """Return one gain a method, in the order of the plan."""
    own, across = (
        _scores(plan, records, bits, k, profile, ties) for plan in (direction.own, direction.across)
    )
    signs = {cell.method.label: sign_of(cell.method) for cell in _methods(direction.own)}
    measure = ap_name(k, profile, ties)
    found = [Gain(label, sign, own[label], across[label]) for label, sign in signs.items()]
    if not is_paired(profile):
        return found
    return [
        replace(gain, interval=_interval(direction, records, bits, measure, gain)) for gain in found
    ]


def sheets(
    found: Sequence[Direction], labels: Mapping[str, str] | None = None, *, compare: bool = True
) -> list[Sheet]:
    """Return one sheet a direction, code length, profile and tie policy.

    Parameters
    ----------
    found : sequence of Direction
        Worked on.
    labels : mapping of str to str, optional
        What to call a method, by its label in the records.
    compare : bool
        Whether to put printed numbers beside ours where there are any for these sets.
    """
    records = read(found)
    return [
        _sheet(direction, records, bits, profile, ties, labels or {}, compare)
        for direction in found
        for bits in dict.fromkeys(cell.bits for cell in direction.own.cells)
        for profile in direction.own.profiles
        for ties in direction.own.measures.ties
    ]


def _sheet(
    direction: Direction,
    records: Mapping[str, Record],
    bits: int,
    profile: str,
    ties: str,
    labels: Mapping[str, str],
    compare: bool,
) -> Sheet:
    columns: list[Column] = []
    entries: dict[str, list[Entry]] = {}
    notes: list[Note] = []
    for k in direction.own.measures.k:
        theirs = find_gain(direction.train, direction.test, bits, k) if compare else None
        columns += _columns(k, reported=theirs is not None)
        if theirs is not None:
            notes.append(Note(f"reported: {theirs.source}, profile {theirs.profile}."))
        for gain in gains(direction, records, bits, k, profile, ties):
            name = labels.get(gain.label, gain.label)
            line = entries.setdefault(f"{name} {gain.sign}".strip(), [])
            line += [
                gain.own.entry,
                gain.across.entry,
                gained(gain.percent, gain.spread, gain.interval),
            ]
            if theirs is not None:
                line.append(printed(theirs.get(name)))
    seeds = sorted({cell.seed for cell in direction.own.cells})
    notes.append(Note(INTERVAL if len(seeds) > 1 else INTERVAL_OF_ONE))
    notes += meanings({sign_of(cell.method) for cell in _methods(direction.own)})
    return Sheet(
        f"mAP@K (%) and gain (%) on {direction.test}, {bits} bits",
        f"profile {profile}, ties {ties}, {numbered('seed', seeds)}; "
        f"own: trained on {direction.test} itself, cross: trained on {direction.train}",
        "method",
        tuple(columns),
        tuple(Line(label, tuple(line)) for label, line in entries.items()),
        (*dict.fromkeys(notes), *_failures(direction, records, bits)),
    )


def _columns(k: int, *, reported: bool) -> list[Column]:
    columns = [
        Column(f"@{k} own", group=f"@{k}"),
        Column(f"@{k} cross", group=f"@{k}"),
        Column(f"@{k}", "gain", f"@{k}"),
    ]
    return [*columns, Column(f"@{k} gain", "reported", f"@{k}")] if reported else columns


def _scores(
    plan: RunPlan, records: Mapping[str, Record], bits: int, k: int, profile: str, ties: str
) -> dict[str, Score]:
    """Return the score of each method by its label."""
    scores: dict[str, Score] = {}
    for cell in _cells(plan, bits):
        record, label = records.get(cell.key), cell.method.label
        old = scores.get(label, Score(bits))
        value = record.scores.get(profile, ties, AVERAGE_PRECISION, k) if record else None
        if value is not None:
            scores[label] = replace(old, values=(*old.values, (cell.seed, value)))
        else:
            scores[label] = replace(old, failed=record is not None and not record.ok)
    return scores


def _interval(
    direction: Direction, records: Mapping[str, Record], bits: int, measure: str, gain: Gain
) -> tuple[float, float] | None:
    """Return the interval of a gain from the per-query values of both trainings."""
    from hashbench.ranking.intervals import ratio_interval

    if gain.percent is None:
        return None
    seeds = {seed for seed, _ in gain.own.values} & {seed for seed, _ in gain.across.values}
    values, clusters = [], None
    for plan in (direction.across, direction.own):
        cells = [c for c in _cells(plan, bits) if c.method.label == gain.label and c.seed in seeds]
        try:
            found = [
                Evaluation.load(plan.store.file(records[cell.key], "per_query")) for cell in cells
            ]
        except (StoreError, DataError):
            return None  # The gain stands without it.
        values.append([evaluation.per_query[measure] for evaluation in found])
        clusters = found[0].clusters if clusters is None else clusters
    try:
        low, high = ratio_interval(values[0], values[1], clusters)
    except UsageError:
        return None  # Of a single query nothing can be said of others.
    return 100 * (low - 1), 100 * (high - 1)


def _failures(direction: Direction, records: Mapping[str, Record], bits: int) -> list[Note]:
    return [
        Note(f"{cell} failed: {record.error['message']}")
        for plan in (direction.own, direction.across)
        for cell in _cells(plan, bits)
        if (record := records.get(cell.key)) is not None and record.error is not None
    ]


def _cells(plan: RunPlan, bits: int) -> list[Cell]:
    return [cell for cell in plan.cells if cell.bits == bits]


def _methods(plan: RunPlan) -> list[Cell]:
    return list({cell.method.label: cell for cell in plan.cells}.values())


def _check_alike(train: VideoDataset, test: VideoDataset) -> None:
    ours, theirs = (_shape(s) for s in (train, test))
    if ours == theirs:
        return
    fitting = {s.name: ", ".join(_of_shape(_shape(s), s.name)) or "none" for s in (train, test)}
    raise UsageError(
        f"{train.name} has {ours[0]} frames of {ours[1]} dimensions and {test.name} {theirs[0]} "
        f"of {theirs[1]}: a method trained on one cannot hash the other (of one shape with "
        + "; with ".join(f"{name}: {others}" for name, others in fitting.items())
        + ")"
    )


def _shape(dataset: VideoDataset) -> tuple[int, int]:
    return dataset.labelled_train.frames, dataset.labelled_train.dims


def _of_shape(shape: tuple[int, int], but: str) -> list[str]:
    names = []
    for spec in registry().datasets:
        try:
            card, _, _ = find_card(spec.name)
        except (UsageError, DataError):
            continue  # A family has no shape before it has a member; a damaged card has none.
        if (card.frames, card.dims) == shape and spec.name != but:
            names.append(spec.name)
    return names
