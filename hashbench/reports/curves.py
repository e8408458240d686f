"""The numbers behind the curves: mAP@K over K, and mAP at one K over code lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hashbench.ranking.cutoffs import ALL
from hashbench.reports.ranking_curves import RADIUS, by_method, query_of
from hashbench.reports.results import Section
from hashbench.reports.rows import SIGNS, Row, Score, sign_of
from hashbench.reports.score_tables import Table, labels_of, table
from hashbench.reports.selection import Selection

USUAL_K = 20
"""The K that the literature compares code lengths at."""

_WIDE = 50  # K that lie further apart stand on a logarithmic axis


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: a method's mAP in percent.

    Attributes
    ----------
    label : str
        The method, with its sign if it is a control.
    control, supervised : bool
    points : tuple of (float, float, float or None)
        Abscissa, mean and standard deviation over seeds.
    """

    label: str
    control: bool
    supervised: bool
    points: tuple[tuple[float, float, float | None], ...]

    @property
    def name(self) -> str:
        """The label without its sign."""
        return self.label.rstrip("".join(SIGNS) + " ")


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share a pair of axes."""

    title: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure to draw.

    Attributes
    ----------
    stem : str
        The file name without its suffix.
    title : str
    across, up : str
        What the axes show.
    logarithmic : bool
        Whether the abscissa doubles from tick to tick.
    panels : tuple of Panel
    names : tuple of str
        What to write at the places 0, 1, ... of the abscissa instead of the numbers.
    paper : bool
        Whether it is as wide as a column of a paper, and has no title.
    continuous : bool
        Whether the lines are of many points, which get neither ticks nor marks each.
    decades : bool
        Whether the abscissa has ticks at the powers of ten.
    """

    stem: str
    title: str
    across: str
    up: str
    logarithmic: bool
    panels: tuple[Panel, ...]
    names: tuple[str, ...] = ()
    paper: bool = False
    continuous: bool = False
    decades: bool = False


def charts(
    found: Sequence[Section], selection: Selection, rankings: bool | None = None
) -> list[Chart]:
    """Return the charts of every section, profile and tie policy of the selection.

    A chart whose lines would be single points is left out: one K or one code length is a table.

    Parameters
    ----------
    found : sequence of Section
    selection : Selection
    rankings : bool, optional
        Whether to draw precision over recall by rank and by radius, and P@N. By default where a
        profile of image hashing is selected, whose readers expect them.

    Raises
    ------
    UsageError
        If the selection names something that no record has.
    """
    drawn: list[Chart] = []
    for section in found:
        chosen = selection.resolve(section)
        cutoffs = chosen.k or ()
        n_database = section.results[0].record.dataset.n_database
        for profile in chosen.profiles or ():
            for ties in chosen.ties or ():
                by_k = [table(section, k, profile, ties) for k in cutoffs]
                stem = _stem(section, found)
                drawn += _over_k(by_k, stem, n_database) if len(by_k) > 1 else []
                usual = [t for t in by_k if t.k == USUAL_K] or by_k[:1]
                drawn += [chart for t in usual if len(t.bits) > 1 for chart in _over_bits(t, stem)]
        expected = any(profile.startswith("image") for profile in chosen.profiles or ())
        if expected if rankings is None else rankings:
            drawn += _of_rankings(section, chosen, _stem(section, found))
    return drawn


def _over_k(by_k: Sequence[Table], stem: str, n_database: int) -> list[Chart]:
    """One panel a code length, as Fig. 8 of the SSVH paper."""
    first = by_k[0]
    across = [n_database if t.k == ALL else t.k for t in by_k]
    panels = []
    for column, bits in enumerate(first.bits):
        rows = zip(*(t.rows for t in by_k), strict=True)
        points = [
            (row, [(x, r.scores[column]) for x, r in zip(across, same, strict=True)])
            for same in rows
            for row in same[:1]
        ]
        panels.append(Panel(f"{bits} bits", _curves(points)))
    title = f"mAP@K on {first.dataset}, {first.terms}"
    chart = Chart(
        f"{stem}-map-at-k-{first.profile}-{first.ties}",
        title,
        "K",
        "mAP@K (%)",
        max(across) > _WIDE * min(across),
        tuple(panel for panel in panels if panel.curves),
    )
    return [chart] if chart.panels else []


def _over_bits(found: Table, stem: str) -> list[Chart]:
    points = [(row, [(score.bits, score) for score in row.scores]) for row in found.rows]
    title = f"mAP@{found.k} on {found.dataset}, {found.terms}"
    chart = Chart(
        f"{stem}-map-over-bits-{found.profile}-{found.ties}",
        title,
        "bits",
        f"mAP@{found.k} (%)",
        True,
        (Panel("", _curves(points)),),
    )
    return [chart] if chart.panels[0].curves else []


def _of_rankings(section: Section, chosen: Selection, stem: str) -> list[Chart]:
    """Precision over recall by rank and by radius, and precision over the rank."""
    drawn = []
    percent = ("recall (%)", "precision (%)")
    for query in dict.fromkeys(map(query_of, chosen.profiles or ())):
        terms = f"{section.dataset}, query {query}, ties expected"
        by_rank = f"{stem}-precision-recall-by-rank-{query}", f"Precision over recall on {terms}"
        at_n = f"{stem}-precision-at-n-{query}", f"Precision at N on {terms}"
        panels = _ranking_panels(section, query, over_recall=True)
        drawn.append(Chart(*by_rank, *percent, False, panels, continuous=True))
        panels = _ranking_panels(section, query, over_recall=False)
        drawn.append(Chart(*at_n, "N", "precision@N (%)", True, panels, continuous=True))
    title = f"Precision over recall within Hamming radii on {section.dataset}"
    panels = _ranking_panels(section, RADIUS, over_recall=True)
    name = f"{stem}-precision-recall-by-radius"
    drawn.append(Chart(name, title, *percent, False, panels, continuous=True))
    return [chart for chart in drawn if chart.panels]


def _ranking_panels(section: Section, which: str, *, over_recall: bool) -> tuple[Panel, ...]:
    labels = labels_of(section)
    panels = []
    for bits in sorted({result.bits for result in section.measured}):
        curves = []
        for curve in by_method(section, bits, which):
            across = [100 * r for r in curve.recall] if over_recall else curve.at
            points = tuple((x, 100 * p, None) for x, p in zip(across, curve.precision, strict=True))
            label = f"{labels[curve.method]} {sign_of(curve.method)}".strip()
            curves.append(Curve(label, curve.method.control, curve.method.supervised, points))
        if curves:
            panels.append(Panel(f"{bits} bits", tuple(curves)))
    return tuple(panels)


def _curves(rows: Iterable[tuple[Row, list[tuple[int, Score]]]]) -> tuple[Curve, ...]:
    curves = []
    for row, scores in rows:
        points = tuple(
            (x, 100 * score.mean, None if score.spread is None else 100 * score.spread)
            for x, score in scores
            if score.mean is not None
        )
        if points:
            label = f"{row.label} {row.sign}".strip()
            curves.append(Curve(label, row.method.control, row.method.supervised, points))
    return tuple(curves)


def _stem(section: Section, found: Sequence[Section]) -> str:
    """Name the data set so that two versions of it do not write one file."""
    dataset = section.dataset
    name = f"{dataset.trained_on}-on-{dataset.name}" if dataset.trained_on else dataset.name
    alike = [other for other in found if _trained(other) == _trained(section)]
    if len(alike) > 1:
        name = f"{name}-{dataset.sha256[:8]}-{dataset.evaluator or 'none'}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.") or "dataset"


def _trained(section: Section) -> tuple[str, str]:
    return section.dataset.trained_on, section.dataset.name
