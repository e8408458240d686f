"""The figures beside a board: mAP over bytes, and over the speed of encoding."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

from hashbench.leaderboards.board import Board, K
from hashbench.leaderboards.overview import Overall
from hashbench.leaderboards.standings import Standing
from hashbench.reports.curves import Chart, Curve, Panel
from hashbench.reports.rows import sign_of

BYTES, SPEED = "map-over-bytes", "map-over-speed"
FRONT = "Pareto front"

Point = tuple[float, float, float | None]


def board_charts(board: Board, found: Sequence[Overall]) -> list[Chart]:
    """Return the charts of a board that has something to draw.

    The Pareto front joins the competitors that no other beats in both directions.

    Parameters
    ----------
    board : Board
    found : sequence of Overall
    """
    title = f"mAP@{K} on {board.dataset}"
    curves = _curves(found, lambda row: row.bytes_per_video)
    few = pareto([p for c in curves if not c.control for p in c.points], few=True)
    by_bytes = Chart(
        BYTES, f"{title} over bytes, 95 % intervals", "bytes per video", f"mAP@{K} (%)", True,
        (Panel("", _with_front(curves, few)),),
    )  # fmt: skip
    bits = _common_length(found)
    at_one = [
        replace(one, by_bits={bits: one.by_bits[bits]})
        for one in found
        if bits in one.by_bits and not one.first.method.control
    ]
    points = _curves(at_one, _speed)
    points = _with_front(points, pareto([p for curve in points for p in curve.points]))
    by_speed = Chart(
        SPEED, f"{title} over the speed of encoding, {bits} bits, 95 % intervals",
        "videos encoded per second, on the machines that the page names", f"mAP@{K} (%)", False,
        (Panel("", points),), decades=True,
    )  # fmt: skip
    # At one length all points would lie on a line, and the other figure shows them apart.
    several = len({length for one in found for length in one.by_bits}) > 1
    charts = (by_bytes, by_speed) if several else (by_speed,)
    return [chart for chart in charts if chart.panels[0].curves]


def pareto(points: Sequence[Point], *, few: bool = False) -> tuple[Point, ...]:
    """Return the points than which none is better in both directions, from left to right.

    Parameters
    ----------
    points : sequence of (float, float, float or None)
        Across, up and the half-width, which does not count.
    few : bool
        Whether less is better across, as of bytes; otherwise more is, as of speed.

    Examples
    --------
    >>> pareto([(1, 5.0, None), (2, 4.0, None), (2, 6.0, None), (3, 1.0, None)])
    ((2, 6.0, None), (3, 1.0, None))
    >>> pareto([(1, 5.0, None), (2, 4.0, None), (4, 6.0, None)], few=True)
    ((1, 5.0, None), (4, 6.0, None))
    """
    front: list[Point] = []
    way = 1 if few else -1
    for across, up, _ in sorted(points, key=lambda point: (way * point[0], -point[1])):
        if not front or up > front[-1][1]:
            front.append((across, up, None))
    return tuple(sorted(front))


def _with_front(curves: tuple[Curve, ...], front: tuple[Point, ...]) -> tuple[Curve, ...]:
    return (*curves, Curve(FRONT, True, False, front)) if len(front) > 1 else curves


def drawn_otherwise(board: Board, charts: Sequence[Chart]) -> list[str]:
    """Return which figures of a board show other numbers than its records give.

    What lies beside a figure says which numbers it shows, and with which library it was drawn.
    Another release of the library is no other figure.
    """
    wrong = []
    for chart in charts:
        path = board.folder / f"{chart.stem}.json"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {}
        wanted = json.loads(json.dumps(asdict(chart)))
        shown = {name: told.get(name) for name in wanted} if isinstance(told, Mapping) else {}
        if shown != wanted or not (board.folder / f"{chart.stem}.svg").is_file():
            wrong.append(f"{board.folder / chart.stem}.svg is not what its records give")
    return wrong


def _common_length(found: Sequence[Overall]) -> int:
    """Return the length that most methods were measured at, the greatest of several."""
    counts = Counter(bits for one in found for bits in one.by_bits)
    return max(counts, key=lambda bits: (counts[bits], bits))


def _curves(
    found: Sequence[Overall], across: Callable[[Standing], int | None]
) -> tuple[Curve, ...]:
    curves = []
    for one in found:
        points: list[Point] = []
        for row in one.by_bits.values():
            place, interval = across(row), row.interval
            if place is not None:
                half = 50 * (interval.high - interval.low)
                points.append((place, round(100 * interval.mean, 4), round(half, 4)))
        if points:
            method, sign = one.first.method, sign_of(one.first.method)
            label = f"{one.first.label} {sign}".strip()
            curves.append(Curve(label, method.control, method.supervised, tuple(points)))
    return tuple(curves)


def _speed(row: Standing) -> int | None:
    return None if row.speed is None else max(1, round(row.speed))
