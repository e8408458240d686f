"""How many cells are worked on at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hashbench.runs import Options, RunPlan, make_plan
from hashbench.runs.executors import local as module
from hashbench.runs.executors.local import processes

GIB = 1 << 30


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Eight cores, 64 GiB, no GPU."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(module, "free_memory", lambda: 64 * GIB)
    monkeypatch.setattr(module, "gpus", list)
    return monkeypatch


def plan(card: Path, **options: Any) -> RunPlan:
    return make_plan(Options(methods=["itq"], dataset=str(card), k="5", **options))


def test_one_a_core_but_no_more_than_cells(card: Path, machine: pytest.MonkeyPatch) -> None:
    assert processes(plan(card), 100) == 8
    assert processes(plan(card), 3) == 3


def test_the_wish_counts(card: Path, machine: pytest.MonkeyPatch) -> None:
    assert processes(plan(card, jobs=1), 100) == 1
    assert processes(plan(card, jobs=20), 100) == 20
    assert processes(plan(card, jobs=20), 4) == 4


def test_cells_do_not_share_a_gpu(card: Path, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(module, "gpus", lambda: ["a GPU"])
    assert processes(plan(card), 100) == 1
    assert processes(plan(card, device="cpu"), 100) == 8


def test_features_fit_a_quarter_of_the_memory(card: Path, machine: pytest.MonkeyPatch) -> None:
    # 30 training and 20 other videos of the card take next to nothing: half a GiB a process.
    machine.setattr(module, "free_memory", lambda: 8 * GIB)
    assert processes(plan(card), 100) == 3
    machine.setattr(module, "free_memory", lambda: 0)
    assert processes(plan(card), 100) == 1


def test_the_features_are_counted_once_for_what_is_query_and_database(card: Path) -> None:
    from hashbench.data import load_dataset

    dataset = load_dataset(card)
    assert dataset.self_retrieval
    videos = [dataset.train, dataset.query]
    assert plan(card).features_bytes == sum(4 * len(v) * v.frames * v.dims for v in videos)
