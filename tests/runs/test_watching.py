"""Progress of a grid: on a terminal of 80 or 120 columns, and without one."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Any, cast

import pytest
from rich.console import Console

from hashbench.runs.cells import Cell
from hashbench.runs.executors.base import Outcome
from hashbench.runs.watching import Bars, Lines, Pace, bars_on, clock, noted, watched

FIELDS = {"loss": 0.1234567, "videos_per_s": 812.3, "left_s": 41.0}


@dataclass
class _Method:
    label: str


@dataclass
class _Cell:
    """What the watcher reads of a cell."""

    method: _Method
    bits: int

    def __str__(self) -> str:
        return f"{self.method.label} {self.bits} bits seed 0"


def cell(label: str, bits: int = 64) -> Cell:
    return cast(Cell, _Cell(_Method(label), bits))


def shown(width: int, label: str, *steps: tuple[Any, ...], done: int = 0) -> list[str]:
    """Return the lines of the bars after some steps of one cell."""
    console = Console(width=width, force_terminal=True, file=io.StringIO(), color_system=None)
    bars = bars_on(console)
    watcher = Bars(bars)
    watcher.begin(3, 0)
    for _ in range(done):
        watcher.started(0, cell("lsh"))
        watcher.finished(0, cell("lsh"), Outcome("done", 1.0))
    watcher.started(0, cell(label))
    for step in steps:
        watcher.progress(0, *step)
        time.sleep(0.02)
    with console.capture() as capture:
        console.print(bars.get_renderable())
    return capture.get().splitlines()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("label", ["ssvh", "ssvh[k1=10,lam=0.01,recipe=paper,variant=official]"])
def test_bar_count_and_times_stay_on_one_line(width: int, label: str) -> None:
    task = f"train {label.partition('[')[0]} 64 bits"
    lines = shown(width, label, (task, 1, 30, FIELDS), (task, 7, 30, FIELDS), done=1)
    assert len(lines) == 2
    grid, worker = lines
    assert all(len(line) <= width for line in lines)
    assert grid.startswith("cells ")
    assert "1/3" in grid
    assert " left" in grid
    assert worker.startswith(label[:8])
    assert "7/30" in worker
    assert " left" in worker
    assert "━" in worker
    assert "left_s" not in worker
    if label == "ssvh":
        assert "train, loss 0.1235" in worker


def test_a_piece_of_work_without_a_total_keeps_none_of_the_last() -> None:
    (_, worker) = shown(
        80, "mfh", ("graph of frames", 5000, 5000, {}), ("eigenvectors", 0, None, {})
    )
    assert "5000" not in worker
    assert "eigenvectors" in worker


def test_the_pace_begins_anew_with_each_piece_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("hashbench.runs.watching.time.monotonic", lambda: now[0])
    pace = Pace()
    assert pace.until("fit", 0, 10) is None
    now[0] = 110.0
    assert pace.until("fit", 4, 10) == 125.0
    assert pace.until("rank", 2, 10) is None
    now[0] = 111.0
    assert pace.until("rank", 3, 10) == 118.0
    assert pace.until("rank", 3, None) is None


def test_values_with_their_units() -> None:
    assert noted("fit", FIELDS) == "fit, loss 0.1235, 812.3 videos/s"
    assert noted("fit", {"term": "graph"}) == "fit, term graph"
    assert [clock(s) for s in (0, 0.2, 59.5, 3600)] == ["0:00", "0:01", "1:00", "1:00:00"]


def test_elsewhere_a_line_a_cell() -> None:
    console = Console(file=io.StringIO(), width=80)
    with watched(console) as watcher:
        assert type(watcher) is Lines
        watcher.begin(1, 2)
        watcher.started(0, cell("itq"))
        watcher.progress(0, "fit", 1, 2, {})
        watcher.finished(0, cell("itq"), Outcome("done", 1.25))
    assert cast(io.StringIO, console.file).getvalue().splitlines() == [
        "1 cell to do; 2 more are there already",
        "itq 64 bits seed 0 done in 1.2 s",
    ]
