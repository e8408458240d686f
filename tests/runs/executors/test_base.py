"""What all executors share: throttled progress, and how a command finds them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from hashbench.runs import executors
from hashbench.runs.executors import specs
from hashbench.runs.executors.base import ProgressSender
from hashbench.runs.executors.spec import ExecutorSpec

Report = tuple[str, float, float | None, dict[str, Any]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as its only item."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_one_report_a_task_in_a_while(clock: list[float]) -> None:
    sent: list[Report] = []
    sender = ProgressSender(lambda *report: sent.append(report), 0.5)
    for step in range(11):
        sender.update("fit", step, 10, loss=1.0)
        clock[0] += 0.125
    # Every half a second, and at the end, however soon that comes.
    assert [report[1] for report in sent] == [0, 4, 8, 10]
    sender.update("encode", 3)  # another task does not wait
    assert sent[-1] == ("encode", 3.0, None, {})


def test_reports_are_plain_values(clock: list[float]) -> None:
    sent: list[Report] = []
    ProgressSender(lambda *report: sent.append(report), 0.5).update(
        "fit", np.int64(3), np.float32(4), loss=np.float32(0.5), note="warm"
    )
    ((task, completed, total, fields),) = sent
    assert (task, completed, total) == ("fit", 3, 4)
    assert fields == {"loss": 0.5, "note": "warm"}
    assert {type(value) for value in (completed, total, fields["loss"])} == {float}


def test_every_executor_has_a_name_and_an_option_of_its_own() -> None:
    found = specs()
    assert all(isinstance(spec, ExecutorSpec) for spec in found)
    assert [spec.name for spec in found] == list(executors.KINDS)
    options = [spec.option for spec in found if spec.option]
    assert options == ["--scheduler", "--slurm"]
    assert all(spec.help and spec.metavar for spec in found if spec.option)


def test_the_environment_chooses_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert not [spec for spec in specs() if spec.in_charge()]
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert [spec.name for spec in specs() if spec.in_charge()] == ["torchrun"]
