"""``hashbench two-stage``: what codes are worth where candidates are rescored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashbench.cli.arguments import argument
from hashbench.cli.options import format_option, run_option

if TYPE_CHECKING:
    from hashbench.reports.curves import Chart
    from hashbench.reports.sheet import Document
    from hashbench.retrieval.two_stage import StageOptions, StageScores


@click.command("two-stage", context_settings={"show_default": True})
@argument("run", "A run directory.", type=click.Path(path_type=Path))
@click.option("--find", type=int, default=10, metavar="N", help="k of recall@k of exact cosine.")
@click.option(
    "--first", default="10,20,50,100,200", metavar="LIST", help="K', how many to rescore."
)
@click.option("--asymmetric", is_flag=True, help="Also mAP by asymmetric distance.")
@click.option("--k", type=int, default=20, metavar="N", help="Cut-off K of that mAP.")
@click.option(
    "--curves", type=click.Path(path_type=Path), help="Draw recall over K' into a folder."
)
@format_option()
@run_option("data_root")
def two_stage(
    run: Path,
    find: int,
    first: str,
    asymmetric: bool,
    k: int,
    curves: Path | None,
    form: str,
    data_root: Path | None,
) -> None:
    """Show recall@k of the exact cosine ranking after rescoring the first K' by code.

    This is what a search in two stages finds: K' candidates by Hamming distance, put in the order
    of the cosine of their mean frames. Labels do not matter, ties are expected, and a query does
    not find itself. With --asymmetric a second table has mAP by Hamming and by asymmetric distance,
    which are never to be compared across.

    Example: hashbench two-stage runs --find 10 --first 50,100
    """
    from hashbench.cli.bars import one_bar
    from hashbench.places import Places
    from hashbench.reports.formats import write
    from hashbench.retrieval.two_stage import StageOptions, stage_scores
    from hashbench.runs import Store
    from hashbench.runs.progressions import numbers

    store = Store(run)
    options = StageOptions(find, tuple(numbers(first, "--first")), k, asymmetric)
    records = [(store, record) for record in store.records() if record.ok]
    with one_bar("measure") as bar:
        found = stage_scores(
            records,
            options,
            Places(data_root),
            lambda done, total: bar.update("measure", done, total),
        )
    write(_document(found, options), form)
    if curves is not None:
        from hashbench.reports.figures import draw

        for path in draw(_charts(found, options), curves):
            click.echo(f"drew {path}", err=True)


def _document(found: Sequence[StageScores], options: StageOptions) -> Document:
    from hashbench.reports.listed import listed
    from hashbench.reports.sheet import Column, Document

    heads = ["method", "data set", "bits", "seeds"]
    ways = {f"K'={first}": first for first in options.first}
    rows = [
        _named(group) | {way: _percent([one.recall[at] for one in group])}
        for group in _groups(found)
        for at, way in enumerate(ways)
    ]
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        merged.setdefault(tuple(row[head] for head in heads), {}).update(row)
    title = f"recall@{options.find} of exact cosine (%) after rescoring the first K' by code"
    columns = [Column(head, "text") for head in heads] + [Column(way) for way in ways]
    tables = [listed(title, columns, list(merged.values()))]
    if options.asymmetric:
        tables.append(_distances(found, options.k))
    data = [_json(one, options) for one in found]
    sheets = tuple(sheet for table in tables for sheet in table.sheets)
    return Document(sheets, data, tables[0].frame)


def _distances(found: Sequence[StageScores], k: int) -> Document:
    from hashbench.reports.listed import listed
    from hashbench.reports.sheet import Column

    heads = ["method", "data set", "bits", "seeds", "Hamming", "asymmetric"]
    rows = [
        _named(group)
        | {
            "Hamming": _percent([one.hamming for one in group]),
            "asymmetric": _percent([one.asymmetric for one in group]),
        }
        for group in _groups(found)
    ]
    columns = [Column(head, "text" if head in heads[:4] else "measured") for head in heads]
    return listed(f"mAP@{k} (%) by distance: two measures, not to be mixed", columns, rows)


def _groups(found: Sequence[StageScores]) -> list[list[StageScores]]:
    """Return the scores of each method at each length, seeds together, in the records' order."""
    groups: dict[tuple[str, str, int], list[StageScores]] = {}
    for one in found:
        key = (one.record.dataset.name, one.record.method.label, one.record.bits)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _named(group: Sequence[StageScores]) -> dict[str, Any]:
    record = group[0].record
    return {
        "method": record.method.label,
        "data set": record.dataset.name,
        "bits": str(record.bits),
        "seeds": str(len(group)),
    }


def _percent(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * sum(known) / len(known):.2f}" if len(known) == len(values) else "none"


def _json(one: StageScores, options: StageOptions) -> dict[str, Any]:
    record = one.record
    return {
        "key": record.key,
        "method": record.method.label,
        "dataset": record.dataset.name,
        "bits": record.bits,
        "seed": record.seed,
        "find": options.find,
        "recall": dict(zip(map(str, options.first), one.recall, strict=True)),
        "k": options.k,
        "hamming": one.hamming if options.asymmetric else None,
        "asymmetric": one.asymmetric,
    }


def _charts(found: Sequence[StageScores], options: StageOptions) -> list[Chart]:
    from hashbench.reports.curves import Chart, Curve, Panel

    charts = []
    for name in dict.fromkeys(one.record.dataset.name for one in found):
        panels: dict[int, list[Curve]] = {}
        for group in _groups([one for one in found if one.record.dataset.name == name]):
            record = group[0].record
            points = [
                (first, *_moments([one.recall[at] for one in group]))
                for at, first in enumerate(options.first)
            ]
            curve = Curve(
                record.method.label, record.method.control, record.method.supervised, tuple(points)
            )
            panels.setdefault(record.bits, []).append(curve)
        drawn = [Panel(f"{bits} bits", tuple(panels[bits])) for bits in sorted(panels)]
        title = f"recall@{options.find} of exact cosine on {name}"
        up = f"recall@{options.find} (%)"
        charts.append(Chart(f"two-stage-{name}", title, "K' rescored", up, False, tuple(drawn)))
    return charts


def _moments(values: Sequence[float]) -> tuple[float, float | None]:
    """Return mean and deviation over seeds in percent."""
    from statistics import fmean, stdev

    percent = [100 * value for value in values]
    return fmean(percent), stdev(percent) if len(percent) > 1 else None
