"""The page of a record: its numbers, curves, recipe, machine, and what runs it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from hashbench.leaderboards.board import K
from hashbench.leaderboards.described import facts_for
from hashbench.leaderboards.entries import places, within
from hashbench.leaderboards.repeat_notes import Repeats
from hashbench.leaderboards.standings import Standing, command_of
from hashbench.leaderboards.two_stage_page import record_sheet
from hashbench.ranking.cutoffs import plain
from hashbench.reports.ranking_curves import RADIUS
from hashbench.reports.results import Result
from hashbench.reports.sheet import NOTHING, Column, Entry, Line, Sheet
from hashbench.site.measured import Measured

BINS = 20
"""Bins of the histogram of AP@20 over the queries."""

_MEASURES = {"AP": "mAP", "P": "precision", "R": "recall", "tie_mass": "tie mass"}
_LONGEST = 300


def record_page(found: Measured, result: Result, row: Standing) -> dict[str, Any]:
    """Return what the template of a record's page is given.

    Parameters
    ----------
    found : Measured
    result : Result
    row : Standing
        The row that the record is part of.
    """
    ap = found.ap[result.key]
    repeats = found.repeats.get(result.key, Repeats())
    stages = record_sheet(found.stages, result.key)
    return {
        "board": found.name,
        "look": found.looks[row.label],
        "key": result.key,
        "bits": result.bits,
        "seed": result.seed,
        "by": found.by.get(result.key, "unknown"),
        "day": found.days.get(result.key, ""),
        "percent": f"{100 * float(ap.mean()):.2f}",
        "profile": found.section.profile,
        "row": {
            "rank": places(row),
            "interval": within(row.interval, "q"),
            "seeds": len(row.seeds),
        },
        "facts": facts_for(result.record, found.described),
        "command": "" if row.authors else command_of([result]),
        "authors": row.authors,
        "reproduce": f"hashbench leaderboard reproduce '{found.name}/{row.label}/{result.bits}'",
        "same": repeats.same,
        "other": [
            {"by": ", ".join(o.by), "percent": f"{100 * o.mean:.2f}", "more": 100 * o.difference}
            for o in repeats.other
        ],
        "scores": [*_scores(result), *([] if stages is None else [stages])],
        "spread": _spread(ap),
        "groups": _groups(result),
        "place": found.places.get(result.key),
        "data": _data(found, result, row, ap),
    }


def _scores(result: Result) -> list[Sheet]:
    """One table a profile, ties expected: one row a K, one column a measure, in percent."""
    first = result.record.dataset.profile
    profiles = sorted(result.scores.profiles, key=lambda name: (name != first, name))
    return [sheet for name in profiles if (sheet := _of_profile(result, name)).lines]


def _of_profile(result: Result, profile: str) -> Sheet:
    lines = []
    for k in result.scores.k:
        values = [result.scores.get(profile, "expected", name, k) for name in _MEASURES]
        entries = tuple(
            Entry(None, NOTHING) if value is None else _percent(value) for value in values
        )
        lines.append(Line(f"K = {k}", entries))
    columns = tuple(Column(f"{title} (%)") for title in _MEASURES.values())
    return Sheet(f"Profile {profile}, ties expected", "", "cut-off", columns, tuple(lines))


def _percent(value: float) -> Entry:
    # What a table sorts by needs no more digits than tell its rows apart.
    return Entry(round(100 * value, 4), f"{100 * value:.2f}")


def _spread(ap: np.ndarray[Any, Any]) -> dict[str, Any]:
    low, middle, high = (f"{100 * value:.2f}" for value in np.quantile(ap, (0.1, 0.5, 0.9)))
    return {
        "queries": f"{len(ap):,}",
        "low": low,
        "middle": middle,
        "high": high,
        "none": f"{100 * float((ap == 0).mean()):.1f}",
    }


def _groups(result: Result) -> list[tuple[str, list[tuple[str, str]]]]:
    """What made the record, as pairs of name and text under headings."""
    record = result.record
    method, data = record.method, record.dataset
    times = {f"{name} (s)": f"{value:.3g}" for name, value in record.times.items()}
    memory, parameters = record.peak_memory_bytes, record.n_parameters
    groups: list[tuple[str, Mapping[str, Any]]] = [
        ("Method", {"name": method.name, "release": f"{method.distribution} {method.version}",
                    "trained with labels": method.supervised, "control": method.control,
                    **({} if parameters is None else {"numbers held for encoding": parameters})}),
        ("Parameters", method.params),
        ("Training", record.diagnostics),
        ("Data set", {"name": f"{data.name} {data.version}", "sha256": data.sha256,
                      "videos trained on": data.n_train, "queries": data.n_query,
                      "database": data.n_database, "trained on": data.trained_on}),
        ("Machine", {**record.host, **times,
                     "encode (videos/s)": f"{record.encode_videos_per_s or 0:,.0f}",
                     "peak memory (MiB)": NOTHING if memory is None else round(memory / 2**20)}),
        ("Codes", {"bits": record.bits, **{f"sha256 of {n}": d
                                           for n, d in record.codes_sha256.items()}}),
    ]  # fmt: skip
    return [
        (title, [(name, _text(value)) for name, value in pairs.items()])
        for title, pairs in groups
        if pairs
    ]


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _data(
    found: Measured, result: Result, row: Standing, ap: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Return what the charts of the page read, in percent."""
    profile = found.section.profile
    by_k = [(k, result.scores.get(profile, "expected", "AP", k)) for k in result.scores.k]
    curve = found.curves.get(result.key, {})
    counts, _ = np.histogram(ap, bins=BINS, range=(0, 1))
    return {
        "title": f"{row.label}, {result.bits} bits, seed {result.seed}",
        "k": K,
        "methods": [found.looks[row.label]],
        "n_database": result.record.dataset.n_database,
        "by_k": [(plain(k), round(100 * value, 4)) for k, value in by_k if value is not None],
        "curve": [
            (round(100 * recall, 2), round(100 * precision, 2), radius)
            for recall, precision, radius in zip(
                *(curve.get(name, ()) for name in ("recall", "precision", RADIUS)), strict=True
            )
        ],
        "counts": counts.tolist(),
    }
